//! The API key and the application id of a tenant, as an endpoint family uses them.

use std::time::Duration;

use chrono::Utc;
use convene::{
    CallContext,
    auth::{ApiKeyAuthenticator, Authenticator as _, Message, Prefetch},
    call::Deadline,
    domain::{Scope, TenantId},
    problem::Kind,
    services::{Services, Settings},
};
use convene_tests::{Operator, Product, Rotation, STEPS};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Value, json};

use crate::stack_of_tenant::{CloudFormation, TENANT};

const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/one";

/// The services of a function that starts now, below this domain of tenants.
fn services_below(product: &Product, tenant_domain: &str) -> Services {
    let environment = product.environment();
    let variable = |name: &str| match name {
        "TENANT_DOMAIN" => Some(tenant_domain.to_owned()),
        _ => environment.get(name).cloned(),
    };
    Services::new(Settings::from_lookup(variable).expect("settings"))
}

fn services(product: &Product) -> Services {
    services_below(product, "")
}

fn context() -> CallContext {
    CallContext::new(Deadline::after(Duration::from_secs(20), Utc::now()))
}

/// Authenticates a request with these headers. The tenant, or the kind of failure with its challenge.
async fn authenticate(services: &Services, headers: &[(HeaderName, &str)]) -> Result<String, (Kind, Option<String>)> {
    let value = |text: &str| HeaderValue::from_str(text).expect("a header");
    let headers: HeaderMap = headers.iter().map(|(name, text)| (name.clone(), value(text))).collect();
    let message = Message { method: "GET", path: "/", query: "", headers: &headers, body: b"" };
    let context = context();
    let found = services.api_key("nylas", Prefetch::Nothing).authenticate(&context, &message).await;
    let principal = found.map_err(|problem| (problem.kind, problem.challenge.map(Into::into)))?;
    assert_eq!((context.tenant(), &principal.scopes[..]), (Some(&principal.tenant.id), &Scope::ALL[..]));
    Ok(principal.tenant.id.to_string())
}

async fn accepts(services: &Services, key: &str) -> bool {
    let found = authenticate(services, &[(header::AUTHORIZATION, &format!("Bearer {key}"))]).await;
    if let Err((kind, challenge)) = &found {
        assert_eq!((*kind, challenge.as_deref()), (Kind::Unauthorized, Some("Bearer realm=\"convene\"")));
    }
    found.is_ok()
}

fn api_key(credentials: &Value) -> String {
    assert_eq!(credentials["api_keys"].as_array().map(Vec::len), Some(1), "one for each family");
    assert_eq!(credentials["api_keys"][0]["family"], "nylas");
    credentials["api_keys"][0]["key"].as_str().expect("a key").to_owned()
}

async fn current_key(product: &Product) -> String {
    api_key(&product.secret("contoso", "credentials").await)
}

#[tokio::test]
async fn a_key_is_that_of_its_tenant_and_family() {
    let product = Product::start().await;
    let services = services_below(&product, "book.example.com");
    let tenant = product.tenant("contoso");
    assert_eq!(current_key(&product).await, tenant.nylas_api_key);
    assert!(tenant.nylas_api_key.starts_with("cvk_contoso.") && ApiKeyAuthenticator::is_api_key(&tenant.nylas_api_key));
    let bearer = format!("Bearer {}", tenant.nylas_api_key);
    for host in ["", "api.example.com", "contoso.book.example.com"] {
        let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::HOST, host)];
        assert_eq!(authenticate(&services, &headers).await, Ok("contoso".to_owned()), "{host}");
    }
    let elsewhere = [(header::AUTHORIZATION, bearer.as_str()), (header::HOST, "fabrikam.book.example.com")];
    assert!(authenticate(&services, &elsewhere).await.is_err());
    let (without, challenge) = authenticate(&services, &[]).await.expect_err("refused");
    assert_eq!((without, challenge.as_deref()), (Kind::Unauthorized, Some("Bearer realm=\"convene\"")));

    let others = tenant.nylas_api_key.replacen("contoso", "fabrikam", 1);
    let cut = &tenant.nylas_api_key[..tenant.nylas_api_key.len() - 1];
    let made_up = tenant.nylas_api_key.replacen("contoso", "nobody", 1);
    for key in [others.as_str(), cut, &made_up, "cvk_contoso.", "cvk_", &tenant.client_secret, &tenant.refresh_token] {
        assert!(!accepts(&services, key).await, "{key}");
    }
    let other_family = services.api_key("other", Prefetch::Nothing);
    let refused = other_family.verify(&tenant.nylas_api_key, &context(), &HeaderMap::new()).await;
    assert_eq!(refused.expect_err("refused").kind, Kind::Unauthorized);
}

#[tokio::test]
async fn a_rotated_key_counts_beside_its_successor_until_the_overlap_ends() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let warm = services(&product);
    let before = current_key(&product).await;
    assert!(accepts(&warm, &before).await);
    Rotation::begin(&product, &operator, "contoso").await.run().await;
    let after = current_key(&product).await;
    assert_ne!(before, after);
    // A function that has cached the keys finds the new one.
    assert!(accepts(&warm, &after).await && accepts(&warm, &before).await);
    for key in [&before, &after] {
        assert!(accepts(&services(&product), key).await);
    }

    let strict = operator.clone().with("ROTATION_OVERLAP_HOURS", "0");
    Rotation::begin(&product, &strict, "contoso").await.run().await;
    let last = current_key(&product).await;
    for (key, counts) in [(&before, false), (&after, false), (&last, true)] {
        assert_eq!(accepts(&services(&product), key).await, counts);
    }
}

#[tokio::test]
async fn each_step_of_a_rotation_leaves_every_key_that_was_handed_out_valid() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let before = current_key(&product).await;
    let abandoned = Rotation::begin(&product, &operator, "contoso").await;
    abandoned.steps(&STEPS[..2]).await;
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    for step in STEPS {
        rotation.steps(&[step, step]).await;
        let current = current_key(&product).await;
        assert_eq!(current == before, step != STEPS[3], "{step}");
        for key in [&before, &current] {
            assert!(accepts(&services(&product), key).await, "{step}");
        }
    }
    let keys = product.secret("contoso", "keys").await;
    let ends: Vec<_> =
        keys["api_keys"].as_array().expect("keys").iter().map(|key| key["not_after"].is_string()).collect();
    assert_eq!(ends, [true, true, false], "the key of the abandoned rotation ends too");
}

/// A tenant as a release without API keys left it.
#[tokio::test]
async fn a_tenant_of_an_earlier_release_is_refused_until_its_stack_is_updated() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let key = api_key(&cloud.credentials().await);
    for (kind, list) in [("keys", "api_keys"), ("credentials", "api_keys")] {
        let mut content = cloud.product.secret(TENANT, kind).await;
        content.as_object_mut().expect("an object").remove(list);
        cloud.product.put_secret(TENANT, kind, &content).await;
    }
    cloud.reconfigure(|config| drop(config.remove("applications"))).await;
    assert!(!accepts(&services(&cloud.product), &key).await);
    let before = cloud.credentials().await;

    let data = cloud.ask("Update", STACK, &properties).await;
    let client_id = data.succeeded()["NylasClientId"].as_str().expect("an id").to_owned();
    let after = cloud.credentials().await;
    assert_eq!(after["clients"], before["clients"]);
    let services = services(&cloud.product);
    assert!(accepts(&services, &api_key(&after)).await && !accepts(&services, &key).await);
    let owner = services.tenants.application_owner("nylas", &client_id).await.expect("an answer");
    assert_eq!(owner.as_ref().map(TenantId::as_str), Some(TENANT));
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(cloud.credentials().await, after);
}

#[tokio::test]
async fn a_key_that_was_not_minted_is_replaced() {
    let cloud = CloudFormation::start().await;
    let properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let mut credentials = cloud.credentials().await;
    credentials["api_keys"][0]["key"] = json!("cvk_northwind.chosen");
    cloud.product.put_secret(TENANT, "credentials", &credentials).await;
    cloud.ask("Update", STACK, &properties).await.succeeded();
    let minted = api_key(&cloud.credentials().await);
    let services = services(&cloud.product);
    assert!(accepts(&services, &minted).await && !accepts(&services, "cvk_northwind.chosen").await);
}

#[tokio::test]
async fn a_public_id_finds_its_tenant_where_it_is_served() {
    let product = Product::start().await;
    let client_id = &product.tenant("contoso").nylas_client_id;
    let services = services_below(&product, "book.example.com");
    let owner = services.tenants.application_owner("nylas", client_id).await.expect("an answer");
    let contoso = owner.expect("an owner");
    assert_eq!(contoso.as_str(), "contoso");
    for (family, id) in [("nylas", "nobody"), ("other", client_id), ("nylas", ""), ("nylas", &"x".repeat(3000))] {
        assert_eq!(services.tenants.application_owner(family, id).await.expect("an answer"), None, "{family} {id}");
    }

    let hosts = [None, Some("api.example.com"), Some("contoso.book.example.com")];
    for host in hosts {
        let context = context();
        let found = services.public_tenant(&context, &contoso, host, Prefetch::Nothing).await.expect("a tenant");
        assert_eq!((&found.id, context.tenant()), (&contoso, Some(&contoso)));
        let grants = found.members.iter().map(|member| (&member.email, &member.external_ids["nylas"]));
        let known = product.tenant("contoso").members.iter().map(|member| (&member.email, &member.grant_id));
        assert!(grants.eq(known));
    }
    let nobody = TenantId::new("nobody").expect("a name");
    let elsewhere = Some("fabrikam.book.example.com");
    let disabled = services_below(&product, "");
    crate::check::set(&product, "disabled", json!({"BOOL": true})).await;
    let mut refusals = Vec::new();
    for (services, tenant, host) in
        [(&services, &nobody, None), (&services, &contoso, elsewhere), (&disabled, &contoso, None)]
    {
        let context = context();
        let refused = services.public_tenant(&context, tenant, host, Prefetch::Calendar).await.expect_err("refused");
        assert_eq!((refused.kind, context.tenant()), (Kind::NotFound, None));
        refusals.push((refused.message, refused.details, refused.challenge));
    }
    assert!(refusals.windows(2).all(|two| two[0] == two[1]), "{refusals:?}");
    assert!(!accepts(&disabled, &product.tenant("contoso").nylas_api_key).await);
}
