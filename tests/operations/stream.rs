//! Callers who go on calling, whatever happens to their credentials.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{Caller, Product, samples};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A stream of requests, with what was valid at its start and with whatever is handed out by now.
pub struct Stream {
    stop: Arc<AtomicBool>,
    /// How often each kind of request was made.
    rounds: Arc<AtomicUsize>,
    with_new: Arc<AtomicUsize>,
    running: JoinHandle<Vec<String>>,
}

impl Stream {
    /// Starts it, for contoso.
    pub async fn start(product: &Arc<Product>) -> Self {
        let old = product.secret("contoso", "credentials").await["clients"][0]["client_secret"].clone();
        let long_ago = product.contoso().await;
        let (stop, rounds, with_new) = <(Arc<AtomicBool>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let running = tokio::spawn({
            let (product, stop, rounds, with_new) =
                (Arc::clone(product), Arc::clone(&stop), Arc::clone(&rounds), Arc::clone(&with_new));
            async move {
                let mut failures = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let now = product.secret("contoso", "credentials").await["clients"][0]["client_secret"].clone();
                    // Somebody who guesses makes the functions look past their caches, and so not look when it counts.
                    let guess = token(&product, &json!("contoso.a-guess")).await;
                    let forged = ask(&long_ago.with_token(forged())).await;
                    if guess.is_ok() || forged.is_ok() {
                        failures.push("a guess was right".to_owned());
                    }
                    for secret in [&old, &now] {
                        let call = async {
                            let caller = token(&product, secret).await?;
                            ask(&caller).await
                        };
                        failures.extend(call.await.err());
                    }
                    failures.extend(ask(&long_ago).await.err());
                    rounds.fetch_add(1, Ordering::Relaxed);
                    if now != old {
                        with_new.fetch_add(1, Ordering::Relaxed);
                    }
                }
                failures
            }
        });
        Self { stop, rounds, with_new, running }
    }

    /// Lets it go on until so many more rounds were made, of which `new` with other credentials than at the start.
    pub async fn go_on(&self, rounds: usize, new: usize) {
        let goal = (self.rounds.load(Ordering::Relaxed) + rounds, self.with_new.load(Ordering::Relaxed) + new);
        while self.rounds.load(Ordering::Relaxed) < goal.0 || self.with_new.load(Ordering::Relaxed) < goal.1 {
            assert!(!self.running.is_finished(), "the stream broke off");
            tokio::task::yield_now().await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Ends it. Fails the test if any request failed.
    pub async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        let failures = self.running.await.expect("the stream");
        assert!(failures.is_empty(), "{} of {:?} rounds: {failures:#?}", failures.len(), self.rounds);
    }
}

/// An access token by a key that nobody has.
fn forged() -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({"alg": "HS256", "kid": "contoso.nobodys"}));
    format!("{header}.{}.{}", part(json!({"tenant": "contoso"})), part(json!("signature")))
}

async fn token(product: &Product, secret: &Value) -> Result<Caller, String> {
    let secret = secret.as_str().expect("a secret");
    let form = [("grant_type", "client_credentials"), ("client_id", "contoso.crm"), ("client_secret", secret)];
    let answer = product.token(&form).await;
    if answer.status != 200 {
        return Err(format!("no token: {answer:?}"));
    }
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    Ok(Caller::new(product.http().clone(), product.api(), token))
}

async fn ask(caller: &Caller) -> Result<(), String> {
    let entries = json!([{"email": samples::ORGANIZER}]);
    let answer = caller.availability("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z", &entries).await;
    if answer.status == 200 { Ok(()) } else { Err(format!("no availability: {answer:?}")) }
}
