//! Transactions through the proxy, by the product's own client, which tries three times.

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
    types::{
        AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
        error::TransactionCanceledException,
    },
};
use convene::services::{Services, Settings};
use convene_local::Options;
use futures_util::future::join_all;

use super::*;
use crate::Product;

const SECONDS: Duration = Duration::from_secs(5);
const TRANSACTIONS: [Operation; 1] = [("TransactWriteItems", "booking")];
/// As often as the SDK tries.
const TRIES: usize = 3;

struct Fixture {
    backends: Product,
    proxy: DynamoProxy,
    client: Client,
    table: String,
}

impl Fixture {
    async fn start() -> Self {
        let backends = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let proxy = DynamoProxy::start(&backends.ready().dynamodb, backends.http().clone()).await;
        let mut environment = backends.environment().clone();
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), proxy.url());
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
        let (table, client) = (settings.meetings_table.clone(), Services::new(settings).dynamodb);
        Self { backends, proxy, client, table }
    }

    /// Adds 1 to two counters, or to neither.
    async fn count(&self, id: &str, token: Option<&str>) -> Result<(), SdkError<TransactWriteItemsError>> {
        self.write([self.add(&format!("{id}-a")), self.add(&format!("{id}-b"))], token).await.map(drop)
    }

    async fn write(
        &self,
        items: [TransactWriteItem; 2],
        token: Option<&str>,
    ) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
        let request = self.client.transact_write_items().set_transact_items(Some(items.to_vec()));
        request.set_client_request_token(token.map(str::to_owned)).send().await
    }

    fn add(&self, id: &str) -> TransactWriteItem {
        let update = Update::builder().table_name(&self.table).key("pk", key(id)).update_expression("ADD n :one");
        let update = update.expression_attribute_values(":one", AttributeValue::N("1".to_owned())).build();
        TransactWriteItem::builder().update(update.expect("an update")).build()
    }

    /// Both counters of an id, read past the proxy.
    async fn counted(&self, id: &str) -> [u64; 2] {
        let mut counted = [0; 2];
        for (place, name) in ["a", "b"].into_iter().enumerate() {
            let request = serde_json::json!({
                "TableName": self.table, "Key": {"pk": {"S": format!("contoso#booking#{id}-{name}")}},
            });
            let item = self.backends.aws("dynamodb", "DynamoDB_20120810.GetItem", &request).await["Item"].take();
            counted[place] = item["n"]["N"].as_str().map_or(0, |count| count.parse().expect("a number"));
        }
        counted
    }
}

fn key(id: &str) -> AttributeValue {
    AttributeValue::S(format!("contoso#booking#{id}"))
}

fn canceled(error: &SdkError<TransactWriteItemsError>) -> &TransactionCanceledException {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled,
        _ => panic!("not canceled: {error:?}"),
    }
}

fn codes(canceled: &TransactionCanceledException) -> Vec<&str> {
    canceled.cancellation_reasons().iter().filter_map(CancellationReason::code).collect()
}

#[tokio::test]
async fn a_transaction_is_canceled_for_an_item_chosen_by_chance() {
    let fixture = Fixture::start().await;
    for (trouble, code) in [(Trouble::Conflict, "TransactionConflict"), (Trouble::Throttle, "ThrottlingError")] {
        let mut places = [0; 2];
        fixture.proxy.weather_for(&TRANSACTIONS, 1, 100, vec![(When::Before, trouble)]);
        let before = fixture.proxy.struck();
        let results = join_all((0..8).map(|_| fixture.count("c", None))).await;
        assert_eq!(fixture.proxy.struck() - before, results.len() * TRIES, "the product's client tries again");
        for result in results {
            let error = result.expect_err("it is canceled");
            let codes = codes(canceled(&error));
            let place = codes.iter().position(|known| *known == code).expect("the code of one item");
            assert_eq!((codes.len(), codes[1 - place]), (2, "None"));
            places[place] += 1;
        }
        assert!(places.iter().all(|count| *count > 0), "{code}: {places:?}");
        fixture.proxy.calm_down();
    }
    assert_eq!(fixture.counted("c").await, [0, 0]);
}

#[tokio::test]
async fn a_single_write_conflicts_and_a_read_does_not() {
    let fixture = Fixture::start().await;
    let operations = [("UpdateItem", "booking"), ("PutItem", "booking"), ("GetItem", "booking")];
    fixture.proxy.weather_for(&operations, 1, 100, vec![(When::Before, Trouble::Conflict)]);
    let put = fixture.client.put_item().table_name(&fixture.table).item("pk", key("s"));
    let error = put.send().await.expect_err("it conflicts").into_service_error();
    assert!(error.is_transaction_conflict_exception(), "{error:?}");
    let update = fixture.client.update_item().table_name(&fixture.table).key("pk", key("s"));
    let error = update.send().await.expect_err("it conflicts").into_service_error();
    assert!(error.is_transaction_conflict_exception(), "{error:?}");
    let get = fixture.client.get_item().table_name(&fixture.table).key("pk", key("s"));
    assert!(get.send().await.expect("a read").item.is_none());
}

#[tokio::test]
async fn the_weather_strikes_at_the_stated_rate_and_each_transaction_is_carried_out_once() {
    let fixture = Fixture::start().await;
    let troubles = vec![
        (When::Before, Trouble::Lose),
        (When::After, Trouble::Lose),
        (When::Before, Trouble::Conflict),
        (When::Before, Trouble::Throttle),
    ];
    fixture.proxy.weather(1, 30, troubles);
    let (mut done, mut failed) = (0, 0);
    for number in 0..40 {
        // A caller that gets no answer repeats the transaction under the same token.
        let token = format!("token {number}");
        while fixture.count("w", Some(&token)).await.is_err() {
            failed += 1;
        }
        done += 1;
        assert_eq!(fixture.counted("w").await, [done, done], "after {number}");
    }
    let struck = fixture.proxy.struck();
    // 30 of 100 requests are struck, so 40 transactions take some 57 requests.
    assert!((8..=36).contains(&struck), "{struck} struck, {failed} failed");
}

#[tokio::test]
async fn a_lost_request_changes_nothing_and_a_lost_answer_is_repeated_without_effect() {
    let fixture = Fixture::start().await;
    let lose = |id: &str, when, times| fixture.proxy.trouble(id, Step::Transact, when, times, Trouble::Lose);
    // The client tries again, under a token of its own. A rule names any item of the transaction.
    for (id, when) in [("before", When::Before), ("after", When::After)] {
        lose(&format!("{id}-b"), when, 1);
        fixture.count(id, None).await.expect("the second attempt is answered");
        assert_eq!(fixture.counted(id).await, [1, 1], "{id}");
    }
    for (id, when, counted) in [("never", When::Before, [0, 0]), ("unanswered", When::After, [1, 1])] {
        lose(&format!("{id}-a"), when, TRIES);
        fixture.count(id, Some(id)).await.expect_err("no attempt is answered");
        assert_eq!(fixture.counted(id).await, counted, "{id}");
        fixture.count(id, Some(id)).await.expect("a repeat");
        assert_eq!(fixture.counted(id).await, [1, 1], "{id}");
    }
    // Another token is another transaction.
    fixture.count("unanswered", Some("another")).await.expect("counted");
    assert_eq!(fixture.counted("unanswered").await, [2, 2]);
}

#[tokio::test]
async fn a_condition_that_fails_returns_the_item_as_it_is() {
    let fixture = Fixture::start().await;
    fixture.count("f", None).await.expect("counted");
    let put = Put::builder().table_name(&fixture.table).item("pk", key("f-b"));
    let put = put.condition_expression("attribute_not_exists(pk)");
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let put = TransactWriteItem::builder().put(put.build().expect("a put")).build();
    let before = fixture.proxy.struck();
    let error = fixture.write([fixture.add("f-a"), put], None).await.expect_err("the condition fails");
    let canceled = canceled(&error);
    assert_eq!(codes(canceled), ["None", "ConditionalCheckFailed"]);
    let [first, second] = canceled.cancellation_reasons() else { panic!("{canceled:?}") };
    assert!(first.item.is_none());
    let found = second.item.as_ref().expect("the item");
    assert_eq!((&found["pk"], &found["n"]), (&key("f-b"), &AttributeValue::N("1".to_owned())));
    assert_eq!((fixture.counted("f").await, fixture.proxy.struck()), ([1, 1], before));
}

#[tokio::test]
async fn a_transaction_is_held_by_the_id_of_any_of_its_items() {
    let fixture = Fixture::start().await;
    let mut held = fixture.proxy.hold("h-b", Step::Transact, When::Before);
    let writing = async {
        timeout(SECONDS, fixture.count("other", None)).await.expect("not held").expect("counted");
        fixture.count("h", None).await.expect("counted");
    };
    let releasing = async {
        held.reached().await;
        assert_eq!((fixture.counted("other").await, fixture.counted("h").await), ([1, 1], [0, 0]));
        held.release();
    };
    tokio::join!(writing, releasing);
    assert_eq!(fixture.counted("h").await, [1, 1]);
}
