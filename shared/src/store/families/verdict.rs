//! What a presented token means. No I/O.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Presented;

/// A family as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) client_id: String,
    pub(super) n: u32,
    pub(super) rotated_at: DateTime<Utc>,
    pub(super) revoked: bool,
    pub(super) attempt: Uuid,
}

/// What is to be done about a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Grant(u32),
    Refuse(&'static str),
    Revoke,
}

/// What a token means that did not simply advance its family.
pub(super) fn judge(family: Option<&Family>, token: &Presented<'_>, attempt: Uuid) -> Verdict {
    let Some(family) = family else { return Verdict::Refuse("the refresh token's family does not exist") };
    if family.client_id != token.client_id {
        return Verdict::Refuse("the refresh token is another client's");
    }
    if family.revoked {
        return Verdict::Refuse("the refresh token's family is revoked");
    }
    if family.attempt == attempt {
        // Our own write, sent twice because the first answer was lost.
        return Verdict::Grant(family.n);
    }
    let age = token.now - family.rotated_at;
    let within_grace = age < TimeDelta::from_std(token.grace).unwrap_or(TimeDelta::MAX);
    match family.n.checked_sub(token.n) {
        None => Verdict::Refuse("the refresh token was never issued"),
        Some(0) if token.rotates => Verdict::Refuse("the refresh token rested too long"),
        Some(0) => Verdict::Grant(family.n),
        Some(1) if within_grace => Verdict::Grant(family.n),
        // Rotated after this request began: perhaps by its own first write and then by whoever got the successor.
        Some(_) if age < TimeDelta::zero() => Verdict::Refuse("the refresh token was overtaken"),
        Some(_) => Verdict::Revoke,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::TenantId;

    const MINE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    /// A family at place 5 that was rotated `seconds` before the request began, meeting the token at place `n`.
    fn meets(n: u32, seconds: i64, change: impl FnOnce(&mut Family, &mut Presented<'_>)) -> Verdict {
        let tenant = TenantId::new("contoso").expect("a tenant's name");
        let now = Utc::now();
        let mut token = Presented {
            tenant: &tenant,
            family: Uuid::nil(),
            n,
            client_id: "contoso.crm",
            rotates: true,
            grace: Duration::from_mins(1),
            now,
        };
        let mut family = Family {
            client_id: "contoso.crm".to_owned(),
            n: 5,
            rotated_at: now - TimeDelta::seconds(seconds),
            revoked: false,
            attempt: OTHER,
        };
        change(&mut family, &mut token);
        judge(Some(&family), &token, MINE)
    }

    fn refused(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Refuse(_))
    }

    #[test]
    fn the_last_token_gets_its_successor_within_the_grace_only() {
        assert_eq!(meets(4, 0, |_, _| ()), Verdict::Grant(5));
        assert_eq!(meets(4, 59, |_, _| ()), Verdict::Grant(5));
        assert_eq!(meets(4, 60, |_, _| ()), Verdict::Revoke);
        assert_eq!(meets(4, 0, |_, token| token.grace = Duration::ZERO), Verdict::Revoke);
        // Clocks of two instances differ a little.
        assert_eq!(meets(4, -2, |_, _| ()), Verdict::Grant(5));
    }

    #[test]
    fn an_older_token_ends_the_family() {
        for n in [0, 1, 3] {
            assert_eq!(meets(n, 1, |_, _| ()), Verdict::Revoke, "{n}");
            assert_eq!(meets(n, 1, |_, token| token.rotates = false), Verdict::Revoke, "{n}, not rotating");
        }
    }

    #[test]
    fn a_write_of_ones_own_that_is_met_again_revokes_nothing() {
        assert_eq!(meets(4, 3600, |family, _| family.attempt = MINE), Verdict::Grant(5));
        // The retry came so late that the successor was used meanwhile.
        assert!(refused(&meets(3, -1, |_, _| ())));
    }

    #[test]
    fn without_rotation_the_current_token_stays() {
        assert_eq!(meets(5, 3600 * 24 * 365, |_, token| token.rotates = false), Verdict::Grant(5));
        assert_eq!(meets(4, 10, |_, token| token.rotates = false), Verdict::Grant(5));
        assert!(refused(&meets(5, 3600 * 24 * 365, |_, _| ())), "a rotating family rests 180 days at most");
    }

    #[test]
    fn what_is_not_this_clients_or_was_never_issued_is_refused_and_revokes_nothing() {
        assert!(refused(&meets(6, 1, |_, _| ())));
        assert!(refused(&meets(5, 1, |_, token| token.client_id = "contoso.other")));
        assert!(refused(&meets(1, 1, |_, token| token.client_id = "contoso.other")));
        assert!(refused(&meets(4, 1, |family, _| family.revoked = true)));
        assert!(refused(&meets(4, 1, |family, _| (family.revoked, family.attempt) = (true, MINE))));
    }
}
