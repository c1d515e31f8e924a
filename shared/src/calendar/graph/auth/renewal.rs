//! Exchanging a credential for a token: what is tried again, and what a refusal means.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{
    entra::{self, ExchangeError, Exchanged, Grant},
    token::{AccessToken, TokenSlot},
};
use crate::{
    calendar::{
        CalendarError, Credential,
        graph::{
            GraphCalendar,
            transport::{retry_state::backoff, send::out_of_time},
        },
    },
    call::CallContext,
    domain::Access,
    secrets::{MicrosoftSecret, SecretKind, SecretsError, TokenSecret},
};

/// One attempt.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How often Microsoft is asked while it fails.
const TRIES: u32 = 3;

/// A token, and what of it is to be stored.
pub(crate) struct Renewed {
    pub(crate) token: AccessToken,
    /// `None`: it comes from the store.
    pub(crate) to_store: Option<TokenSecret>,
}

impl GraphCalendar {
    /// Exchanges the tenant's credential for a token, in any number of attempts that end by `until`.
    pub(crate) async fn exchange_token(
        &self,
        call: &CallContext,
        slot: &TokenSlot,
        stored: &TokenSecret,
        until: Instant,
    ) -> Result<Renewed, CalendarError> {
        let read = self.secrets.microsoft(&self.tenant.id);
        let mut secret = read_secret(call, until, SecretKind::Microsoft, read).await?;
        let mut refresh_token = stored.refresh_token.clone();
        let mut failures = 0;
        loop {
            let grant = match (self.tenant.access, &refresh_token) {
                (Access::Application, _) => Grant::ClientCredentials,
                (Access::Delegated, Some(token)) => Grant::RefreshToken(token),
                (Access::Delegated, None) => return Err(refused(Credential::NoSignIn, "NoRefreshToken")),
            };
            let left = until.saturating_duration_since(Instant::now()).min(call.deadline.remaining());
            if left.is_zero() {
                return Err(out_of_time());
            }
            let client = self.connection.client()?;
            let secret_value = &secret.client_secret;
            let exchange = entra::exchange(call, client, &self.tenant, secret_value, &grant, left.min(ATTEMPT));
            let wait = match exchange.await {
                Ok(exchanged) => return renewed(exchanged, refresh_token),
                Err(ExchangeError::Refused { error, code }) => {
                    // The secret we have may be the one before a rotation.
                    if matches!(error.as_str(), "invalid_client" | "unauthorized_client") {
                        let read = self.secrets.microsoft_now(&self.tenant.id);
                        let now = read_secret(call, until, SecretKind::Microsoft, read).await?;
                        if is_other(&now, &secret) {
                            secret = now;
                            continue;
                        }
                    }
                    // Somebody may have spent the refresh token, and stored what came of it. As long as that goes on, what
                    // was refused is not what the tenant has.
                    if error == "invalid_grant" && refresh_token.is_some() {
                        let read = self.secrets.token_now(&self.tenant.id);
                        let now = read_secret(call, until, SecretKind::Token, read).await?;
                        if let Some(token) = slot.adopt_stored(&now) {
                            return Ok(Renewed { token, to_store: None });
                        }
                        if exposed(now.refresh_token.as_ref()) != exposed(refresh_token.as_ref()) {
                            refresh_token.clone_from(&now.refresh_token);
                            continue;
                        }
                    }
                    // Operators count these: nothing that passes by itself may be among them.
                    tracing::warn!(event = "microsoft_credential_refused", tenant = %self.tenant.id, correlation_id = call.correlation(), error, code, "Microsoft refuses the credential");
                    let error = refused(what_is_refused(self.tenant.access, &error), &code);
                    slot.refuse(&error);
                    return Err(error);
                }
                Err(ExchangeError::Throttled(retry_after)) => {
                    failures += 1;
                    let wait = retry_after.unwrap_or_else(|| backoff(Duration::from_millis(500), failures - 1));
                    if failures >= TRIES || wait >= left {
                        return Err(CalendarError::Throttled { retry_after });
                    }
                    wait
                }
                Err(ExchangeError::Unavailable(cause)) => {
                    failures += 1;
                    let wait = backoff(Duration::from_millis(200), failures - 1);
                    if failures >= TRIES || wait >= left {
                        return Err(CalendarError::NotSent { cause, timed_out: call.deadline.remaining().is_zero() });
                    }
                    tracing::debug!(cause, "asking for a token again");
                    wait
                }
            };
            tokio::time::sleep(wait).await;
        }
    }
}

/// The token, and the secret to store: with the new refresh token, or the old one where none came.
fn renewed(exchanged: Exchanged, refresh_token: Option<secrecy::SecretString>) -> Result<Renewed, CalendarError> {
    let now = Utc::now();
    let token = AccessToken::exchanged(&exchanged.access_token, now, exchanged.life)
        .ok_or_else(|| CalendarError::NotSent { cause: "a malformed token".to_owned(), timed_out: false })?;
    let secret = TokenSecret {
        access_token: Some(exchanged.access_token),
        expires_at: Some(now + exchanged.life),
        refresh_token: exchanged.refresh_token.or(refresh_token),
    };
    Ok(Renewed { token, to_store: Some(secret) })
}

/// One of the tenant's secrets, within the deadline and by `until`.
pub(crate) async fn read_secret<T>(
    call: &CallContext,
    until: Instant,
    kind: SecretKind,
    read: impl Future<Output = Result<T, SecretsError>>,
) -> Result<T, CalendarError> {
    let read = tokio::time::timeout_at(until, call.deadline.work(read)).await.ok().flatten().ok_or_else(out_of_time)?;
    read.map_err(|error| unavailable(format!("{} secret: {error}", kind.name()), error.is_definitive()))
}

/// Something of our own that a token cannot be had without is not there. `definitive`: it will not be there in a moment
/// either, so nobody is to be told that Microsoft cannot be reached.
pub(crate) fn unavailable(cause: String, definitive: bool) -> CalendarError {
    if definitive { CalendarError::NotConfigured { cause } } else { CalendarError::NotSent { cause, timed_out: false } }
}

/// What OAuth's `error` is about.
fn what_is_refused(access: Access, error: &str) -> Credential {
    match (error, access) {
        ("invalid_client", _) => Credential::ClientSecret,
        ("invalid_grant" | "interaction_required" | "login_required" | "consent_required", Access::Delegated) => {
            Credential::SignIn
        }
        _ => Credential::Application,
    }
}

fn is_other(now: &Arc<MicrosoftSecret>, before: &Arc<MicrosoftSecret>) -> bool {
    now.client_secret.expose_secret() != before.client_secret.expose_secret()
}

fn exposed(secret: Option<&secrecy::SecretString>) -> Option<&str> {
    secret.map(ExposeSecret::expose_secret)
}

fn refused(credential: Credential, code: &str) -> CalendarError {
    CalendarError::CredentialRefused { credential, code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanged(refresh_token: Option<&str>) -> Exchanged {
        let life = chrono::TimeDelta::seconds(3599);
        Exchanged { access_token: "a".into(), life, refresh_token: refresh_token.map(Into::into) }
    }

    #[test]
    fn a_refresh_token_is_kept_until_a_new_one_comes() {
        for (new, stored) in [(Some("new"), "new"), (None, "old")] {
            let secret = renewed(exchanged(new), Some("old".into())).ok().and_then(|renewed| renewed.to_store);
            assert_eq!(exposed(secret.expect("to store").refresh_token.as_ref()), Some(stored));
        }
    }

    #[test]
    fn what_is_refused_follows_from_the_error() {
        for (error, application, delegated) in [
            ("invalid_client", Credential::ClientSecret, Credential::ClientSecret),
            ("invalid_grant", Credential::Application, Credential::SignIn),
            ("interaction_required", Credential::Application, Credential::SignIn),
            ("unauthorized_client", Credential::Application, Credential::Application),
            ("invalid_request", Credential::Application, Credential::Application),
        ] {
            let of = |access| what_is_refused(access, error);
            assert_eq!((of(Access::Application), of(Access::Delegated)), (application, delegated), "{error}");
        }
    }
}
