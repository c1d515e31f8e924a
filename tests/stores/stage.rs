//! The stores of a product, and DynamoDB past them.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use convene::{
    domain::{ConfigurationId, TenantId},
    scheduling::records::BookingRecords,
    services::{Services, Settings},
    store::{Configurations, Counters, Erasure, Saved, Sessions, StoredConfiguration},
};
use convene_local::Options;
use convene_tests::{DynamoProxy, Product};
use serde_json::{Value, json};
use uuid::Uuid;

/// The stores reach DynamoDB through a proxy.
pub struct Stage {
    product: Product,
    pub proxy: DynamoProxy,
    pub configurations: Configurations,
    pub sessions: Sessions,
    pub counters: Counters,
    pub erasure: Erasure,
    pub bookings: Arc<dyn BookingRecords>,
}

impl Stage {
    pub async fn start() -> Self {
        let product = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let proxy = DynamoProxy::start(&product.ready().dynamodb, product.http().clone()).await;
        let mut environment = product.environment().clone();
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), proxy.url());
        let services = Services::new(Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings"));
        Self {
            product,
            proxy,
            configurations: services.configurations(),
            sessions: services.sessions(),
            counters: services.counters(),
            bookings: services.booking_records(),
            erasure: services.erasure,
        }
    }

    /// A request to the table, past the stores.
    pub async fn table(&self, operation: &str, mut request: Value) -> Value {
        request["TableName"] = json!("BookingsTable");
        self.product.aws("dynamodb", &format!("DynamoDB_20120810.{operation}"), &request).await
    }

    /// All items, in the order of their keys.
    pub async fn items(&self) -> Vec<Value> {
        let mut found = self.table("Scan", json!({})).await;
        let mut items: Vec<Value> = serde_json::from_value(found["Items"].take()).expect("items");
        items.sort_by_key(|item| (item["pk"]["S"].to_string(), item["sk"]["S"].to_string()));
        items
    }

    /// Changes an attribute of an item, past the stores.
    pub async fn set(&self, pk: &str, attribute: &str, value: &Value) {
        let key = json!({"pk": {"S": pk}, "sk": {"S": "-"}});
        let mut item = self.table("GetItem", json!({"Key": key})).await["Item"].take();
        assert!(item.is_object(), "there is no item {pk}");
        item[attribute] = value.clone();
        self.table("PutItem", json!({"Item": item})).await;
    }

    pub async fn create(&self, configuration: &StoredConfiguration) {
        assert_eq!(self.configurations.create(configuration).await.expect("stored"), Saved::Done);
    }
}

pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("a name")
}

/// A new configuration of an owner of contoso.
pub fn configuration(slug: Option<&str>) -> StoredConfiguration {
    let now = now();
    StoredConfiguration {
        id: ConfigurationId(Uuid::new_v4()),
        tenant: tenant("contoso"),
        owner: "owner".to_owned(),
        slug: slug.map(str::to_owned),
        version: Uuid::new_v4(),
        content: r#"{"name": "Ü"}"#.to_owned(),
        created_at: now,
        updated_at: now,
    }
}

/// The next version of a configuration.
pub fn changed(before: &StoredConfiguration, slug: Option<&str>) -> StoredConfiguration {
    StoredConfiguration {
        version: Uuid::new_v4(),
        slug: slug.map(str::to_owned),
        content: r#"{"name": "changed"}"#.to_owned(),
        updated_at: before.updated_at + TimeDelta::seconds(1),
        ..before.clone()
    }
}

/// As exact as times are stored.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}
