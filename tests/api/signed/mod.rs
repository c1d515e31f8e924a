//! Signed requests, over HTTP and as the functions' processes get them.

mod accepted;
mod keys;
mod refused;
mod replayed;
mod signer;
mod trips;

use convene_local::{Options, TenantSeed};
use convene_tests::{Product, samples};
use serde_json::{Value, json};
use signer::Draft;

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const AVAILABILITY: &str = "/api/salesforce/scheduler/availability?from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";
const ORGANIZER: &str = samples::ORGANIZER;

/// How a stack for contoso alone is to run.
fn for_contoso_alone() -> Options {
    let contoso = TenantSeed::new("contoso", 2).expect("a tenant");
    // Hosts that the gateway lets in, so that it is the signature that refuses them.
    let allowed_hosts = ["example.com", "127.0.0.1:1"].map(str::to_owned).to_vec();
    Options { single_tenant: Some(contoso.id.clone()), tenants: vec![contoso], allowed_hosts, ..Options::default() }
}

async fn start() -> Product {
    Product::start_with(for_contoso_alone()).await
}

/// A signed request to the product's API.
fn draft(product: &Product, method: &str, target: &str, body: &str) -> Draft {
    let authority = product.api().strip_prefix("http://").expect("an address");
    Draft::new(&product.tenant("contoso").hmac, authority, method, target, body)
}

/// A request to each endpoint, about the meeting with this id.
fn each_endpoint(product: &Product, id: &str) -> [Draft; 5] {
    let change = json!({"id": id, "organizerEmail": ORGANIZER, "subject": "Changed"}).to_string();
    let query = format!("{MEETING}?id={id}&organizerEmail={ORGANIZER}");
    [
        draft(product, "POST", MEETING, &samples::meeting(id).to_string()),
        draft(product, "PATCH", MEETING, &change),
        draft(product, "GET", &query, ""),
        draft(product, "POST", AVAILABILITY, &json!([{"email": ORGANIZER}]).to_string()),
        draft(product, "DELETE", MEETING, &json!({"id": id, "organizerEmail": ORGANIZER}).to_string()),
    ]
}

/// What a table holds whose keys contain this.
async fn items(product: &Product, table: &str, part: &str) -> Vec<Value> {
    let table = &product.environment()[table];
    let found =
        product.aws("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": table, "ConsistentRead": true})).await;
    let items = found["Items"].as_array().expect("items").iter();
    items.filter(|item| item["pk"]["S"].as_str().expect("a key").contains(part)).cloned().collect()
}

/// What is on record about the meeting with this id: state, event, payload, and the deletion that its id saw last. The
/// trace of a claim that was taken back is as good as nothing.
async fn record(product: &Product, id: &str) -> Value {
    let records = items(product, "MEETINGS_TABLE", &format!("contoso#meeting#{id}")).await;
    let told = |record: &Value| {
        let deletion = &record["deleted_until"];
        match record["state"]["S"].as_str().expect("a state") {
            "deleted" => json!({"deletion": deletion}),
            state => {
                json!({"deletion": deletion, "state": state, "event": record["event_id"], "of": record["payload"]})
            }
        }
    };
    assert!(records.len() < 2, "{records:#?}");
    records.first().map_or_else(|| json!({"deletion": null}), told)
}
