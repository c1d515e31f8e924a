//! The erasure of a tenant.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use convene::{
    call::Deadline,
    scheduling::records::Consistency,
    store::{ErasureProgress, StoredConfiguration},
};
use convene_tests::{Trouble, When};

use crate::stage::{Stage, changed, configuration, now, tenant};

const HASH: &str = "0b0a1c7e5d2f4f6f8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e";

/// An erasure that is interrupted leaves the entry of a configuration that it has deleted. The id is free then.
#[tokio::test]
async fn what_another_tenant_has_created_since_an_interruption_stays() {
    let stage = Stage::start().await;
    let (taken, kept) = (configuration(Some("intro")), configuration(None));
    stage.create(&taken).await;
    stage.create(&kept).await;
    stage.sessions.create(&taken.tenant, taken.id, HASH, now() + TimeDelta::minutes(5)).await.expect("stored");
    let deadline = || Deadline::after(Duration::from_mins(1), Utc::now());
    let refusal = Trouble::Refuse(400, "AccessDeniedException");
    stage.proxy.weather_for(&[("BatchWriteItem", "configurations")], 0, 100, vec![(When::Before, refusal)]);
    stage.erasure.erase(&taken.tenant, &deadline()).await.expect_err("interrupted");
    stage.proxy.calm_down();
    let get = async |id| stage.configurations.get(id, Consistency::Strong).await.expect("read");
    assert_eq!((get(taken.id).await, get(kept.id).await), (None, None));

    let foreign = StoredConfiguration { tenant: tenant("fabrikam"), ..changed(&taken, Some("intro")) };
    stage.create(&foreign).await;
    let erased = stage.erasure.erase(&taken.tenant, &deadline()).await.expect("erased");
    assert!(erased.finished && erased.items > 0, "{erased:?}");
    assert_eq!(get(taken.id).await, Some(foreign.clone()));
    assert_eq!(stage.configurations.id_of_slug(&foreign.tenant, "intro").await.expect("read"), Some(foreign.id));
    assert_eq!(stage.items().await.len(), 3, "the configuration, its entry and its slug");
    let again = stage.erasure.erase(&taken.tenant, &deadline()).await.expect("erased");
    assert_eq!(again, ErasureProgress { items: 0, finished: true });
}
