//! The rules of rotation: what a presented refresh token is answered, given its family. No I/O.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::TenantId;

/// A refresh token, presented by an authenticated client.
#[derive(Debug, Clone, Copy)]
pub struct RefreshRequest<'a> {
    pub tenant: &'a TenantId,
    pub family: Uuid,
    /// The token's number in its family. Each rotation adds 1.
    pub number: u32,
    pub client_id: &'a str,
    /// Whether each use replaces the client's token.
    pub rotates: bool,
    /// For how long a replaced token still yields its successor.
    pub grace: Duration,
    /// When the request began, UTC.
    pub now: DateTime<Utc>,
}

/// A family as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) client_id: String,
    /// The number of the current token.
    pub(super) number: u32,
    pub(super) rotated_at: DateTime<Utc>,
    pub(super) revoked: bool,
    /// Identifies the write of the last rotation.
    pub(super) rotation: Uuid,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Grant the token with this number.
    Grant(u32),
    /// Refuse for this reason, which is only logged.
    Refuse(&'static str),
    /// Refuse, and revoke the family.
    Revoke,
}

/// Decides on a token that was not rotated: because its client's tokens do not rotate, or because the condition of `rotation`,
/// the write of this request, failed.
pub(super) fn decide(family: Option<&Family>, request: &RefreshRequest<'_>, rotation: Uuid) -> Decision {
    let Some(family) = family else { return Decision::Refuse("the refresh token's family does not exist") };
    if family.client_id != request.client_id {
        return Decision::Refuse("the refresh token is another client's");
    }
    if family.revoked {
        return Decision::Refuse("the refresh token's family is revoked");
    }
    if family.rotation == rotation {
        // The SDK repeated this request's write after a lost response.
        return Decision::Grant(family.number);
    }
    let age = request.now - family.rotated_at;
    let within_grace = age < TimeDelta::from_std(request.grace).unwrap_or(TimeDelta::MAX);
    match family.number.checked_sub(request.number) {
        None => Decision::Refuse("the refresh token was never issued"),
        Some(0) if request.rotates => Decision::Refuse("the refresh token was not used for too long"),
        Some(0) => Decision::Grant(family.number),
        Some(1) if within_grace => Decision::Grant(family.number),
        // Rotated after this request began: perhaps by this request's first write, and then by the client that got the successor.
        Some(_) if age < TimeDelta::zero() => Decision::Refuse("the refresh token was replaced during the request"),
        Some(_) => Decision::Revoke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_ROTATION: Uuid = Uuid::from_u128(1);
    const OTHER_ROTATION: Uuid = Uuid::from_u128(2);

    /// The decision on token `number` of a family whose current token is 5, rotated `seconds` before the request began.
    fn decision(number: u32, seconds: i64, change: impl FnOnce(&mut Family, &mut RefreshRequest<'_>)) -> Decision {
        let tenant = TenantId::new("contoso").expect("a tenant's name");
        let now = Utc::now();
        let mut request = RefreshRequest {
            tenant: &tenant,
            family: Uuid::nil(),
            number,
            client_id: "contoso.crm",
            rotates: true,
            grace: Duration::from_mins(1),
            now,
        };
        let mut family = Family {
            client_id: "contoso.crm".to_owned(),
            number: 5,
            rotated_at: now - TimeDelta::seconds(seconds),
            revoked: false,
            rotation: OTHER_ROTATION,
        };
        change(&mut family, &mut request);
        decide(Some(&family), &request, OWN_ROTATION)
    }

    fn is_refused(decision: &Decision) -> bool {
        matches!(decision, Decision::Refuse(_))
    }

    #[test]
    fn the_previous_token_yields_its_successor_within_the_grace_period_only() {
        assert_eq!(decision(4, 0, |_, _| ()), Decision::Grant(5));
        assert_eq!(decision(4, 59, |_, _| ()), Decision::Grant(5));
        assert_eq!(decision(4, 60, |_, _| ()), Decision::Revoke);
        assert_eq!(decision(4, 0, |_, request| request.grace = Duration::ZERO), Decision::Revoke);
        // The clocks of two instances differ a little.
        assert_eq!(decision(4, -2, |_, _| ()), Decision::Grant(5));
    }

    #[test]
    fn an_older_token_revokes_the_family() {
        for number in [0, 1, 3] {
            assert_eq!(decision(number, 1, |_, _| ()), Decision::Revoke, "{number}");
            assert_eq!(
                decision(number, 1, |_, request| request.rotates = false),
                Decision::Revoke,
                "{number}, not rotating"
            );
        }
    }

    #[test]
    fn a_repeated_write_of_the_same_request_does_not_revoke_the_family() {
        assert_eq!(decision(4, 3600, |family, _| family.rotation = OWN_ROTATION), Decision::Grant(5));
        // The SDK repeated the write so late that the successor had been used.
        assert!(is_refused(&decision(3, -1, |_, _| ())));
    }

    #[test]
    fn the_current_token_stays_valid_without_rotation() {
        assert_eq!(decision(5, 3600 * 24 * 365, |_, request| request.rotates = false), Decision::Grant(5));
        assert_eq!(decision(4, 10, |_, request| request.rotates = false), Decision::Grant(5));
        assert!(
            is_refused(&decision(5, 3600 * 24 * 365, |_, _| ())),
            "a rotating family expires after 180 days without use"
        );
    }

    #[test]
    fn tokens_of_other_clients_and_tokens_never_issued_are_refused_without_revoking_the_family() {
        assert!(is_refused(&decision(6, 1, |_, _| ())));
        assert!(is_refused(&decision(5, 1, |_, request| request.client_id = "contoso.other")));
        assert!(is_refused(&decision(1, 1, |_, request| request.client_id = "contoso.other")));
        assert!(is_refused(&decision(4, 1, |family, _| family.revoked = true)));
        assert!(is_refused(&decision(4, 1, |family, _| (family.revoked, family.rotation) = (true, OWN_ROTATION))));
    }
}
