//! Which scopes a token gets.

use convene::domain::Scope;

use super::refusal::Refusal;

/// What the client has of the scopes it asks for; all it has, if it asks for none. More than it has is refused, not cut:
/// the client would take the token for what it asked.
pub(super) fn granted(requested: Option<&str>, allowed: &[Scope]) -> Result<Vec<Scope>, Refusal> {
    let wanted = match requested {
        None => allowed.to_vec(),
        Some(text) => text
            .split(' ')
            .filter(|scope| !scope.is_empty())
            .map(|scope| Scope::parse(scope).filter(|scope| allowed.contains(scope)))
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::invalid_scope("A scope is unknown, or more than the client has."))?,
    };
    let mut granted: Vec<Scope> = wanted;
    granted.sort_unstable();
    granted.dedup();
    if granted.is_empty() {
        return Err(Refusal::invalid_scope("No scope is asked for, or the client has none."));
    }
    Ok(granted)
}

/// Scopes as they travel.
pub(super) fn joined(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{super::wire::ErrorCode, *};

    fn grant(requested: Option<&str>, scopes: &[Scope]) -> Result<String, ErrorCode> {
        granted(requested, scopes).map(|scopes| joined(&scopes)).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_client_gets_what_it_asks_for_and_has() {
        let both = [Scope::CalendarWrite, Scope::CalendarRead];
        for (requested, expected) in [
            (None, "calendar.read calendar.write"),
            (Some("calendar.write"), "calendar.write"),
            (Some("calendar.write calendar.read"), "calendar.read calendar.write"),
            (Some("  calendar.read  calendar.read "), "calendar.read"),
        ] {
            assert_eq!(grant(requested, &both).as_deref(), Ok(expected), "{requested:?}");
        }
    }

    #[test]
    fn more_than_it_has_is_refused() {
        let read = [Scope::CalendarRead];
        for requested in
            ["calendar.write", "calendar.read calendar.write", "Calendar.Read", "calendar", "calendar.read,", " "]
        {
            assert_eq!(grant(Some(requested), &read), Err(ErrorCode::InvalidScope), "{requested:?}");
        }
        assert_eq!(grant(None, &[]), Err(ErrorCode::InvalidScope));
    }
}
