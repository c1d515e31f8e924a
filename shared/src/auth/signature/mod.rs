//! Signed requests: HTTP Message Signatures (RFC 9421) with `hmac-sha256`, for a deployment with a single tenant.
//!
//! A signature proves who sent this very request, a few minutes ago. That nobody sends it again is the nonce's part,
//! which is noted where every instance sees it.

mod base;
mod content_digest;
mod fields;
mod message;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;

pub use self::message::Message;
use self::reading::Signature;
use super::{
    Caller, host,
    lookup::{self, Ahead, Claim},
    unauthorized,
};
use crate::{
    call::CallContext,
    problem::{Kind, Problem},
    scheduling::Admission,
    secrets::KeysSecret,
    services::Services,
};

/// The deployment's tenant, if one of its keys signed the request. Whether the nonce was used before is told later, by
/// the caller's admission.
pub(super) async fn authenticate(
    services: &Services,
    context: &CallContext,
    message: &Message<'_>,
) -> Result<Caller, Problem> {
    let Some(tenant) = &services.settings.single_tenant else {
        return Err(refused(
            "Signed requests are served only where a deployment has a single tenant. Use an access token.",
        ));
    };
    let now = services.now();
    let signature = Signature::read(message, now).map_err(refused)?;
    let claim = Claim { tenant, host: host(message.headers), ahead: Ahead::Calendar };
    let (tenant, mut keys) = lookup::tenant_and_keys(services, context, &claim).await?;
    if !knows(&keys, &signature.key_id, now) {
        keys = lookup::keys_again(services, context, &tenant.id).await?;
    }
    // Every key of the list is tried: how long it takes tells nothing.
    let signed = keys
        .hmac
        .iter()
        .fold(false, |found, key| found | (signature.is_by(key) && key.kid == signature.key_id && key.is_current(now)));
    if !signed {
        return Err(unauthorized("no key of the tenant made the signature"));
    }
    context.act_for(&tenant.id);
    let (nonces, deadline, id) = (Arc::clone(&services.nonces), context.deadline, tenant.id.clone());
    let admission = async move {
        let nonce = nonces.use_once(&id, &signature.key_id, &signature.nonce, now);
        match deadline.work(nonce).await {
            Some(Ok(true)) => Ok(()),
            // Whoever comes this far has a signature that was good once: nobody learns anything new.
            Some(Ok(false)) => Err(refused("The signature's nonce was used before. Sign each attempt anew.")),
            Some(Err(error)) => Err(error.into()),
            None => Err(Problem::timed_out()),
        }
    };
    Ok(Caller { tenant, admission: Admission::pending(admission.boxed()) })
}

fn knows(keys: &KeysSecret, key_id: &str, now: DateTime<Utc>) -> bool {
    keys.hmac.iter().any(|key| key.kid == key_id && key.is_current(now))
}

/// What is wrong with the form of a request may be told: it says nothing of any secret, and whoever writes a signer needs
/// to know.
fn refused(message: &'static str) -> Problem {
    Problem::new(Kind::Unauthorized, message).caused_by(message)
}
