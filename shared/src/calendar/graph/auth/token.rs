//! Access tokens, and the ones this process holds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::{
    calendar::CalendarError,
    domain::{Access, TenantId},
    secrets::TokenSecret,
};

/// A token is renewed this long before it ends, so that no request meets the end.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);
/// Until this long before its end a token may still be used where no newer one can be had.
const USABLE_BEFORE: TimeDelta = TimeDelta::seconds(30);
/// After a renewal failed, a token that is still good is used this long before the next one is tried.
const REST: TimeDelta = TimeDelta::seconds(30);
/// After a token was renewed because Graph refused it, the next refusal this soon shows that the fault is not the token's:
/// another one would cost an exchange, and be refused as well.
const FORCED_EVERY: Duration = Duration::from_mins(1);
/// Secrets Manager asks for no more than a write of a secret in ten minutes, when that goes on. A renewal that Graph forces
/// is the only one that could go on more often: what comes of it is not stored before that time has passed.
const STORED_EVERY: Duration = Duration::from_mins(10);
/// The most tenants whose tokens are kept.
const MOST_TENANTS: usize = 1000;

/// A token for Graph. Has no `Debug`, so that it reaches no log.
#[derive(Clone)]
pub(crate) struct AccessToken {
    bearer: HeaderValue,
    renew_from: DateTime<Utc>,
    usable_until: DateTime<Utc>,
}

impl AccessToken {
    /// A token that some process stored. `None`: it cannot be one.
    pub(crate) fn stored(token: &SecretString, expires: DateTime<Utc>) -> Option<Self> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        bearer.set_sensitive(true);
        let usable_until = expires - USABLE_BEFORE;
        Some(Self { bearer, renew_from: expires - RENEW_BEFORE, usable_until })
    }

    /// A token just had from Microsoft. One of a short life is renewed after half of it.
    pub(crate) fn exchanged(token: &SecretString, now: DateTime<Utc>, life: TimeDelta) -> Option<Self> {
        let stored = Self::stored(token, now + life)?;
        let renew_from = stored.renew_from.max(now + life / 2);
        let usable_until = stored.usable_until.max(renew_from);
        Some(Self { renew_from, usable_until, ..stored })
    }

    /// The value of the `Authorization` header.
    pub(crate) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }

    fn is_fresh(&self) -> bool {
        Utc::now() < self.renew_from
    }

    fn is_usable(&self) -> bool {
        Utc::now() < self.usable_until
    }
}

/// A tenant's token in this process.
#[derive(Default)]
pub(crate) struct TokenSlot {
    state: Mutex<TokenState>,
    /// Held by the one request that renews the token.
    pub(crate) renewing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct TokenState {
    current: Option<AccessToken>,
    /// The token that Graph refused last: not to be taken from the store again.
    refused: Option<HeaderValue>,
    /// When a token was last dropped because Graph refused it.
    forced: Option<Instant>,
    /// The next token will be had because Graph refused the one before.
    is_forced: bool,
    /// When a token that was had for that reason was last stored.
    forced_store: Option<Instant>,
    /// When Microsoft last refused the credential itself, and how.
    no_token: Option<(Instant, CalendarError)>,
}

impl TokenSlot {
    fn state(&self) -> MutexGuard<'_, TokenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, while it needs no renewal.
    pub(crate) fn fresh(&self) -> Option<AccessToken> {
        self.state().current.clone().filter(AccessToken::is_fresh)
    }

    /// The token, while it is valid.
    pub(crate) fn usable(&self) -> Option<AccessToken> {
        self.state().current.clone().filter(AccessToken::is_usable)
    }

    /// Keeps a token, unless Graph refused it or it has ended. Says whether it needs no renewal.
    pub(crate) fn adopt(&self, token: &AccessToken) -> bool {
        let mut state = self.state();
        if state.refused.as_ref() == Some(&token.bearer) || !token.is_usable() {
            return false;
        }
        if state.current.as_ref().is_none_or(|current| current.usable_until < token.usable_until) {
            state.current = Some(token.clone());
        }
        token.is_fresh()
    }

    /// After a renewal failed: the token that is still good is used a while longer. `None`: there is none.
    pub(crate) fn rest(&self) -> Option<AccessToken> {
        let mut state = self.state();
        let current = state.current.as_mut().filter(|token| token.is_usable())?;
        current.renew_from = current.usable_until.min(Utc::now() + REST);
        Some(current.clone())
    }

    /// Keeps a token that some process stored. `None`: it is none, needs renewal, or was refused by Graph.
    pub(crate) fn adopt_stored(&self, stored: &TokenSecret) -> Option<AccessToken> {
        let token = AccessToken::stored(stored.access_token.as_ref()?, stored.expires_at?)?;
        if !self.adopt(&token) {
            return None;
        }
        self.state().is_forced = false;
        Some(token)
    }

    /// Keeps a token just had from Microsoft, and says whether to store it. A person's always is, for the refresh token
    /// that came with it; an application can have another one at any time.
    pub(crate) fn adopt_exchanged(&self, token: &AccessToken, access: Access) -> bool {
        self.adopt(token);
        let mut state = self.state();
        if !std::mem::take(&mut state.is_forced) {
            return true;
        }
        if access == Access::Application && state.forced_store.is_some_and(|at| at.elapsed() < STORED_EVERY) {
            return false;
        }
        state.forced_store = Some(Instant::now());
        true
    }

    /// Notes that Microsoft refused the credential: whoever waits for a token meanwhile need not ask as well.
    pub(crate) fn refuse(&self, error: &CalendarError) {
        self.state().no_token = Some((Instant::now(), error.clone()));
    }

    /// How Microsoft refused the credential, if it has done so since `asked`.
    pub(crate) fn refused_since(&self, asked: Instant) -> Option<CalendarError> {
        self.state().no_token.as_ref().filter(|(at, _)| *at >= asked).map(|(_, error)| error.clone())
    }

    /// Drops a token that Graph refused, if it is still the one in use. Says whether asking for another makes sense. Where
    /// that was done a moment ago the token stays: what one mailbox's server refuses serves all the others.
    pub(crate) fn reject(&self, token: &AccessToken, access: Access) -> bool {
        let mut state = self.state();
        let is_other = state.current.as_ref().is_some_and(|current| current.bearer != token.bearer);
        if is_other || state.refused.as_ref() == Some(&token.bearer) {
            return true;
        }
        let every = match access {
            Access::Application => FORCED_EVERY,
            // Each renewal is stored.
            Access::Delegated => STORED_EVERY,
        };
        if state.forced.is_some_and(|at| at.elapsed() < every) {
            return false;
        }
        state.current = None;
        state.refused = Some(token.bearer.clone());
        state.forced = Some(Instant::now());
        state.is_forced = true;
        true
    }
}

/// The tokens of this process, by tenant.
#[derive(Default)]
pub(crate) struct TokenCache(Mutex<HashMap<TenantId, Arc<TokenSlot>>>);

impl TokenCache {
    pub(crate) fn slot(&self, tenant: &TenantId) -> Arc<TokenSlot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(tenant) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST_TENANTS {
            // The tokens are stored as well: forgetting one costs a read.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(tenant.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(name: &str, minutes: i64) -> AccessToken {
        AccessToken::stored(&name.into(), Utc::now() + TimeDelta::minutes(minutes)).expect("a token")
    }

    fn exchanged(name: &str, seconds: i64) -> AccessToken {
        AccessToken::exchanged(&name.into(), Utc::now(), TimeDelta::seconds(seconds)).expect("a token")
    }

    #[test]
    fn a_token_is_renewed_before_it_ends_and_used_until_then() {
        let slot = TokenSlot::default();
        assert!(!slot.adopt(&stored("ended", 0)));
        assert!(slot.usable().is_none());
        assert!(!slot.adopt(&stored("ending", 4)));
        assert!(slot.fresh().is_none() && slot.usable().is_some());
        assert!(slot.rest().is_some() && slot.fresh().is_some());
        assert!(slot.adopt(&stored("new", 60)));
        // An older one from a cache does not replace it.
        slot.adopt(&stored("older", 30));
        assert!(slot.fresh().expect("fresh").bearer == "Bearer new");
    }

    #[test]
    fn a_token_of_a_short_life_is_used_for_half_of_it() {
        let slot = TokenSlot::default();
        assert!(slot.adopt(&exchanged("short", 20)));
        assert!(!slot.adopt(&exchanged("shortest", 0)));
    }

    #[test]
    fn a_refused_token_is_not_taken_again() {
        let slot = TokenSlot::default();
        let token = stored("one", 60);
        slot.adopt(&token);
        assert!(slot.reject(&token, Access::Application));
        assert!(!slot.adopt(&stored("one", 60)));
        assert!(slot.adopt(&stored("two", 60)));
        // Refused late, by a request that began with it: the newer one stays.
        assert!(slot.reject(&token, Access::Application));
        assert!(slot.fresh().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_lasts_costs_a_renewal_now_and_then_and_no_token() {
        for (access, seconds) in [(Access::Application, 60), (Access::Delegated, 600)] {
            let slot = TokenSlot::default();
            let (first, second, third) = (exchanged("one", 3600), exchanged("two", 3600), exchanged("three", 3600));
            slot.adopt(&first);
            assert!(slot.reject(&first, access));
            // Refused together with it: the one renewal is for both.
            assert!(slot.reject(&first, access));
            slot.adopt(&second);
            for _ in 0..5 {
                tokio::time::advance(Duration::from_secs(seconds / 6)).await;
                assert!(!slot.reject(&second, access));
                assert!(slot.fresh().is_some_and(|token| token.bearer == "Bearer two"));
            }
            tokio::time::advance(Duration::from_secs(seconds / 6 + 1)).await;
            assert!(slot.reject(&second, access) && slot.usable().is_none());
            slot.adopt(&third);
            assert!(!slot.reject(&third, access) && slot.usable().is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_graph_forces_is_stored_once_in_ten_minutes() {
        for (access, stores) in [(Access::Application, 4), (Access::Delegated, 4)] {
            let slot = TokenSlot::default();
            let mut token = exchanged("first", 3600);
            assert!(slot.adopt_exchanged(&token, access), "nobody forced it");
            let (mut renewals, mut stored) = (0, 0);
            for n in 0..35 {
                if slot.reject(&token, access) {
                    token = exchanged(&n.to_string(), 3600);
                    renewals += 1;
                    stored += usize::from(slot.adopt_exchanged(&token, access));
                }
                tokio::time::advance(Duration::from_secs(61)).await;
            }
            assert_eq!((renewals, stored), (if access == Access::Application { 35 } else { 4 }, stores));
            assert!(slot.adopt_exchanged(&exchanged("due", 3600), access), "nobody forced it");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_credential_is_told_to_those_who_waited_and_to_nobody_later() {
        let slot = TokenSlot::default();
        let asked = Instant::now();
        assert!(slot.refused_since(asked).is_none());
        let error = CalendarError::NotConfigured { cause: String::new() };
        slot.refuse(&error);
        assert_eq!(slot.refused_since(asked), Some(error));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(slot.refused_since(Instant::now()).is_none());
    }

    #[test]
    fn a_token_that_is_no_header_is_no_token() {
        assert!(AccessToken::stored(&"a\nb".into(), Utc::now()).is_none());
    }
}
