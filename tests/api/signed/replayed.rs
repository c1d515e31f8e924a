//! A signature is good for one request, wherever it arrives, and whatever becomes of the write that notes it.

use std::collections::BTreeMap;

use convene_local::Options;
use convene_tests::{Answer, Bootstraps, DynamoProxy, PLENTY, Product, Step, Trouble, When, samples};
use futures_util::future::join_all;
use serde_json::json;

use super::{
    Draft, MEETING, ORGANIZER, draft, each_endpoint, for_contoso_alone, items, record,
    signer::{Sent, content_digest},
    start,
};
use crate::errors::assert_failed;

/// Where the sample events were sent to.
pub const HOST: &str = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com";

/// Asserts that a request is refused for its nonce.
#[track_caller]
fn assert_replay(answer: &Answer) {
    assert_failed(answer, 401, "Unauthorized", "");
    assert_eq!(answer.json()["message"], "The signature's nonce was used before. Sign each attempt anew.");
}

#[tokio::test]
async fn a_request_is_served_once_on_every_endpoint() {
    let product = start().await;
    for draft in each_endpoint(&product, "m") {
        let sent = draft.sign();
        assert_eq!(sent.send(&product).await.status, 200);
        for _ in 0..3 {
            assert_replay(&sent.send(&product).await);
        }
    }
    // What is kept says nothing of the request.
    let nonces = items(&product, "GRANTS_TABLE", "contoso#nonce#").await;
    assert_eq!(nonces.len(), 5, "{nonces:#?}");
    for nonce in nonces {
        let mut names: Vec<_> = nonce.as_object().expect("an object").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["pk", "ttl", "used_by", "used_until", "v"], "{nonce}");
    }
}

#[tokio::test]
async fn a_nonce_is_not_used_for_another_request_either() {
    let product = start().await;
    let first = draft(&product, "POST", MEETING, &samples::meeting("m").to_string());
    first.sign().send(&product).await.expect(200, "NoError");
    let (_, nonce) = first.parameters.iter().find(|(name, _)| name == "nonce").expect("a nonce").clone();
    for mut other in each_endpoint(&product, "n") {
        other.set("nonce", &nonce);
        assert_replay(&other.sign().send(&product).await);
    }
    // A request that is refused for its content has used its nonce.
    let invalid = draft(&product, "POST", MEETING, "{}").sign();
    invalid.send(&product).await.expect(400, "InvalidRequest");
    assert_replay(&invalid.send(&product).await);
}

#[tokio::test]
async fn a_replay_changes_nothing() {
    let product = start().await;
    let outlook = product.outlook("contoso").await;
    let [schedule, update, _, _, delete] = each_endpoint(&product, "m").map(|draft| draft.sign());

    // Where the claim came to nothing, none is left behind.
    let body = samples::meeting_with("none", &json!({"organizerEmail": "nobody@contoso.com"})).to_string();
    let nobody = draft(&product, "POST", MEETING, &body).sign();
    nobody.send(&product).await.expect(404, "ErrorMailRecipientNotFound");
    let nothing = json!({"deletion": null});
    assert_eq!(record(&product, "none").await, nothing);
    assert_replay(&nobody.send(&product).await);
    assert_eq!(record(&product, "none").await, nothing);

    schedule.send(&product).await.expect(200, "NoError");
    update.send(&product).await.expect(200, "NoError");
    let active = record(&product, "m").await;
    assert_eq!(active["state"], "active");
    product.simulator().clear_journal().await;
    for sent in [&schedule, &update] {
        assert_replay(&sent.send(&product).await);
        assert_eq!(record(&product, "m").await, active);
    }
    assert_eq!(outlook.only_event(ORGANIZER).await["subject"], "Changed");

    // A tombstone is as it was.
    delete.send(&product).await.expect(200, "NoError");
    let tombstone = record(&product, "m").await;
    assert!(tombstone["deletion"].is_object() && tombstone["state"].is_null(), "{tombstone}");
    product.simulator().clear_journal().await;
    for sent in [&schedule, &update, &delete] {
        assert_replay(&sent.send(&product).await);
        assert_eq!(record(&product, "m").await, tombstone);
    }
    assert!(product.simulator().journal().await.is_empty());
    assert!(outlook.events(ORGANIZER).await.is_empty());
    // The id may be used again, and the delete repeated.
    let [again, _, _, _, delete] = each_endpoint(&product, "m").map(|draft| draft.sign());
    delete.send(&product).await.expect(200, "NoError");
    again.send(&product).await.expect(200, "NoError");
}

#[tokio::test]
async fn of_many_at_once_one_is_served() {
    let product = start().await;
    let [schedule, _, get, _, _] = each_endpoint(&product, "m");
    schedule.sign().send(&product).await.expect(200, "NoError");
    let sent = get.sign();
    let answers = join_all((0..8).map(|_| sent.send(&product))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_replay(answer);
    }
    let sent = draft(&product, "POST", MEETING, &samples::meeting("n").to_string()).sign();
    let answers = join_all((0..8).map(|_| sent.send(&product))).await;
    let (let_in, kept_out): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status != 401);
    assert_eq!(let_in.len(), 1, "{answers:#?}");
    assert_eq!(let_in[0].code(), "NoError", "{:?}", let_in[0]);
    kept_out.into_iter().for_each(assert_replay);
}

/// Functions as processes, with DynamoDB behind a proxy.
struct Instances {
    backends: Product,
    dynamodb: DynamoProxy,
    environment: BTreeMap<String, String>,
}

impl Instances {
    async fn start() -> Self {
        let options = Options { backends_only: true, ..for_contoso_alone() };
        let backends = Product::start_with(options).await;
        let mut environment = backends.environment().clone();
        let dynamodb = DynamoProxy::start(&backends.ready().dynamodb, backends.http().clone()).await;
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.url());
        Self { backends, dynamodb, environment }
    }

    async fn launch(&self, function: &str) -> Bootstraps {
        Bootstraps::launch(function, &self.environment, 1).await
    }

    fn schedule(&self, id: &str) -> Sent {
        let hmac = &self.backends.tenant("contoso").hmac;
        Draft::new(hmac, HOST, "POST", MEETING, &samples::meeting(id).to_string()).sign()
    }
}

async fn call(process: &Bootstraps, sent: &Sent) -> Answer {
    process.call(&sent.event("schedule-meeting"), PLENTY).await
}

#[tokio::test]
async fn no_other_instance_serves_it_either() {
    let instances = Instances::start().await;
    let first = instances.launch("schedule-meeting").await;
    let sent = instances.schedule("m");
    call(&first, &sent).await.expect(200, "NoError");
    let second = instances.launch("schedule-meeting").await;
    for process in [&second, &first] {
        assert_replay(&call(process, &sent).await);
    }
    assert_eq!(instances.backends.outlook("contoso").await.events(ORGANIZER).await.len(), 1);
}

#[tokio::test]
async fn a_write_that_the_sdk_repeats_is_no_replay() {
    let instances = Instances::start().await;
    let process = instances.launch("schedule-meeting").await;
    let broken = Trouble::Refuse(500, "InternalServerError");
    let troubles = [
        (When::After, 1, Trouble::Lose),
        (When::After, 2, Trouble::Lose),
        (When::Before, 2, Trouble::Lose),
        (When::After, 2, broken.clone()),
        (When::Before, 1, broken.clone()),
    ];
    for (place, (when, times, trouble)) in troubles.into_iter().enumerate() {
        let before = instances.dynamodb.struck();
        instances.dynamodb.trouble("", Step::Nonce, when, times, trouble);
        let sent = instances.schedule(&format!("m{place}"));
        call(&process, &sent).await.expect(200, "NoError");
        assert_eq!(instances.dynamodb.struck() - before, times);
        assert_replay(&call(&process, &sent).await);
    }
    assert_eq!(instances.backends.outlook("contoso").await.events(ORGANIZER).await.len(), 5);
}

#[tokio::test]
async fn where_the_nonce_cannot_be_noted_nothing_is_done() {
    let instances = Instances::start().await;
    let process = instances.launch("schedule-meeting").await;
    for when in [When::Before, When::After] {
        // As often as the SDK tries.
        instances.dynamodb.trouble("", Step::Nonce, when, 3, Trouble::Refuse(500, "InternalServerError"));
        call(&process, &instances.schedule("m")).await.expect(503, "ErrorServerBusy");
        assert_eq!(record(&instances.backends, "m").await, json!({"deletion": null}));
    }
    assert!(instances.backends.simulator().journal().await.is_empty());
    call(&process, &instances.schedule("m")).await.expect(200, "NoError");
}

#[test]
fn the_digest_is_that_of_the_rfc() {
    // RFC 9530, appendix B.1.
    let digest = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    assert_eq!(content_digest("{\"hello\": \"world\"}\n"), digest);
}
