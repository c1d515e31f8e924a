//! Authenticates requests by bearer token or by signature.

use lambda_http::http::header;

use super::{Authenticator, BearerAuthenticator, Message, Principal, SignatureAuthenticator};
use crate::{call::CallContext, problem::Problem};

/// The scheme of endpoints that accept a bearer token or a signature. A signature counts only if there is no `Authorization`
/// header.
pub struct BearerOrSignature<'a> {
    pub bearer: BearerAuthenticator<'a>,
    pub signature: SignatureAuthenticator<'a>,
}

impl Authenticator for BearerOrSignature<'_> {
    async fn authenticate(&self, context: &CallContext, message: &Message<'_>) -> Result<Principal, Problem> {
        let is_signed = message.headers.contains_key("signature-input") || message.headers.contains_key("signature");
        if is_signed && !message.headers.contains_key(header::AUTHORIZATION) {
            return self.signature.authenticate(context, message).await;
        }
        self.bearer.authenticate(context, message).await
    }
}
