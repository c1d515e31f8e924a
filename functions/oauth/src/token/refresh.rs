//! The grant `refresh_token`.

use convene::{
    Problem,
    auth::{AuthenticatedClient, UnverifiedRefreshToken},
    edge::Request,
    store::{RefreshRequest, RefreshResult, StoreError},
};
use secrecy::SecretString;

use super::refusal::Refusal;

/// Exchanges a refresh token for the one to use from now on.
pub(super) async fn exchange(
    request: &Request,
    client: &AuthenticatedClient,
    text: &str,
) -> Result<SecretString, Refusal> {
    let now = request.services.now();
    let token =
        UnverifiedRefreshToken::read(text).ok_or_else(|| Refusal::invalid_grant("the refresh token is malformed"))?;
    if *token.claimed_tenant() != client.tenant.id {
        return Err(Refusal::invalid_grant("the refresh token is another tenant's"));
    }
    let mut keys = client.keys.clone();
    let mut verified = token.verify(&keys, now);
    if verified.is_none() {
        keys = request.services.clients.keys_again(&request.context, &client.tenant.id).await?;
        verified = token.verify(&keys, now);
    }
    let token = verified.ok_or_else(|| Refusal::invalid_grant("no key confirms the refresh token"))?;
    let refresh = RefreshRequest {
        tenant: &token.tenant,
        family: token.family,
        number: token.n,
        client_id: &client.client.client_id,
        rotates: client.client.rotate_refresh_tokens,
        grace: request.services.settings.refresh_grace,
        now,
    };
    let result = request.context.deadline.work(request.services.families.refresh(&refresh)).await;
    let result = result.ok_or_else(Problem::timed_out)?.map_err(|error| not_exchanged(error, refresh.rotates))?;
    match result {
        RefreshResult::Granted(number) => Ok(token.with_n(number).mint(&keys, now)?),
        RefreshResult::Refused(cause) => Err(Refusal::invalid_grant(cause)),
    }
}

/// A token that rotates may have been replaced although that was not told: the same request again, within the grace, gets
/// what it was replaced by.
fn not_exchanged(error: StoreError, rotates: bool) -> Problem {
    let is_open = rotates && !error.is_definitive();
    let problem = Problem::from(error);
    if is_open { problem.with_unknown_result() } else { problem }
}
