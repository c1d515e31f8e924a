//! Refresh tokens: each is good once, and a second use long after ends its whole family.

use std::time::Duration;

use convene_local::{Options, TenantSeed};
use convene_tests::Product;

use super::{ask, assert_refused, refresh, successor};

fn first(product: &Product) -> String {
    product.tenant("contoso").refresh_token.clone()
}

async fn without_grace() -> Product {
    Product::start_with(Options { refresh_grace: Some(Duration::ZERO), ..Options::default() }).await
}

#[tokio::test]
async fn each_exchange_gives_the_next() {
    let product = Product::start().await;
    let mut seen = vec![first(&product)];
    for _ in 0..5 {
        let next = successor(&refresh(&product, "contoso", &seen[seen.len() - 1]).await);
        assert!(!seen.contains(&next));
        seen.push(next);
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again() {
    let product = Product::start().await;
    let zero = first(&product);
    let one = successor(&refresh(&product, "contoso", &zero).await);
    // The same successor again, and no fork.
    assert_eq!(successor(&refresh(&product, "contoso", &zero).await), one);
    let two = successor(&refresh(&product, "contoso", &one).await);
    assert_eq!(successor(&refresh(&product, "contoso", &one).await), two);
    successor(&refresh(&product, "contoso", &two).await);
}

#[tokio::test]
async fn an_old_one_ends_the_family() {
    let product = Product::start().await;
    let zero = first(&product);
    let one = successor(&refresh(&product, "contoso", &zero).await);
    let two = successor(&refresh(&product, "contoso", &one).await);
    assert_refused(&refresh(&product, "contoso", &zero).await, 400, "invalid_grant");
    for token in [&zero, &one, &two] {
        assert_refused(&refresh(&product, "contoso", token).await, 400, "invalid_grant");
    }
    // The client itself still has its secret, and other families live.
    assert_eq!(ask(&product, "contoso", &[("grant_type", "client_credentials")]).await.status, 200);
    successor(&refresh(&product, "fabrikam", &product.tenant("fabrikam").refresh_token).await);
}

#[tokio::test]
async fn after_the_grace_the_one_before_counts_as_old() {
    let product = without_grace().await;
    let zero = first(&product);
    let one = successor(&refresh(&product, "contoso", &zero).await);
    assert_refused(&refresh(&product, "contoso", &zero).await, 400, "invalid_grant");
    assert_refused(&refresh(&product, "contoso", &one).await, 400, "invalid_grant");
}

#[tokio::test]
async fn many_at_once_get_the_same_successor() {
    let product = Product::start().await;
    let zero = first(&product);
    let form = [("grant_type", "refresh_token"), ("refresh_token", zero.as_str())];
    let asked = (ask(&product, "contoso", &form), ask(&product, "contoso", &form), ask(&product, "contoso", &form));
    let (a, b, c) = tokio::join!(asked.0, asked.1, asked.2);
    let one = successor(&a);
    assert_eq!((successor(&b), successor(&c)), (one.clone(), one.clone()));
    successor(&refresh(&product, "contoso", &one).await);
}

#[tokio::test]
async fn a_request_that_fails_does_not_use_it_up() {
    let product = without_grace().await;
    let zero = first(&product);
    let form = [("grant_type", "refresh_token"), ("refresh_token", zero.as_str()), ("scope", "calendar.delete")];
    assert_refused(&ask(&product, "contoso", &form).await, 400, "invalid_scope");
    let stranger = [
        ("grant_type", "refresh_token"),
        ("refresh_token", zero.as_str()),
        ("client_id", "contoso.crm"),
        ("client_secret", "wrong"),
    ];
    assert_refused(&product.token(&stranger).await, 401, "invalid_client");
    assert_refused(&refresh(&product, "fabrikam", &zero).await, 400, "invalid_grant");
    successor(&refresh(&product, "contoso", &zero).await);
}

#[tokio::test]
async fn one_that_was_tampered_with_is_refused_and_harms_nobody() {
    let product = without_grace().await;
    let zero = first(&product);
    let parts: Vec<&str> = zero.split('.').collect();
    assert_eq!(parts.len(), 4, "a refresh token is made otherwise now");
    let (n, mac) = (parts[2].parse::<u32>().expect("a number"), parts[3]);
    let next = (n + 1).to_string();
    let other_mac = format!("{}{}", if mac.starts_with('A') { "B" } else { "A" }, &mac[1..]);
    let other_family = product.tenant("fabrikam").refresh_token.split('.').nth(1).expect("a family").to_owned();
    for forged in [
        [parts[0], parts[1], &next, mac].join("."),
        [parts[0], parts[1], "4294967295", mac].join("."),
        [parts[0], parts[1], "-1", mac].join("."),
        [parts[0], parts[1], parts[2], &other_mac].join("."),
        [parts[0], parts[1], parts[2], ""].join("."),
        [parts[0], &other_family, parts[2], mac].join("."),
        ["fabrikam", parts[1], parts[2], mac].join("."),
        parts[..3].join("."),
        format!("{zero}.x"),
        format!("{zero} "),
        zero.to_uppercase(),
        "x".repeat(10_000),
    ] {
        assert_refused(&refresh(&product, "contoso", &forged).await, 400, "invalid_grant");
    }
    successor(&refresh(&product, "contoso", &zero).await);
}

#[tokio::test]
async fn rotation_is_the_tenants_choice() {
    let mut tenants = TenantSeed::usual();
    tenants[0].rotate_refresh_tokens = false;
    let product =
        Product::start_with(Options { tenants, refresh_grace: Some(Duration::ZERO), ..Options::default() }).await;
    let zero = first(&product);
    for _ in 0..3 {
        assert_eq!(successor(&refresh(&product, "contoso", &zero).await), zero);
    }
    let zero = product.tenant("fabrikam").refresh_token.clone();
    assert_ne!(successor(&refresh(&product, "fabrikam", &zero).await), zero);
}
