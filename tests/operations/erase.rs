//! Erasing a tenant.

use std::{collections::BTreeMap, time::Duration};

use chrono::{TimeDelta, Utc};
use convene::{
    domain::{ConfigurationId, TenantId},
    scheduling::records::booking::Held,
    services::{Services, Settings},
    store::{Counter, Saved, StoredConfiguration},
};
use convene_local::{Options, TenantSeed};
use convene_tests::{DynamoProxy, Operator, Product, Step, Trouble, When, bookings, samples};
use serde_json::{Value, json};
use uuid::Uuid;

const TABLES: [&str; 4] = ["MeetingsTable", "BookingsTable", "GrantsTable", "TenantsTable"];

/// Contoso, and a tenant whose name begins alike. Each has booked a meeting, has bookings, configurations, sessions and a host of its
/// own.
async fn started() -> (Product, Operator) {
    let tenants = ["contoso", "contoso2"].map(|name| TenantSeed::new(name, 1).expect("a tenant")).to_vec();
    let product = Product::start_with(Options { tenants, ..Options::default() }).await;
    for name in ["contoso", "contoso2"] {
        let attendees = json!([{"email": format!("attendee1@{name}.com"), "isRequired": "true"}]);
        let change = json!({"organizerEmail": format!("organizer@{name}.com"), "attendees": attendees});
        let meeting = samples::meeting_with("the-same-id", &change);
        product.caller(name).await.schedule(&meeting).await.expect(200, "NoError");
        let host = json!({"pk": {"S": format!("@host#{name}.example.com")}, "v": {"N": "1"}, "tenant": {"S": name}});
        put(&product, "TenantsTable", &host).await;
        hold_bookings(&product, name).await;
        configure(&product, name).await;
    }
    let operator = Operator::of(&product);
    (product, operator)
}

fn services(product: &Product) -> Services {
    let environment = product.environment();
    Services::new(Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings"))
}

/// Stores configurations, with and without a slug, and sessions, active and expired.
async fn configure(product: &Product, tenant: &str) {
    let services = services(product);
    let tenant = TenantId::new(tenant).expect("a name");
    for n in 0..30 {
        let configuration = StoredConfiguration {
            id: ConfigurationId(Uuid::new_v4()),
            tenant: tenant.clone(),
            owner: format!("owner {}", n % 3),
            slug: (n % 2 == 0).then(|| format!("slug-{n}")),
            version: Uuid::new_v4(),
            content: "{}".to_owned(),
            created_at: Utc::now(),
            updated_at: Utc::now(),
        };
        assert_eq!(services.configurations().create(&configuration).await.expect("stored"), Saved::Done);
        let expires_at = Utc::now() + TimeDelta::minutes(n - 15);
        let hash = format!("{:032x}{:032x}", Uuid::new_v4().as_u128(), n);
        services.sessions().create(&tenant, configuration.id, &hash, expires_at).await.expect("stored");
    }
}

/// Stores bookings of different members: each with ledgers, a turn and a replay key.
async fn hold_bookings(product: &Product, tenant: &str) {
    let records = services(product).booking_records();
    for n in 0..8 {
        let members = [0, 1].map(|m| bookings::address(&format!("member{n}-{m}@{tenant}.com")));
        let (key, record) = (bookings::key(tenant), bookings::record(&members, bookings::hour(n), Utc::now()));
        let held = records.hold(&key, &bookings::hold(key.id, &record)).await;
        assert!(matches!(held, Ok(Held::Done)), "{held:?}");
    }
}

async fn put(product: &Product, table: &str, item: &Value) {
    product.aws("dynamodb", "DynamoDB_20120810.PutItem", &json!({"TableName": table, "Item": item})).await;
}

/// Everything in all tables, by table and key.
async fn stored(product: &Product) -> BTreeMap<(&'static str, String), Value> {
    let mut all = BTreeMap::new();
    for table in TABLES {
        let mut from = Value::Null;
        loop {
            let mut request = json!({"TableName": table});
            if from.is_object() {
                request["ExclusiveStartKey"] = from;
            }
            let page = product.aws("dynamodb", "DynamoDB_20120810.Scan", &request).await;
            for item in page["Items"].as_array().expect("items") {
                let key = item["pk"]["S"].as_str().expect("a key").to_owned();
                // Only the bookings table has a sort key.
                let key = item["sk"]["S"].as_str().map_or(key.clone(), |sort| format!("{key} {sort}"));
                all.insert((table, key), item.clone());
            }
            from = page["LastEvaluatedKey"].clone();
            if from.is_null() {
                break;
            }
        }
    }
    all
}

/// What of it is contoso's.
fn of_contoso((_, key): &(&'static str, String), item: &Value) -> bool {
    key.starts_with("contoso#") || item["tenant"]["S"] == "contoso"
}

/// Disables contoso, at this moment where one is given.
async fn disable(product: &Product, at: Option<i64>) {
    let key = ("TenantsTable", "contoso#config".to_owned());
    let mut item = stored(product).await.remove(&key).expect("contoso's configuration");
    item["disabled"] = json!({"BOOL": true});
    if let Some(at) = at {
        item["disabled_at"] = json!({"N": at.to_string()});
    }
    put(product, "TenantsTable", &item).await;
}

fn erase() -> Value {
    json!({"tenant": "contoso", "confirm": "contoso"})
}

#[tokio::test]
async fn everything_of_a_tenant_goes_and_nothing_of_another() {
    let (product, operator) = started().await;
    // More than a page of a scan or a query, and more than one write holds.
    for n in 0..60 {
        let (long, short) = ("x".repeat(30_000), format!("contoso2#meeting#{n}"));
        let item = json!({"pk": {"S": format!("contoso#meeting#big {n}")}, "text": {"S": long}});
        put(&product, "MeetingsTable", &item).await;
        put(&product, "MeetingsTable", &json!({"pk": {"S": short}})).await;
        let item = json!({"pk": {"S": "contoso#booking#7"}, "sk": {"S": format!("big {n}")}, "text": {"S": long}});
        put(&product, "BookingsTable", &item).await;
    }
    // It does not name a tenant, and ends by itself.
    let counter = Counter { kind: "booking", subject: "contoso" };
    services(&product).counters().count(&[counter], Utc::now()).await.expect("counted");
    disable(&product, None).await;
    let before = stored(&product).await;
    let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        before.into_iter().partition(|(key, item)| of_contoso(key, item));
    for table in TABLES {
        assert!(own.keys().any(|(kept, _)| *kept == table), "{table}");
    }
    let application = format!("@application#nylas#{}", product.tenant("contoso").nylas_client_id);
    assert!(own.contains_key(&("TenantsTable", application)));
    for kind in ["booking", "ledger", "turn", "replay", "configurations", "slug", "sessions"] {
        let of_kind = |tenant| [format!("{tenant}#{kind}#"), format!("{tenant}#{kind} ")];
        let begins = |key: &str, tenant| of_kind(tenant).iter().any(|start| key.starts_with(start));
        assert!(own.keys().any(|(_, key)| begins(key, "contoso")), "{kind}");
        assert!(others.keys().any(|(_, key)| begins(key, "contoso2")), "{kind}");
    }
    for (kind, of_contoso2) in [("@configuration#", 30), ("@session#", 30), ("@rate#", 1)] {
        assert_eq!(others.keys().filter(|(_, key)| key.starts_with(kind)).count(), of_contoso2, "{kind}");
    }

    let answer = operator.invoke("erase-tenant", erase()).await;
    assert_eq!(answer, Ok(json!({"tenant": "contoso", "erased": own.len(), "finished": true})));
    assert_eq!(stored(&product).await, others);
    // What is in people's calendars is theirs.
    product.outlook("contoso").await.only_event("organizer@contoso.com").await;
    let again = operator.invoke("erase-tenant", erase()).await;
    assert_eq!(again, Ok(json!({"tenant": "contoso", "erased": 0, "finished": true})));
    assert_eq!(stored(&product).await, others);
}

#[tokio::test]
async fn only_a_disabled_tenant_that_is_named_twice_is_erased() {
    let (product, operator) = started().await;
    let before = stored(&product).await;
    let enabled = operator.invoke("erase-tenant", erase()).await.expect_err("refused");
    assert!(enabled.contains("enabled") && enabled.contains("stack"), "{enabled}");
    disable(&product, None).await;
    let disabled = stored(&product).await;
    assert_eq!(before.len(), disabled.len());
    for confirm in ["", "Contoso", "contoso2", "yes"] {
        let event = json!({"tenant": "contoso", "confirm": confirm});
        assert!(operator.invoke("erase-tenant", event).await.is_err_and(|why| why.contains("confirm")), "{confirm}");
    }
    for event in [json!({"tenant": "contoso"}), json!({}), json!({"tenant": "contoso#", "confirm": "contoso#"})] {
        let why = operator.invoke("erase-tenant", event).await.expect_err("refused");
        assert!(why.contains("expected form"), "{why}");
    }
    assert_eq!(stored(&product).await, disabled);
}

#[tokio::test]
async fn with_too_little_time_it_is_not_finished_and_can_go_on() {
    let (product, operator) = started().await;
    disable(&product, None).await;
    let before = stored(&product).await;
    let late = operator.invoke_within(Duration::from_secs(5), "erase-tenant", erase()).await;
    assert_eq!(late, Ok(json!({"tenant": "contoso", "erased": 0, "finished": false})));
    assert_eq!(stored(&product).await, before);
    // A function may still serve a tenant that was disabled a moment ago.
    disable(&product, Some(Utc::now().timestamp_millis())).await;
    let early = operator.invoke_within(Duration::from_mins(1), "erase-tenant", erase()).await;
    assert_eq!(early, Ok(json!({"tenant": "contoso", "erased": 0, "finished": false})));
    let long_ago = Utc::now() - Duration::from_mins(3);
    disable(&product, Some(long_ago.timestamp_millis())).await;
    let done = operator.invoke("erase-tenant", erase()).await.expect("an answer");
    assert_eq!(done["finished"], true);
    assert!(!stored(&product).await.iter().any(|(key, item)| of_contoso(key, item)));
}

/// An operator whose function reaches DynamoDB through a proxy.
async fn through_a_proxy(product: &Product) -> (DynamoProxy, Operator) {
    let dynamodb = DynamoProxy::start(&product.ready().dynamodb, product.http().clone()).await;
    let operator = Operator::of(product).with("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.url());
    (dynamodb, operator)
}

/// The entries of an index go after the items that they stand for, so none is lost.
#[tokio::test]
async fn an_erasure_that_was_interrupted_goes_on() {
    let (product, _) = started().await;
    let (dynamodb, operator) = through_a_proxy(&product).await;
    disable(&product, None).await;
    let refusal = Trouble::Refuse(400, "AccessDeniedException");
    let entries = [("BatchWriteItem", "configurations"), ("BatchWriteItem", "sessions")];
    dynamodb.weather_for(&entries, 0, 100, vec![(When::Before, refusal)]);
    operator.invoke("erase-tenant", erase()).await.expect_err("refused");
    assert!(dynamodb.struck() > 0);
    let left = stored(&product).await;
    let count = |start: &str| left.keys().filter(|(_, key)| key.starts_with(start)).count();
    let items =
        ["configuration", "session"].map(|kind| (count(&format!("@{kind}#")), count(&format!("contoso#{kind}s "))));
    assert!(items.iter().all(|(_, entries)| *entries == 30), "{items:?}");
    assert!(items.iter().any(|(items, _)| *items == 30), "only those of contoso2 are left: {items:?}");
    dynamodb.calm_down();
    assert_eq!(operator.invoke("erase-tenant", erase()).await.expect("an answer")["finished"], true);
    assert!(!stored(&product).await.iter().any(|(key, item)| of_contoso(key, item)));
}

/// The SDK repeats the delete, which then meets nothing.
#[tokio::test]
async fn a_last_delete_whose_answer_is_lost_is_no_sign_of_a_new_stack() {
    let (product, _) = started().await;
    let (dynamodb, operator) = through_a_proxy(&product).await;
    disable(&product, None).await;
    dynamodb.trouble("contoso", Step::RemoveTenant, When::After, 1, Trouble::Lose);
    let done = operator.invoke("erase-tenant", erase()).await.expect("an answer");
    assert_eq!((&done["finished"], dynamodb.struck()), (&json!(true), 1));
    assert!(!stored(&product).await.iter().any(|(key, item)| of_contoso(key, item)));
}

/// Both found the tenant disabled; one was faster.
#[tokio::test]
async fn of_two_at_once_both_tell_that_it_is_done() {
    let (product, direct) = started().await;
    let (dynamodb, slow) = through_a_proxy(&product).await;
    disable(&product, None).await;
    let mut held = dynamodb.hold("contoso", Step::MarkTenant, When::Before);
    let late = tokio::spawn(async move { slow.invoke("erase-tenant", erase()).await });
    held.reached().await;
    assert_eq!(direct.invoke("erase-tenant", erase()).await.expect("an answer")["finished"], true);
    held.release();
    let late = late.await.expect("an answer");
    assert_eq!(late, Ok(json!({"tenant": "contoso", "erased": 0, "finished": true})));
}
