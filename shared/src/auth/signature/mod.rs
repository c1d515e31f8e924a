//! Signed requests: HTTP Message Signatures (RFC 9421) with `hmac-sha256`, for a deployment with a single tenant.
//!
//! The signature authenticates the sender and the content of a request, and is valid for a few minutes. The nonce prevents
//! a replay within that time: it is stored in DynamoDB, where every instance sees it.

mod base;
mod content_digest;
mod fields;
mod message;
mod reading;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use self::message::Message;
use self::reading::Signature;
use super::{
    Authenticator, Principal, host,
    lookup::{Claim, Prefetch, TenantLookup},
    unauthorized,
};
use crate::{
    call::CallContext,
    domain::{Scope, TenantId},
    problem::{Kind, Problem},
    secrets::KeysSecret,
    store::Nonces,
};

/// Authenticates a signed request as the deployment's tenant, with every scope. Stores the nonce before it returns, so a replay is
/// refused before the handler reads or changes anything. Fails with [`Kind::Unauthorized`] if the signature is not valid or the
/// nonce was used before, and with [`Kind::Unavailable`] or [`Kind::TimedOut`] if the nonce could not be stored.
pub struct SignatureAuthenticator<'a> {
    pub tenants: &'a TenantLookup,
    pub nonces: &'a Nonces,
    /// The deployment's tenant. `None`: it has several, and signed requests are refused.
    pub single_tenant: Option<&'a TenantId>,
    pub prefetch: Prefetch,
}

impl Authenticator for SignatureAuthenticator<'_> {
    async fn authenticate(&self, context: &CallContext, message: &Message<'_>) -> Result<Principal, Problem> {
        let Some(tenant) = self.single_tenant else {
            return Err(refused(
                "Signed requests are served only where a deployment has a single tenant. Use an access token.",
            ));
        };
        let now = self.tenants.now();
        let signature = Signature::read(message, now).map_err(refused)?;
        let claim = Claim { tenant, host: host(message.headers), prefetch: self.prefetch };
        let (tenant, mut keys) = self.tenants.tenant_and_keys(context, &claim).await?;
        if !knows(&keys, &signature.key_id, now) {
            keys = self.tenants.keys_again(context, &tenant.id).await?;
        }
        // Tries every key, so the response time does not depend on which key matches.
        let signed = keys.hmac.iter().fold(false, |found, key| {
            found | (signature.is_by(key) && key.kid == signature.key_id && key.is_current(now))
        });
        if !signed {
            return Err(unauthorized("no key of the tenant made the signature"));
        }
        // Only after the signature is verified: a sender without a key must not be able to use up nonces.
        let nonce = self.nonces.use_once(&tenant.id, &signature.key_id, &signature.nonce, now);
        // On the heap: the future of an SDK call would enlarge the future of every handler.
        match context.deadline.work(Box::pin(nonce)).await {
            Some(Ok(true)) => {
                context.act_for(&tenant.id);
                Ok(Principal { tenant, scopes: Scope::ALL.to_vec() })
            }
            // The message may name the reason: the sender has a signature that was valid, so it learns nothing new.
            Some(Ok(false)) => Err(refused("The signature's nonce was used before. Sign each attempt anew.")),
            Some(Err(error)) => Err(error.into()),
            None => Err(Problem::timed_out()),
        }
    }
}

fn knows(keys: &KeysSecret, key_id: &str, now: DateTime<Utc>) -> bool {
    keys.hmac.iter().any(|key| key.kid == key_id && key.is_current(now))
}

/// A 401 whose message names the reason. Only for reasons that reveal nothing about a secret: the developer of a signer
/// needs them.
fn refused(message: &'static str) -> Problem {
    Problem::new(Kind::Unauthorized, message).caused_by(message)
}
