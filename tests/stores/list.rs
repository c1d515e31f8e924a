//! Lists of configurations.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use convene::store::{Configurations, Removed, StoredConfiguration};
use futures_util::{StreamExt, stream};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, configuration, now, tenant};

impl Stage {
    async fn create_all(&self, configurations: &[StoredConfiguration]) {
        stream::iter(configurations).for_each_concurrent(4, |new| self.create(new)).await;
    }

    /// All pages of a list, with the number of pages.
    async fn pages(&self, owner: &str, limit: usize) -> (Vec<StoredConfiguration>, usize) {
        let (mut all, mut pages, mut after) = (Vec::new(), 0, None::<String>);
        loop {
            let page = self.configurations.list(&tenant("contoso"), owner, limit, after.as_deref()).await;
            let page = page.expect("read").expect("a page");
            assert!(page.configurations.len() <= limit);
            all.extend(page.configurations);
            pages += 1;
            after = page.next;
            if after.is_none() {
                return (all, pages);
            }
        }
    }
}

/// So many of an owner, in the order of creation, some of them in the same millisecond.
fn configurations(owner: &str, count: usize) -> Vec<StoredConfiguration> {
    let start = now() - TimeDelta::days(1);
    let created = (0..count).map(|n| start + TimeDelta::milliseconds(i64::try_from(n / 3).expect("a few")));
    let new = |created_at| StoredConfiguration {
        owner: owner.to_owned(),
        created_at,
        ..configuration(Some(&Uuid::new_v4().to_string()))
    };
    let mut all: Vec<_> = created.map(new).collect();
    all.sort_by_key(|new| (new.created_at, new.id));
    all
}

#[tokio::test]
async fn an_owners_configurations_are_listed_in_the_order_of_creation() {
    let stage = Stage::start().await;
    // Keys of these owners would begin alike.
    let (own, others) = (configurations("owner", 120), configurations("owner#1", 3));
    stage.create_all(&own.iter().rev().cloned().collect::<Vec<_>>()).await;
    stage.create_all(&others).await;
    let foreign = StoredConfiguration { tenant: tenant("fabrikam"), ..configuration(None) };
    stage.create(&foreign).await;
    for (limit, pages) in [(200, 1), (120, 1), (119, 2), (50, 3), (7, 18), (1, 120)] {
        assert_eq!(stage.pages("owner", limit).await, (own.clone(), pages), "{limit} a page");
    }
    assert_eq!(stage.pages("owner#1", 2).await, (others, 2));
    assert_eq!(stage.pages("owne", 50).await, (Vec::new(), 1));
    assert_eq!(stage.pages("", 50).await, (Vec::new(), 1));
}

#[tokio::test]
async fn a_page_leaves_out_what_is_gone_and_goes_on_after_it() {
    let stage = Stage::start().await;
    let mut own = configurations("owner", 9);
    stage.create_all(&own).await;
    let first = stage.configurations.list(&tenant("contoso"), "owner", 3, None).await.expect("read").expect("a page");
    // What the cursor names is removed, and an erasure was interrupted before it removed an entry.
    assert_eq!(stage.configurations.remove(&own[2]).await.expect("removed"), Removed::Done);
    let item = json!({"pk": {"S": format!("@configuration#{}", own[4].id)}, "sk": {"S": "-"}});
    stage.table("DeleteItem", json!({"Key": item})).await;
    let after = first.next.as_deref();
    let second = stage.configurations.list(&tenant("contoso"), "owner", 3, after).await.expect("read").expect("a page");
    assert_eq!(second.configurations, [own[3].clone(), own[5].clone()]);
    assert!(second.next.is_some());
    // The id of an item that is gone may belong to another tenant now.
    stage
        .create(&StoredConfiguration {
            tenant: tenant("fabrikam"),
            slug: None,
            version: Uuid::new_v4(),
            ..own[4].clone()
        })
        .await;
    own.remove(4);
    own.remove(2);
    assert_eq!(stage.pages("owner", 4).await.0, own);
}

#[tokio::test]
async fn a_cursor_of_another_list_and_nonsense_are_refused() {
    let stage = Stage::start().await;
    stage.create_all(&configurations("owner", 5)).await;
    stage.create_all(&configurations("another", 5)).await;
    let list = async |name: &str, owner: &str, after: &str| {
        stage.configurations.list(&tenant(name), owner, 2, Some(after)).await.expect("read")
    };
    let page = stage.configurations.list(&tenant("contoso"), "owner", 2, None).await.expect("read").expect("a page");
    let cursor = page.next.expect("a cursor");
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{cursor}");
    assert!(list("contoso", "owner", &cursor).await.is_some());
    assert_eq!(list("contoso", "another", &cursor).await, None);
    assert_eq!(list("fabrikam", "owner", &cursor).await, None);

    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).expect("base64");
    let negative = BASE64_URL_SAFE_NO_PAD.encode([&bytes[..8], &[0xff; 24]].concat());
    let longer = BASE64_URL_SAFE_NO_PAD.encode([&bytes[..], &[0]].concat());
    let nonsense = ["", "-", "null", "contoso#configurations", "\0", "ü", "%00", &cursor[1..], &cursor[..42]];
    for text in
        nonsense.into_iter().map(str::to_owned).chain([negative, longer, format!("{cursor}="), "A".repeat(100_000)])
    {
        assert_eq!(list("contoso", "owner", &text).await, None, "{text:.50}");
    }
    // A forged position is one in the same list.
    let forged = BASE64_URL_SAFE_NO_PAD.encode([&bytes[..8], &[0; 24]].concat());
    let page = list("contoso", "owner", &forged).await.expect("a page");
    assert!(page.configurations.len() == 2 && page.configurations.iter().all(|found| found.owner == "owner"));
}

#[tokio::test]
async fn a_page_is_complete_if_it_is_larger_than_an_answer_of_dynamodb() {
    let stage = Stage::start().await;
    let mut chance = StdRng::seed_from_u64(0);
    // 100 of them are more than 16 MB, although they are compressed.
    let content: String =
        (0..Configurations::MAX_CONTENT_BYTES).map(|_| char::from(chance.random_range(0..128_u8))).collect();
    let large: Vec<_> = configurations("owner", 105)
        .into_iter()
        .map(|new| StoredConfiguration { content: content.clone(), ..new })
        .collect();
    stage.create_all(&large).await;
    let (found, pages) = stage.pages("owner", 200).await;
    assert!(found == large && pages == 1, "{} configurations on {pages} pages", found.len());
}
