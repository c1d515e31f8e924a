//! Having an access token: from memory, else from the store, else by a renewal that one process at a time does.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    renewal::{read_secret, unavailable},
    token::{AccessToken, TokenSlot},
};
use crate::{
    calendar::{
        CalendarError,
        graph::{GraphCalendar, transport::send::out_of_time},
    },
    call::CallContext,
    domain::Access,
    secrets::{SecretKind, TokenSecret},
};

/// How long the lease on a renewal lasts. Whatever is done under it is cut off before that, by the two bounds below: a holder that is slow
/// must not store its token over the one that the next holder got.
const LEASE_FOR: Duration = Duration::from_secs(10);
/// By then the exchange has ended: whatever Microsoft gives can still be stored.
const EXCHANGE_FOR: Duration = Duration::from_secs(7);
/// By then the token is stored, or is not. What is left of the lease covers a write that is on its way when it is given
/// up, and clocks that differ.
const STORE_FOR: Duration = Duration::from_secs(9);
/// A lease that took longer to get is not used.
const LONGEST_ACQUIRE: Duration = Duration::from_secs(3);
/// How often a process that waits for another one's renewal looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// After this an application stops waiting and gets a token for itself: several are valid side by side. A person's
/// refresh token is never spent without the lease.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How long getting the lease and the exchange may hold up a request that has a token which is still valid. Once Microsoft
/// has given a token it is stored and the lease given back, however long that takes: a person's new refresh token would be
/// lost otherwise, and everybody else would wait for the lease to end.
const RENEWAL_ASIDE: Duration = Duration::from_secs(2);

impl GraphCalendar {
    /// A token for Graph.
    pub(crate) async fn access_token(&self, call: &CallContext) -> Result<AccessToken, CalendarError> {
        let slot = self.connection.tokens.slot(&self.tenant.id);
        match slot.fresh() {
            Some(token) => Ok(token),
            // Boxed, since nearly every request goes without: the store's futures are large.
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
        let patience = Some(Instant::now() + RENEWAL_ASIDE);
        Box::pin(self.renew_token(call, slot, patience)).await.or_else(|error| {
            tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "the Microsoft token could not be renewed yet");
            slot.rest().ok_or(error)
        })
    }

    /// Checks the tenant's credential as it is now: gets a new token from Microsoft even if this process holds one, since a
    /// stored token proves nothing about the credential. The token at hand is dropped as if Graph had refused it, which
    /// happens at most once in a while; shortly after that, the token of then counts.
    pub async fn sign_in(&self, call: &CallContext) -> Result<(), CalendarError> {
        let at_hand = self.access_token(call).await?;
        if self.reject_token(&at_hand) {
            self.access_token(call).await?;
        }
        Ok(())
    }

    /// Drops a token that Graph refused. Says whether asking for another makes sense.
    pub(crate) fn reject_token(&self, token: &AccessToken) -> bool {
        self.connection.tokens.slot(&self.tenant.id).reject(token, self.tenant.access)
    }

    /// The token that some process stored, as this process knows it, where it needs no renewal.
    async fn stored_token(&self, call: &CallContext, slot: &TokenSlot) -> Option<AccessToken> {
        let stored = call.deadline.work(self.secrets.token(&self.tenant.id)).await?.ok()?;
        slot.adopt_stored(&stored)
    }

    /// The token that is stored now.
    async fn stored_token_now(&self, call: &CallContext, slot: &TokenSlot) -> Option<AccessToken> {
        let stored = call.deadline.work(self.secrets.token_now(&self.tenant.id)).await?.ok()?;
        slot.adopt_stored(&stored)
    }

    /// A new token, by this process or by another one that is at it. `patience`: when waiting for it is to end, if that is
    /// before the deadline.
    async fn renew_token(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        patience: Option<Instant>,
    ) -> Result<AccessToken, CalendarError> {
        let alone = self.tenant.access == Access::Application;
        let (owner, began) = (Uuid::new_v4(), Instant::now());
        loop {
            // Before the lease is asked for: it may be ours long before the answer is here.
            let held_from = Instant::now();
            let until = (Utc::now() + LEASE_FOR).min(call.deadline.killed_at());
            let lease = self.lease.acquire(&self.tenant.id, owner, until);
            match within(patience, call.deadline.work(lease)).await.ok_or_else(out_of_time)? {
                // Too little of it is left: it is taken anew, or done without.
                Ok(true) if held_from.elapsed() > LONGEST_ACQUIRE => {}
                Ok(true) => {
                    let (exchange_by, store_by) = (exchange_end(held_from, patience), held_from + STORE_FOR);
                    let outcome = self.renew_under_lease(call, slot, exchange_by, store_by).await;
                    // A lease that is not given back ends by itself.
                    let release = self.lease.release(&self.tenant.id, owner);
                    if let Some(Err(error)) = call.deadline.closing(release).await {
                        tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "a lease was not released");
                    }
                    return outcome;
                }
                Ok(false) => {}
                Err(error) if alone => {
                    tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "renewing a token without a lease");
                    return self.renew_unstored(call, slot, patience).await;
                }
                Err(error) => return Err(unavailable(format!("lease: {error}"), error.definitive)),
            }
            if let Some(token) = self.stored_token_now(call, slot).await {
                return Ok(token);
            }
            if let Some(token) = slot.rest() {
                return Ok(token);
            }
            if alone && began.elapsed() >= LONGEST_WAIT {
                return self.renew_unstored(call, slot, patience).await;
            }
            call.deadline.work(tokio::time::sleep(LOOK_EVERY)).await.ok_or_else(out_of_time)?;
        }
    }

    /// With the lease: another process may have renewed the token while we waited for it.
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
        // For this process first: it has the token whatever becomes of the store.
        let is_to_be_kept = slot.adopt_exchanged(&renewed.token, self.tenant.access);
        if let Some(secret) = renewed.to_store.filter(|_| is_to_be_kept)
            && tokio::time::timeout_at(store_by, self.store_token(call, &secret)).await.is_err()
        {
            tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = "the lease ends", "the Microsoft token was not stored");
        }
        Ok(renewed.token)
    }

    /// An application's token for this process alone.
    async fn renew_unstored(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        patience: Option<Instant>,
    ) -> Result<AccessToken, CalendarError> {
        let until = exchange_end(Instant::now(), patience);
        let renewed = self.exchange_token(call, slot, &TokenSecret::default(), until).await?;
        slot.adopt(&renewed.token);
        Ok(renewed.token)
    }

    /// Stores what was exchanged. The token is good whether or not that succeeds, and Microsoft keeps the refresh token
    /// before this one valid: a failure costs the next process an exchange, not this request its answer.
    async fn store_token(&self, call: &CallContext, secret: &TokenSecret) {
        for _ in 0..2 {
            match call.deadline.work(self.secrets.write_token(&self.tenant.id, secret)).await {
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    tracing::warn!(tenant = %self.tenant.id, correlation_id = call.correlation(), cause = %error, "the Microsoft token was not stored");
                    // An application's token can be had again at any time.
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

/// When an exchange that began at `from` ends at the latest.
fn exchange_end(from: Instant, patience: Option<Instant>) -> Instant {
    let longest = from + EXCHANGE_FOR;
    patience.map_or(longest, |patience| patience.min(longest))
}

/// What comes of a call that ends at `patience`, if there is such an end.
async fn within<T>(patience: Option<Instant>, call: impl Future<Output = Option<T>>) -> Option<T> {
    match patience {
        Some(patience) => tokio::time::timeout_at(patience, call).await.ok().flatten(),
        None => call.await,
    }
}
