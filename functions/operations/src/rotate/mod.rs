//! Rotating what a tenant's callers prove themselves with: the rotation function of Secrets Manager on
//! `<prefix><tenant>/credentials`.
//!
//! Secrets Manager calls it step by step, and again whenever a step fails, with a token that names the version to be made.
//! What the integrator is given and what functions verify with are two secrets, so the order decides that no request
//! fails: the new client secrets and the new keys are accepted everywhere before anybody is given them (`setSecret`,
//! `testSecret`), and the old ones are accepted for a while after (`finishSecret`).
//!
//! A version cannot be changed once it is prepared. If the tenant's stack writes the secret in the meantime, with a client
//! more or a new refresh token, promoting the prepared version would take that back. Such a rotation is given up instead:
//! its version loses its label, so that the next rotation begins anew, and the step fails with words that say so. Both
//! sides look and write under the lease on the credentials.

mod content;
mod verifiers;

use std::{sync::Arc, time::Duration};

use convene::{
    auth::KEY_REFRESH_INTERVAL,
    domain::TenantId,
    edge::{Task, TaskError},
    secrets::{CredentialsSecret, KeysSecret, SecretKind, Vault, Version, Versions},
    services::Services,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    keys,
    lease::{self, CREDENTIALS},
    mint,
};

/// Added to the time between two looks of a function: reads of Secrets Manager may lag behind its writes.
const MARGIN: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    step: Step,
    /// The secret's ARN.
    secret_id: String,
    /// Which rotation this is, and the id of the version that it makes.
    client_request_token: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "the names are Secrets Manager's")]
enum Step {
    CreateSecret,
    SetSecret,
    TestSecret,
    FinishSecret,
}

/// The function.
pub fn task() -> Task {
    Task::new("rotate-credentials", |services, context, event: Event| async move {
        let step = event.step;
        let rotation = Rotation::of(services, event)?;
        context.act_for(&rotation.tenant);
        match step {
            Step::CreateSecret => rotation.create().await?,
            Step::SetSecret => rotation.set().await?,
            Step::TestSecret => rotation.test().await?,
            Step::FinishSecret => rotation.finish().await?,
        }
        Ok(Value::Null)
    })
}

struct Rotation {
    services: Arc<Services>,
    vault: Vault,
    tenant: TenantId,
    secret: String,
    token: String,
    /// What its new keys are called. A step that is repeated finds them by it.
    kid: String,
}

/// How far a rotation has come.
#[derive(PartialEq, Eq)]
enum Standing {
    /// Secrets Manager lists no version of it. It announces one before the first step (where it is emulated, nobody does),
    /// and lists it no more once it has lost its label: then the rotation was given up, or another one came after it.
    Unknown,
    /// Its version waits to be promoted.
    Pending,
    /// Its version is the one that everybody reads.
    Promoted,
}

impl Rotation {
    fn of(services: Arc<Services>, event: Event) -> Result<Self, TaskError> {
        let vault = services.secrets.vault();
        let tenant = vault.tenant_of(&event.secret_id, SecretKind::Credentials);
        let tenant = tenant.ok_or_else(|| TaskError("SecretId is not a tenant's credentials secret.".to_owned()))?;
        let kid = format!("{tenant}.{}", event.client_request_token);
        Ok(Self { services, vault, tenant, secret: event.secret_id, token: event.client_request_token, kid })
    }

    /// Makes the new content, where nobody reads it yet.
    async fn create(&self) -> Result<(), TaskError> {
        // The content first: if it is there, the state that is read after it is not older than it. Otherwise a step that runs twice
        // at a time could take the content of the other run for that of a rotation that was given up.
        let prepared = self.prepared().await?;
        let (standing, _) = self.standing().await?;
        if standing == Standing::Promoted {
            return Ok(());
        }
        if prepared.is_some() {
            return if standing == Standing::Pending { Ok(()) } else { Err(given_up()) };
        }
        let next = content::successor(&self.current().await?, &self.tenant, &self.kid)?;
        match self.vault.prepare(&self.secret, &self.token, &next).await {
            // The same step may run twice at a time. What the other one made is as good.
            Err(_) if self.prepared().await?.is_some() => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Makes functions accept the new credentials. Nothing ends.
    async fn set(&self) -> Result<(), TaskError> {
        lease::hold(&self.services, &self.tenant, &CREDENTIALS, Box::pin(self.set_alone())).await
    }

    async fn set_alone(&self) -> Result<(), TaskError> {
        let standing = self.standing().await?.0;
        if standing == Standing::Promoted {
            return Ok(());
        }
        let next = self.prepared().await?.ok_or_else(nothing_prepared)?;
        if standing == Standing::Unknown {
            return Err(given_up());
        }
        self.check_ground(&next).await?;
        let signing = mint::key(self.kid.clone())?;
        let accept = |keys: &mut KeysSecret| {
            verifiers::accept(keys, &next, signing);
            Ok(())
        };
        keys::change(&self.services, &self.tenant, accept).await.map(drop)
    }

    /// Checks that functions accept the new credentials, and waits until each of them would find out.
    async fn test(&self) -> Result<(), TaskError> {
        if self.standing().await?.0 == Standing::Promoted {
            return Ok(());
        }
        let (next, current, keys) = (self.prepared().await?, self.current().await?, self.keys().await?);
        let Some(next) = next.filter(|next| !content::is_same(next, &current)) else {
            // Secrets Manager takes this step by itself to try a new configuration, with nothing prepared.
            return verifiers::check(&keys, &current);
        };
        verifiers::check(&keys, &next)?;
        verifiers::check_signing(&keys, &self.kid)?;
        // A function that looked past its cache just before the new keys were stored does not look again for this long,
        // and would refuse them.
        tokio::time::sleep(KEY_REFRESH_INTERVAL + MARGIN).await;
        Ok(())
    }

    /// Hands the new credentials out, and gives the old ones their end.
    async fn finish(&self) -> Result<(), TaskError> {
        lease::hold(&self.services, &self.tenant, &CREDENTIALS, Box::pin(self.finish_alone())).await
    }

    async fn finish_alone(&self) -> Result<(), TaskError> {
        let (standing, versions) = self.standing().await?;
        let next = self.prepared().await?.ok_or_else(nothing_prepared)?;
        if standing == Standing::Unknown {
            return Err(given_up());
        }
        let now = self.services.now();
        if standing != Standing::Promoted {
            self.check_ground(&next).await?;
            let keys = self.keys().await?;
            verifiers::check(&keys, &next)?;
            verifiers::check_signing(&keys, &self.kid)?;
            self.vault.promote(&self.secret, &self.token, &versions).await?;
        }
        let overlap = self.services.settings.rotation_overlap;
        keys::change(&self.services, &self.tenant, |keys| verifiers::retire(keys, &next, &self.kid, now, overlap))
            .await
            .map(drop)
    }

    async fn standing(&self) -> Result<(Standing, Versions), TaskError> {
        let versions = self.vault.versions(&self.secret).await?;
        let versions = versions.ok_or_else(|| TaskError("The secret does not exist.".to_owned()))?;
        if !versions.rotates {
            return Err(TaskError("Rotation is not switched on for the secret.".to_owned()));
        }
        let standing = if versions.is_current(&self.token) {
            Standing::Promoted
        } else if versions.is_pending(&self.token) {
            Standing::Pending
        } else if versions.has_version(&self.token) {
            return Err(given_up());
        } else {
            Standing::Unknown
        };
        Ok((standing, versions))
    }

    /// Fails, and ends the rotation, where the prepared version was not made from what is current now.
    async fn check_ground(&self, next: &CredentialsSecret) -> Result<(), TaskError> {
        if content::is_successor(next, &self.current().await?, &self.tenant) {
            return Ok(());
        }
        self.vault.give_up(&self.secret, &self.token).await?;
        Err(TaskError(
            "The tenant was changed while its credentials were being rotated. They are as they were; start the rotation \
             again."
                .to_owned(),
        ))
    }

    async fn prepared(&self) -> Result<Option<CredentialsSecret>, TaskError> {
        Ok(self.vault.read(&self.secret, Version::Prepared(&self.token)).await?)
    }

    async fn current(&self) -> Result<CredentialsSecret, TaskError> {
        let current = self.vault.read(&self.secret, Version::Current).await?;
        current.ok_or_else(|| TaskError("The secret is empty: its tenant was not rolled out.".to_owned()))
    }

    async fn keys(&self) -> Result<KeysSecret, TaskError> {
        let keys = self.vault.read(&self.vault.name(&self.tenant, SecretKind::Keys), Version::Current).await?;
        keys.ok_or_else(|| TaskError("The tenant has no keys.".to_owned()))
    }
}

fn given_up() -> TaskError {
    TaskError("This rotation was given up, or another one came after it. Start a new one.".to_owned())
}

fn nothing_prepared() -> TaskError {
    TaskError("Nothing was prepared under this token.".to_owned())
}
