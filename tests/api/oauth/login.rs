//! The legacy way: an administrator's login and password.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_local::{Options, ReadyAdministrator, TenantSeed};
use convene_tests::{Answer, Caller, Product, samples};
use futures_util::future::join_all;
use serde_json::json;

use super::{ask, assert_refused};

/// How many wrong passwords are tried at once: more than there ever was a limit for.
const MANY: usize = 30;

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
async fn a_deployment_allows_no_logins_unless_they_are_switched_on() {
    let product = Product::start().await;
    assert!(product.tenant("contoso").administrator.is_none());
    assert_refused(&log_in(&product, "contoso.admin", "password").await, 400, "unsupported_grant_type");
    // Not even those that a tenant would allow, whoever asks.
    let product = Product::start_with(Options { password_grant: Some(false), ..with_logins() }).await;
    let admin = administrator(&product, "contoso");
    let form = [("grant_type", "password"), ("username", admin.login.as_str()), ("password", &admin.password)];
    for answer in [product.token(&form).await, ask(&product, "contoso", &form).await] {
        assert_refused(&answer, 400, "unsupported_grant_type");
        assert!(!answer.text.contains("password"), "{answer:?}");
    }
    assert_eq!(ask(&product, "contoso", &[("grant_type", "client_credentials")]).await.status, 200);
}

#[tokio::test]
async fn a_tenant_allows_no_logins_unless_they_are_switched_on() {
    let one = TenantSeed { legacy_password_auth: true, ..TenantSeed::new("contoso", 1).expect("a tenant") };
    let tenants = vec![one, TenantSeed::new("fabrikam", 1).expect("a tenant")];
    let product = Product::start_with(Options { tenants, password_grant: Some(true), ..Options::default() }).await;
    let admin = administrator(&product, "contoso");
    log_in(&product, &admin.login, &admin.password).await.expect_ok();
    assert_refused(&log_in(&product, "fabrikam.admin", &admin.password).await, 400, "invalid_grant");
    assert_refused(&log_in(&product, "fabrikam.admin", "password").await, 400, "invalid_grant");
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
async fn wrong_passwords_keep_nobody_out() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    for login in [admin.login.as_str(), "contoso.nobody"] {
        for answer in join_all((0..MANY).map(|_| log_in(&product, login, "wrong"))).await {
            assert_refused(&answer, 400, "invalid_grant");
            assert_eq!(answer.header("retry-after"), None);
        }
    }
    log_in(&product, &admin.login, &admin.password).await.expect_ok();
    // Nothing is on record of them.
    let grants = product.environment()["GRANTS_TABLE"].clone();
    let all = product.aws("dynamodb", "DynamoDB_20120810.Scan", &json!({"TableName": grants})).await;
    let keys = all["Items"].as_array().expect("items").iter().map(|item| item["pk"]["S"].as_str().expect("a key"));
    assert_eq!(keys.filter(|key| !key.contains("#family#") && !key.contains("#lease#")).count(), 0);
}

#[tokio::test]
async fn right_passwords_that_coincide_are_all_right() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    for _ in 0..5 {
        let wrong = (0..2).map(|_| log_in(&product, &admin.login, "wrong"));
        let right = (0..12).map(|_| log_in(&product, &admin.login, &admin.password));
        let (wrong, right) = tokio::join!(join_all(wrong), join_all(right));
        assert!(wrong.iter().all(|answer| answer.status == 400), "{wrong:?}");
        assert_eq!(right.iter().filter(|answer| answer.status == 200).count(), 12, "{right:?}");
    }
}

#[tokio::test]
async fn a_password_has_256_bits() {
    let product = Product::start_with(with_logins()).await;
    let passwords = ["contoso", "fabrikam"].map(|tenant| (tenant, administrator(&product, tenant).password));
    for (tenant, password) in &passwords {
        let random = password.strip_prefix(&format!("{tenant}.")).expect("a password names its tenant");
        assert_eq!(URL_SAFE_NO_PAD.decode(random).expect("base64").len(), 32);
    }
}

/// From before passwords were kept by their SHA-256: whatever else the secret holds counts, and the login does not until
/// its entry is written anew.
#[tokio::test]
async fn a_hash_of_the_older_form_harms_nobody_else() {
    let product = Product::start_with(with_logins()).await;
    let admin = administrator(&product, "contoso");
    let mut keys = product.secret("contoso", "keys").await;
    keys["administrators"] =
        json!([{"login": admin.login, "argon2id": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"}]);
    product.put_secret("contoso", "keys", &keys).await;
    product.contoso().await.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    assert_refused(&log_in(&product, &admin.login, &admin.password).await, 400, "invalid_grant");
    assert_refused(&log_in(&product, &admin.login, "").await, 400, "invalid_request");
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
