//! Exchanges the tenant's credential for a token, with retries.

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
            connection::GraphCalendar,
            transport::{request::out_of_time, retry_state::backoff},
        },
    },
    call::CallContext,
    domain::Access,
    secrets::{MicrosoftSecret, SecretKind, SecretsError, TokenSecret},
};

const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_ATTEMPTS: u32 = 3;

/// A token, and the secret to store.
pub(crate) struct Renewed {
    pub(crate) token: AccessToken,
    /// `None`: another process has stored the token.
    pub(crate) to_store: Option<TokenSecret>,
}

impl GraphCalendar {
    /// Exchanges the tenant's credential for a token. All attempts end by `until`.
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
            let exchange = entra::exchange(call, client, &self.tenant, secret_value, &grant, left.min(ATTEMPT_TIMEOUT));
            let wait = match exchange.await {
                Ok(exchanged) => return renewed(exchanged, refresh_token),
                Err(ExchangeError::Refused { error, code }) => {
                    // The cached secret may be the one before a rotation.
                    if matches!(error.as_str(), "invalid_client" | "unauthorized_client") {
                        let read = self.secrets.microsoft_now(&self.tenant.id);
                        let now = read_secret(call, until, SecretKind::Microsoft, read).await?;
                        if is_other(&now, &secret) {
                            secret = now;
                            continue;
                        }
                    }
                    // Another process may have used the refresh token and stored its successor. Then the refused token is not
                    // the tenant's current one.
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
                    // Operators have an alarm on this event: no transient failure may be logged with it.
                    tracing::warn!(event = "microsoft_credential_refused", tenant = %self.tenant.id, correlation_id = call.correlation(), error, code, "Microsoft refuses the credential");
                    let error = refused(refused_credential(self.tenant.access, &error), &code);
                    slot.refuse(&error);
                    return Err(error);
                }
                Err(ExchangeError::Throttled(retry_after)) => {
                    failures += 1;
                    let wait = retry_after.unwrap_or_else(|| backoff(Duration::from_millis(500), failures - 1));
                    if failures >= MAX_ATTEMPTS || wait >= left {
                        return Err(CalendarError::Throttled { retry_after });
                    }
                    wait
                }
                Err(ExchangeError::Unavailable(cause)) => {
                    failures += 1;
                    let wait = backoff(Duration::from_millis(200), failures - 1);
                    if failures >= MAX_ATTEMPTS || wait >= left {
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

/// The secret has the new refresh token, or the old one if none came.
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

/// Reads one of the tenant's secrets, within the deadline and by `until`.
pub(crate) async fn read_secret<T>(
    call: &CallContext,
    until: Instant,
    kind: SecretKind,
    read: impl Future<Output = Result<T, SecretsError>>,
) -> Result<T, CalendarError> {
    let read = tokio::time::timeout_at(until, call.deadline.work(read)).await.ok().flatten().ok_or_else(out_of_time)?;
    read.map_err(|error| unavailable(format!("{} secret: {error}", kind.name()), error.is_definitive()))
}

/// A secret or the lease, without which there is no token, is not available. `definitive`: a retry would fail as well, so that
/// the error must not say that Microsoft cannot be reached.
pub(crate) fn unavailable(cause: String, definitive: bool) -> CalendarError {
    if definitive { CalendarError::NotConfigured { cause } } else { CalendarError::NotSent { cause, timed_out: false } }
}

/// The credential that OAuth's `error` is about.
fn refused_credential(access: Access, error: &str) -> Credential {
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
    fn the_refresh_token_is_kept_until_a_new_one_comes() {
        for (new, stored) in [(Some("new"), "new"), (None, "old")] {
            let secret = renewed(exchanged(new), Some("old".into())).ok().and_then(|renewed| renewed.to_store);
            assert_eq!(exposed(secret.expect("to store").refresh_token.as_ref()), Some(stored));
        }
    }

    #[test]
    fn the_error_says_which_credential_is_refused() {
        for (error, application, delegated) in [
            ("invalid_client", Credential::ClientSecret, Credential::ClientSecret),
            ("invalid_grant", Credential::Application, Credential::SignIn),
            ("interaction_required", Credential::Application, Credential::SignIn),
            ("unauthorized_client", Credential::Application, Credential::Application),
            ("invalid_request", Credential::Application, Credential::Application),
        ] {
            let of = |access| refused_credential(access, error);
            assert_eq!((of(Access::Application), of(Access::Delegated)), (application, delegated), "{error}");
        }
    }
}
