//! An access token for a request: from memory, from the secret, or by a renewal, which one process at a time does.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use uuid::Uuid;

use super::{
    renewal::{read_secret, unavailable},
    token::{AccessToken, TokenSlot},
};
use crate::{
    calendar::{
        CalendarError,
        graph::{connection::GraphCalendar, transport::request::out_of_time},
    },
    call::CallContext,
    domain::Access,
    secrets::{SecretKind, TokenSecret},
};

/// How long the lease on a renewal lasts. Two timeouts end the renewal before that: a slow holder must not overwrite the token
/// of the next holder.
const LEASE_DURATION: Duration = Duration::from_secs(10);
/// From the start of the lease. After the exchange there is still time to store the token.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(7);
/// From the start of the lease. The rest of the lease covers a write that is still in flight when it is given up, and clocks
/// that differ.
const STORE_TIMEOUT: Duration = Duration::from_secs(9);
/// A lease that took longer to acquire is not used.
const MAX_ACQUIRE: Duration = Duration::from_secs(3);
/// How often a process that waits for another process's renewal reads the stored token.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// After this an application stops waiting and gets a token for itself: several tokens are valid at the same time. A person's
/// refresh token is never used without the lease.
const MAX_WAIT: Duration = Duration::from_secs(3);
/// How long acquiring the lease and the exchange may delay a request whose token is still valid. Storing a new token and
/// releasing the lease are not cut off: otherwise a person's new refresh token would be lost, and other processes would wait
/// for the lease to end.
const MAX_RENEWAL_DELAY: Duration = Duration::from_secs(2);

impl GraphCalendar {
    pub(crate) async fn access_token(&self, call: &CallContext) -> Result<AccessToken, CalendarError> {
        let slot = self.connection.tokens.slot(&self.tenant.id);
        match slot.fresh() {
            Some(token) => Ok(token),
            // Boxed: the future is large, and nearly no request needs it.
            None => Box::pin(self.next_token(call, &slot)).await,
        }
    }

    async fn next_token(&self, call: &CallContext, slot: &TokenSlot) -> Result<AccessToken, CalendarError> {
        let asked = Instant::now();
        let _renewing = match (slot.renewing.try_lock(), slot.usable()) {
            (Ok(guard), _) => guard,
            (Err(_), Some(token)) => return Ok(token),
            (Err(_), None) => call.deadline.work(slot.renewing.lock()).await.ok_or_else(out_of_time)?,
        };
        if let Some(token) = slot.fresh() {
            return Ok(token);
        }
        if let Some(error) = slot.refused_since(asked) {
            return Err(error);
        }
        if slot.usable().is_none()
            && let Some(token) = self.stored_token(call, slot).await
        {
            return Ok(token);
        }
        if slot.usable().is_none() {
            return Box::pin(self.renew_token(call, slot, None)).await;
        }
        let give_up_at = Some(Instant::now() + MAX_RENEWAL_DELAY);
        Box::pin(self.renew_token(call, slot, give_up_at)).await.or_else(|error| {
            tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "the Microsoft token could not be renewed yet");
            slot.postpone_renewal().ok_or(error)
        })
    }

    /// Checks the tenant's credential: gets a new token from Microsoft even if this process holds one, since that token proves
    /// nothing about the credential. The current token is dropped as if Graph had refused it. If that happened a moment ago
    /// already, the token from then counts.
    pub async fn sign_in(&self, call: &CallContext) -> Result<(), CalendarError> {
        let current = self.access_token(call).await?;
        if self.reject_token(&current) {
            self.access_token(call).await?;
        }
        Ok(())
    }

    /// Drops a token that Graph refused. Returns whether a new one is worth an attempt.
    pub(crate) fn reject_token(&self, token: &AccessToken) -> bool {
        self.connection.tokens.slot(&self.tenant.id).reject(token, self.tenant.access)
    }

    /// The stored token from this process's cache of secrets, unless it is due for renewal.
    async fn stored_token(&self, call: &CallContext, slot: &TokenSlot) -> Option<AccessToken> {
        let stored = call.deadline.work(self.secrets.token(&self.tenant.id)).await?.ok()?;
        slot.adopt_stored(&stored)
    }

    /// The stored token, read past the cache.
    async fn stored_token_now(&self, call: &CallContext, slot: &TokenSlot) -> Option<AccessToken> {
        let stored = call.deadline.work(self.secrets.token_now(&self.tenant.id)).await?.ok()?;
        slot.adopt_stored(&stored)
    }

    /// A new token, renewed by this process or by another one. `give_up_at`: when waiting ends, if before the deadline.
    async fn renew_token(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        give_up_at: Option<Instant>,
    ) -> Result<AccessToken, CalendarError> {
        let is_application = self.tenant.access == Access::Application;
        let (owner, began) = (Uuid::new_v4(), Instant::now());
        loop {
            // Before the request: the lease may be held long before the response arrives.
            let held_from = Instant::now();
            let until = (self.connection.clock.now() + LEASE_DURATION).min(call.deadline.killed_at());
            let lease = self.lease.acquire(&self.tenant.id, owner, until);
            match within(give_up_at, call.deadline.work(lease)).await.ok_or_else(out_of_time)? {
                // Too little of the lease is left: it is acquired again, or not used.
                Ok(true) if held_from.elapsed() > MAX_ACQUIRE => {}
                Ok(true) => {
                    let (exchange_by, store_by) = (exchange_end(held_from, give_up_at), held_from + STORE_TIMEOUT);
                    let outcome = self.renew_under_lease(call, slot, exchange_by, store_by).await;
                    // A lease that is not released expires.
                    let release = self.lease.release(&self.tenant.id, owner);
                    if let Some(Err(error)) = call.deadline.closing(release).await {
                        tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "a lease was not released");
                    }
                    return outcome;
                }
                Ok(false) => {}
                Err(error) if is_application => {
                    tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "renewing a token without a lease");
                    return self.renew_unstored(call, slot, give_up_at).await;
                }
                Err(error) => return Err(unavailable(format!("lease: {error}"), error.definitive)),
            }
            if let Some(token) = self.stored_token_now(call, slot).await {
                return Ok(token);
            }
            if let Some(token) = slot.postpone_renewal() {
                return Ok(token);
            }
            if is_application && began.elapsed() >= MAX_WAIT {
                return self.renew_unstored(call, slot, give_up_at).await;
            }
            call.deadline.work(tokio::time::sleep(POLL_INTERVAL)).await.ok_or_else(out_of_time)?;
        }
    }

    /// Renews the token with the lease held, unless another process has renewed it in the meantime.
    async fn renew_under_lease(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        exchange_by: Instant,
        store_by: Instant,
    ) -> Result<AccessToken, CalendarError> {
        let read = self.secrets.token_now(&self.tenant.id);
        let stored = match read_secret(call, exchange_by, SecretKind::Token, read).await {
            Ok(stored) => stored,
            Err(error) if self.tenant.access == Access::Application => {
                tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "the stored token cannot be read");
                Arc::default()
            }
            Err(error) => return Err(error),
        };
        if let Some(token) = slot.adopt_stored(&stored) {
            return Ok(token);
        }
        let renewed = self.exchange_token(call, slot, &stored, exchange_by).await?;
        // For this process first, which has the token even if storing it fails.
        let is_to_be_kept = slot.adopt_exchanged(&renewed.token, self.tenant.access);
        if let Some(secret) = renewed.to_store.filter(|_| is_to_be_kept)
            && tokio::time::timeout_at(store_by, self.store_token(call, &secret)).await.is_err()
        {
            tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = "the lease ends", "the Microsoft token was not stored");
        }
        Ok(renewed.token)
    }

    /// An application's token for this process only.
    async fn renew_unstored(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        give_up_at: Option<Instant>,
    ) -> Result<AccessToken, CalendarError> {
        let until = exchange_end(Instant::now(), give_up_at);
        let renewed = self.exchange_token(call, slot, &TokenSecret::default(), until).await?;
        slot.adopt(&renewed.token);
        Ok(renewed.token)
    }

    /// Stores a new token. A failure does not fail this request: the token is valid, and Microsoft keeps the previous refresh
    /// token valid. It costs the next process an exchange.
    async fn store_token(&self, call: &CallContext, secret: &TokenSecret) {
        for _ in 0..2 {
            match call.deadline.work(self.secrets.write_token(&self.tenant.id, secret)).await {
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "the Microsoft token was not stored");
                    // An application can get another token at any time.
                    if self.tenant.access == Access::Application {
                        return;
                    }
                }
                None => {
                    tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = "out of time", "the Microsoft token was not stored");
                    return;
                }
            }
        }
    }
}

/// When an exchange that starts at `from` must end.
fn exchange_end(from: Instant, give_up_at: Option<Instant>) -> Instant {
    let timeout = from + EXCHANGE_TIMEOUT;
    give_up_at.map_or(timeout, |give_up_at| give_up_at.min(timeout))
}

/// Runs a call until `give_up_at`, if there is one.
async fn within<T>(give_up_at: Option<Instant>, call: impl Future<Output = Option<T>>) -> Option<T> {
    match give_up_at {
        Some(give_up_at) => tokio::time::timeout_at(give_up_at, call).await.ok().flatten(),
        None => call.await,
    }
}
