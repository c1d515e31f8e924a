//! What a comparison of the model's stores with the real ones stands on.

use chrono::TimeDelta;
use convene::services::{Services, Settings};
use convene_tests::Product;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::world::World;

/// How long the real store keeps a record after its event.
pub const RECORD_LIFE: TimeDelta = TimeDelta::days(400);

/// A database, and two kinds of time: it stands still for the fake stores, so the real ones have a runtime of their own.
pub struct Ground {
    product: Product,
    /// The real one's side.
    pub services: Services,
    virtual_time: Runtime,
    real_time: Runtime,
}

impl Ground {
    /// A database without an item.
    pub fn prepare() -> Self {
        let virtual_time = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let real_time = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let product = real_time.block_on(Product::start_with(convene_local::Options {
            backends_only: true,
            ..convene_local::Options::default()
        }));
        let environment = product.ready().environment.as_ref().expect("an environment");
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
        let inside = real_time.enter();
        let services = Services::new(settings);
        drop(inside);
        Self { product, services, virtual_time, real_time }
    }

    /// A time in seconds that the real store keeps in an item of the meetings table. `None`: the item has no such attribute.
    pub fn stored_seconds(&self, pk: &str, attribute: &str) -> Option<i64> {
        let environment = self.product.ready().environment.as_ref().expect("an environment");
        let request = json!({"TableName": environment["MEETINGS_TABLE"], "Key": {"pk": {"S": pk}}});
        let item = self.aws("GetItem", &request)["Item"].take();
        assert!(item.is_object(), "there is no item {pk}");
        item[attribute]["N"].as_str().map(|seconds| seconds.parse().expect("a number"))
    }

    /// A request to the database, past the product.
    pub fn aws(&self, operation: &str, request: &Value) -> Value {
        let target = format!("DynamoDB_20120810.{operation}");
        self.in_real_time(self.product.aws("dynamodb", &target, request))
    }

    /// Does something to the fake store.
    pub fn in_virtual_time<T>(&self, work: impl Future<Output = T>) -> T {
        self.virtual_time.block_on(work)
    }

    /// Does something to the real store.
    pub fn in_real_time<T>(&self, work: impl Future<Output = T>) -> T {
        self.real_time.block_on(work)
    }

    /// A world without faults, for a fake store.
    pub fn calm_world(&self, seed: u64) -> World {
        self.in_virtual_time(async { World::begin(seed, false) })
    }

    /// Ends it.
    pub fn clear(self) {
        self.real_time.block_on(self.product.stop());
    }
}
