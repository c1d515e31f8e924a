//! The legacy way: an administrator's login and password.

use std::collections::BTreeSet;

use convene_local::{Data, Options, ReadyAdministrator, TenantSeed};
use convene_tests::{Answer, Caller, Product, samples};
use futures_util::future::join_all;

use super::{ask, assert_refused};

/// How many wrong passwords a login has.
const MOST: usize = 5;

fn with_logins() -> Options {
    let tenant = |seed| TenantSeed { legacy_password_auth: true, ..seed };
    Options { tenants: TenantSeed::usual().into_iter().map(tenant).collect(), ..Options::default() }
}

fn administrator(product: &Product, tenant: &str) -> ReadyAdministrator {
    product.tenant(tenant).administrator.clone().expect("an administrator")
}

async fn log_in(product: &Product, login: &str, password: &str) -> Answer {
    product.token(&[("grant_type", "password"), ("username", login), ("password", password)]).await
}

/// What of an answer a caller can compare.
fn visible(answer: &Answer) -> (u16, String, BTreeSet<String>) {
    let names = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status, answer.text.clone(), names)
}

#[tokio::test]
async fn a_login_gets_an_access_token_and_no_more() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    let body = log_in(&product, &admin.login, &admin.password).await.expect_ok();
    assert_eq!((&body["token_type"], &body["scope"]), (&"Bearer".into(), &"calendar.read calendar.write".into()));
    assert!(body.get("refresh_token").is_none());
    let caller = Caller::new(product.http().clone(), product.api(), body["access_token"].as_str().expect("a token"));
    caller.schedule(&samples::meeting("by-login")).await.expect(200, "NoError");
    let form = [("grant_type", "password"), ("username", admin.login.as_str()), ("password", &admin.password)];
    let narrow = product.token(&[&form[..], &[("scope", "calendar.read")]].concat()).await.expect_ok();
    assert_eq!(narrow["scope"], "calendar.read");
    assert_refused(&product.token(&[&form[..], &[("scope", "admin")]].concat()).await, 400, "invalid_scope");
}

#[tokio::test]
async fn logins_are_off_unless_switched_on() {
    let product = Product::start().await;
    assert!(product.tenant("contoso").administrator.is_none());
    assert_refused(&log_in(&product, "contoso.admin", "password").await, 400, "invalid_grant");
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let product = Product::start_with(with_logins()).await;
    let (contoso, fabrikam) = (administrator(&product, "contoso"), administrator(&product, "fabrikam"));
    let wrong = log_in(&product, &contoso.login, "wrong").await;
    assert_refused(&wrong, 400, "invalid_grant");
    for (login, password) in [
        ("contoso.nobody", "wrong"),
        ("nowhere.admin", "wrong"),
        ("admin", "wrong"),
        ("contoso.crm", product.tenant("contoso").client_secret.as_str()),
        (contoso.login.as_str(), fabrikam.password.as_str()),
        (fabrikam.login.as_str(), contoso.password.as_str()),
        ("CONTOSO.ADMIN", contoso.password.as_str()),
    ] {
        assert_eq!(visible(&log_in(&product, login, password).await), visible(&wrong), "{login}");
    }
}

#[tokio::test]
async fn a_login_rests_after_wrong_passwords_whether_it_exists_or_not() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    let mut rested = Vec::new();
    for login in [admin.login.as_str(), "contoso.nobody"] {
        for _ in 0..MOST {
            let answer = log_in(&product, login, "wrong").await;
            assert_refused(&answer, 400, "invalid_grant");
            assert_eq!(answer.header("retry-after"), None);
        }
        let answer = log_in(&product, login, &admin.password).await;
        assert_refused(&answer, 400, "invalid_grant");
        let wait: u64 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("a time");
        assert!((1..=15 * 60).contains(&wait), "{wait}");
        rested.push(visible(&answer));
    }
    assert_eq!(rested[0], rested[1]);
    // Another tenant's login of the same name is another login.
    let other = administrator(&product, "fabrikam");
    log_in(&product, &other.login, &other.password).await.expect_ok();
}

#[tokio::test]
async fn a_right_password_makes_earlier_slips_forgotten() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    for _ in 0..3 {
        for _ in 1..MOST {
            assert_refused(&log_in(&product, &admin.login, "wrong").await, 400, "invalid_grant");
        }
        log_in(&product, &admin.login, &admin.password).await.expect_ok();
    }
}

#[tokio::test]
async fn many_at_once_get_no_more_tries_than_one_after_the_other() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    let answers = join_all((0..30).map(|_| log_in(&product, &admin.login, "wrong"))).await;
    let tried = answers.iter().filter(|answer| answer.header("retry-after").is_none()).count();
    assert!(tried <= MOST, "{tried} passwords were tried");
    for _ in tried..MOST {
        log_in(&product, &admin.login, "wrong").await;
    }
    assert_refused(&log_in(&product, &admin.login, &admin.password).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_new_instance_knows_what_was_tried() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || Options { data: Data::Folder(folder.path().join("data")), ..with_logins() };
    let product = Product::start_with(options()).await;
    let admin = administrator(&product, "contoso");
    for _ in 0..MOST {
        assert_refused(&log_in(&product, &admin.login, "wrong").await, 400, "invalid_grant");
    }
    product.stop().await;
    let product = Product::start_with(options()).await;
    assert_eq!(administrator(&product, "contoso"), admin);
    let answer = log_in(&product, &admin.login, &admin.password).await;
    assert_refused(&answer, 400, "invalid_grant");
    assert!(answer.header("retry-after").is_some());
    product.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_on_somebodys_behalf_proves_itself_too() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    let form = [("grant_type", "password"), ("username", admin.login.as_str()), ("password", &admin.password)];
    assert_eq!(ask(&product, "contoso", &form).await.status, 200);
    assert_refused(&ask(&product, "fabrikam", &form).await, 400, "invalid_grant");
    let wrong = [&form[..], &[("client_id", "contoso.crm"), ("client_secret", "wrong")]].concat();
    assert_refused(&product.token(&wrong).await, 401, "invalid_client");
    assert_refused(&product.token(&[&form[..], &[("client_id", "contoso.crm")]].concat()).await, 401, "invalid_client");
}

#[tokio::test]
async fn login_and_password_are_both_needed_and_once() {
    let product = Product::start_with(with_logins()).await;
    for form in [
        &[("grant_type", "password")][..],
        &[("grant_type", "password"), ("username", "contoso.admin")],
        &[("grant_type", "password"), ("password", "p")],
        &[("grant_type", "password"), ("username", ""), ("password", "p")],
        &[("grant_type", "password"), ("username", "a"), ("username", "a"), ("password", "p")],
    ] {
        assert_refused(&product.token(form).await, 400, "invalid_request");
    }
}
