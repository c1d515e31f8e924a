//! An access token, and the tokens that this process holds.

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

/// A token is renewed this long before it expires, so that it does not expire during a request.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(5);
/// A token may be used until this long before it expires, if no newer one is available.
const USABLE_BEFORE: TimeDelta = TimeDelta::seconds(30);
/// After a failed renewal, a token that is still valid is used this long before the next renewal.
const POSTPONE_RENEWAL_FOR: TimeDelta = TimeDelta::seconds(30);
/// The shortest time between two renewals because Graph refused a token. If Graph refuses the new token sooner, the token is
/// not the cause, and another one would be refused as well.
const MIN_FORCED_INTERVAL: Duration = Duration::from_mins(1);
/// The shortest time between two writes of the secret after renewals because Graph refused a token. AWS advises against more
/// than one write of a secret in ten minutes over a long time, and only such renewals could cause more.
const MIN_STORE_INTERVAL: Duration = Duration::from_mins(10);
/// Above this many tenants, tokens that are not in use are removed.
const MAX_TENANTS: usize = 1000;

/// A token for Graph. It has no `Debug`, so that it cannot be logged.
#[derive(Clone)]
pub(crate) struct AccessToken {
    bearer: HeaderValue,
    renew_from: DateTime<Utc>,
    usable_until: DateTime<Utc>,
}

impl AccessToken {
    /// A stored token. `None`: it is not a valid header value.
    pub(crate) fn stored(token: &SecretString, expires: DateTime<Utc>) -> Option<Self> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        bearer.set_sensitive(true);
        let usable_until = expires - USABLE_BEFORE;
        Some(Self { bearer, renew_from: expires - RENEW_BEFORE, usable_until })
    }

    /// A new token from Microsoft. A short-lived one is renewed after half of its lifetime.
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
    /// The token that Graph refused last. It must not be read from the secret again.
    refused: Option<HeaderValue>,
    /// When a token was last dropped because Graph refused it.
    forced: Option<Instant>,
    /// Whether the next renewal happens because Graph refused the current token.
    is_forced: bool,
    /// When a token of such a renewal was last stored.
    forced_store: Option<Instant>,
    /// When Microsoft last refused the credential itself, and the error.
    no_token: Option<(Instant, CalendarError)>,
}

impl TokenSlot {
    fn state(&self) -> MutexGuard<'_, TokenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, unless it is due for renewal.
    pub(crate) fn fresh(&self) -> Option<AccessToken> {
        self.state().current.clone().filter(AccessToken::is_fresh)
    }

    /// The token, if it is still valid.
    pub(crate) fn usable(&self) -> Option<AccessToken> {
        self.state().current.clone().filter(AccessToken::is_usable)
    }

    /// Keeps a token, unless Graph refused it or it has expired. Returns whether it may be used without a renewal.
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

    /// After a failed renewal: the token that is still valid, with its next renewal postponed. `None`: there is none.
    pub(crate) fn postpone_renewal(&self) -> Option<AccessToken> {
        let mut state = self.state();
        let current = state.current.as_mut().filter(|token| token.is_usable())?;
        current.renew_from = current.usable_until.min(Utc::now() + POSTPONE_RENEWAL_FOR);
        Some(current.clone())
    }

    /// Keeps a stored token. `None`: there is none, it is due for renewal, or Graph refused it.
    pub(crate) fn adopt_stored(&self, stored: &TokenSecret) -> Option<AccessToken> {
        let token = AccessToken::stored(stored.access_token.as_ref()?, stored.expires_at?)?;
        if !self.adopt(&token) {
            return None;
        }
        self.state().is_forced = false;
        Some(token)
    }

    /// Keeps a new token from Microsoft. Returns whether to store it. A person's token is always stored, because of its refresh
    /// token; an application can get another one at any time.
    pub(crate) fn adopt_exchanged(&self, token: &AccessToken, access: Access) -> bool {
        self.adopt(token);
        let mut state = self.state();
        if !std::mem::take(&mut state.is_forced) {
            return true;
        }
        if access == Access::Application && state.forced_store.is_some_and(|at| at.elapsed() < MIN_STORE_INTERVAL) {
            return false;
        }
        state.forced_store = Some(Instant::now());
        true
    }

    /// Records that Microsoft refused the credential, so that waiting requests do not ask as well.
    pub(crate) fn refuse(&self, error: &CalendarError) {
        self.state().no_token = Some((Instant::now(), error.clone()));
    }

    /// The error by which Microsoft refused the credential, if that was since `asked`.
    pub(crate) fn refused_since(&self, asked: Instant) -> Option<CalendarError> {
        self.state().no_token.as_ref().filter(|(at, _)| *at >= asked).map(|(_, error)| error.clone())
    }

    /// Drops a token that Graph refused, if it is still the current one. Returns whether a new one is worth an attempt. If a
    /// token was dropped a moment ago, the current one stays: one mailbox's server refuses it, and others accept it.
    pub(crate) fn reject(&self, token: &AccessToken, access: Access) -> bool {
        let mut state = self.state();
        let is_other = state.current.as_ref().is_some_and(|current| current.bearer != token.bearer);
        if is_other || state.refused.as_ref() == Some(&token.bearer) {
            return true;
        }
        let every = match access {
            Access::Application => MIN_FORCED_INTERVAL,
            // Each renewal is stored.
            Access::Delegated => MIN_STORE_INTERVAL,
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
        if slots.len() >= MAX_TENANTS {
            // The tokens are stored as well: removing one costs a read.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(slots.entry(tenant.clone()).or_default())
    }
}

#[cfg(test)]
mod tests;
