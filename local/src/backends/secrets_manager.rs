//! Secrets Manager in memory, and in a file so that secrets outlive the process.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use awsim_core::{AppState, RequestContext, ServiceHandler as _, gateway};
use awsim_secretsmanager::SecretsManagerService;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri},
};
use serde_json::{Value, json};

use super::{ACCOUNT, REGION};
use crate::{Error, files};

/// How many versions of a secret are kept. Secrets Manager forgets old ones too.
const VERSIONS: usize = 10;

/// The secrets.
pub(crate) struct SecretsManager {
    service: Arc<SecretsManagerService>,
    file: Option<PathBuf>,
    writing: Mutex<()>,
}

impl SecretsManager {
    /// Secrets as the file has them. Without one they live as long as the process.
    pub(crate) fn open(file: Option<PathBuf>) -> Result<Self, Error> {
        let service = SecretsManagerService::new();
        if let Some(path) = &file {
            match fs::read(path) {
                Ok(snapshot) => {
                    service.restore(&snapshot).map_err(|problem| Error::Damaged { path: path.clone(), problem })?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::file(path)(error)),
            }
        }
        Ok(Self { service: Arc::new(service), file, writing: Mutex::new(()) })
    }

    /// Makes a secret, or gives one another value. Not in the file until [`SecretsManager::save`].
    pub(crate) async fn put(&self, name: &str, value: &Value) -> Result<(), Error> {
        let failed =
            |error: awsim_core::AwsError| Error::backend("Secrets Manager")(format!("{name}: {}", error.message));
        let text = value.to_string();
        match self.call("GetSecretValue", json!({"SecretId": name})).await {
            Ok(found) if found["SecretString"] == text.as_str() => Ok(()),
            Ok(_) => self
                .call("PutSecretValue", json!({"SecretId": name, "SecretString": text}))
                .await
                .map(drop)
                .map_err(failed),
            Err(_) => {
                self.call("CreateSecret", json!({"Name": name, "SecretString": text})).await.map(drop).map_err(failed)
            }
        }
    }

    /// Makes a secret, unless there is one. `Null` makes it without content, as a stack does; here that is an empty text,
    /// since this service knows no secret without a version.
    pub(crate) async fn ensure(&self, name: &str, value: &Value) -> Result<(), Error> {
        if self.call("DescribeSecret", json!({"SecretId": name})).await.is_ok() {
            return Ok(());
        }
        let text = if value.is_null() { String::new() } else { value.to_string() };
        let made = self.call("CreateSecret", json!({"Name": name, "SecretString": text})).await.map(drop);
        made.map_err(|error| Error::backend("Secrets Manager")(format!("{name}: {}", error.message)))
    }

    /// Writes the file. A caller that is told of a write afterwards cannot lose it, however the process ends.
    pub(crate) fn save(&self) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        // One at a time, and each with what is there by then: a later state is never replaced by an earlier one.
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.forget_old_versions();
        files::write_whole(path, &self.service.snapshot().unwrap_or_default())
    }

    /// The service over HTTP.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let mut state = AppState::new(REGION.to_owned(), ACCOUNT.to_owned());
        state.register(Arc::clone(&self.service) as _, Vec::new());
        Router::new().fallback(answer).with_state((Arc::clone(self), state))
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Value, awsim_core::AwsError> {
        let mut context = RequestContext::new("secretsmanager", REGION);
        ACCOUNT.clone_into(&mut context.account_id);
        self.service.handle(operation, input, &context).await
    }

    /// Not by their labels: the service leaves AWSPREVIOUS on every version that ever had it.
    fn forget_old_versions(&self) {
        for (_, state) in self.service.store().iter_all() {
            for mut secret in state.secrets.iter_mut() {
                let secret = secret.value_mut();
                if secret.versions.len() <= VERSIONS {
                    continue;
                }
                let mut versions: Vec<_> = secret.versions.values().collect();
                versions.sort_by(|one, other| other.created_date.total_cmp(&one.created_date));
                let old: Vec<_> = versions.iter().skip(VERSIONS).map(|version| version.version_id.clone()).collect();
                for id in old.into_iter().filter(|id| *id != secret.current_version_id) {
                    secret.versions.remove(&id);
                }
            }
        }
    }
}

async fn answer(
    State((manager, state)): State<(Arc<SecretsManager>, AppState)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let reads = ["Get", "List", "Describe", "BatchGet", "Validate"].iter().any(|verb| operation.starts_with(verb));
    let response = gateway::handle_request(State(state), method, uri, headers, body).await;
    if !reads && response.status().is_success() && manager.save().is_err() {
        let mut failure = Response::new(Body::from(r#"{"__type":"InternalServiceError","Message":"not saved"}"#));
        *failure.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return failure;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn value(manager: &SecretsManager, name: &str) -> Value {
        manager.call("GetSecretValue", json!({"SecretId": name})).await.expect("a secret")["SecretString"].clone()
    }

    #[tokio::test]
    async fn secrets_outlive_the_process() {
        let place = tempfile::tempdir().expect("a folder");
        let file = Some(place.path().join("secrets.json"));
        let manager = SecretsManager::open(file.clone()).expect("opened");
        manager.put("convene/contoso/keys", &json!({"a": 1})).await.expect("made");
        manager.put("convene/contoso/keys", &json!({"a": 2})).await.expect("changed");
        manager.save().expect("saved");

        let again = SecretsManager::open(file).expect("opened");
        assert_eq!(value(&again, "convene/contoso/keys").await, r#"{"a":2}"#);
        again.ensure("convene/contoso/keys", &json!({"a": 3})).await.expect("there is one");
        assert_eq!(value(&again, "convene/contoso/keys").await, r#"{"a":2}"#);
    }

    #[tokio::test]
    async fn old_versions_are_forgotten_and_the_current_one_is_not() {
        let place = tempfile::tempdir().expect("a folder");
        let manager = SecretsManager::open(Some(place.path().join("secrets.json"))).expect("opened");
        for n in 0..40 {
            manager.put("s", &json!(n)).await.expect("put");
        }
        manager.save().expect("saved");
        let versions = manager.call("ListSecretVersionIds", json!({"SecretId": "s", "IncludeDeprecated": true})).await;
        assert!(versions.expect("versions")["Versions"].as_array().expect("a list").len() <= VERSIONS + 1);
        assert_eq!(value(&manager, "s").await, "39");
    }
}
