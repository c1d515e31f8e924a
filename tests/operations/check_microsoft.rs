//! Checking a tenant: whether Microsoft lets it in.

use convene_local::{Options, TenantSeed};
use convene_tests::Product;
use reqwest::Method;
use serde_json::{Value, json};

use crate::check::{configure, failures, report};

const SIGN_IN: &str = "microsoft sign-in";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// The one failure there is.
fn only(report: &Value) -> (String, String, String) {
    let mut failed = failures(report);
    assert_eq!(failed.len(), 1, "{report:#}");
    failed.remove(0)
}

/// Contoso as a person who signed in.
async fn delegated() -> Product {
    let contoso = TenantSeed::new("contoso", 2).expect("a tenant");
    let contoso = TenantSeed { delegated: Some("organizer@contoso.com".to_owned()), ..contoso };
    Product::start_with(Options { tenants: vec![contoso], ..Options::default() }).await
}

#[tokio::test]
async fn a_refused_credential_is_told_with_what_to_do() {
    let refused = async |product: &Product, code: &str, advice: &str| {
        let (check, problem, told) = only(&report(product).await);
        assert_eq!(check, SIGN_IN);
        assert!(problem.contains(code) && told.contains(advice), "{problem} {told}");
    };
    // Each by what really is wrong with it.
    let product = Product::start().await;
    product.put_secret("contoso", "microsoft", &json!({"client_secret": "another"})).await;
    refused(&product, "AADSTS7000215", "Secret ID").await;
    for (name, code, advice) in
        [("microsoftClientId", "AADSTS700016", "application id"), ("directoryId", "AADSTS90002", "directory id")]
    {
        let product = Product::start().await;
        configure(&product, |config| config[name] = json!(NOWHERE)).await;
        refused(&product, code, advice).await;
    }
}

#[tokio::test]
async fn each_of_entras_numbers_has_its_advice() {
    let (application, person) = (Product::start().await, delegated().await);
    for (product, error, number, advice) in [
        (&application, "invalid_client", 7_000_222, "expired"),
        (&application, "invalid_grant", 53_003, "Conditional access"),
        (&application, "unauthorized_client", 700_016, "no such application"),
        (&person, "invalid_grant", 65_001, "consent"),
        (&person, "invalid_grant", 70_008, "expired"),
        (&person, "invalid_grant", 700_082, "expired"),
        (&person, "invalid_grant", 50_173, "revoked"),
        (&person, "interaction_required", 50_078, "revoked"),
        (&person, "invalid_grant", 50_057, "disabled"),
    ] {
        let effect = json!({"status": 400, "code": error, "message": format!("AADSTS{number}: told by a test")});
        let simulator = product.simulator();
        simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
        let (check, problem, told) = only(&report(product).await);
        assert_eq!(check, SIGN_IN);
        assert!(problem.contains(&format!("AADSTS{number}")) && told.contains(advice), "{problem} {told}");
        simulator.clear_faults().await;
    }
    for product in [&application, &person] {
        assert_eq!(report(product).await["ok"], true);
    }
}

/// A token that is stored and good says nothing of the credential it was had with.
#[tokio::test]
async fn a_credential_is_tried_although_a_token_is_at_hand() {
    for product in [Product::start().await, delegated().await] {
        let caller = product.contoso().await;
        let entries = json!([{"email": "organizer@contoso.com"}]);
        caller.availability("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z", &entries).await.expect_ok();
        assert!(product.secret("contoso", "token").await["access_token"].is_string());
        assert_eq!(report(&product).await["ok"], true);
        product.put_secret("contoso", "microsoft", &json!({"client_secret": "another"})).await;
        assert_eq!(only(&report(&product).await).0, SIGN_IN);
    }
}

#[tokio::test]
async fn a_person_who_never_signed_in_or_was_thrown_out_is_told() {
    let product = delegated().await;
    let revoke = json!({"kind": "refresh", "user": "organizer@contoso.com"});
    product.simulator().control(Method::POST, "/tokens/revoke", Some(revoke)).await;
    let (check, problem, advice) = only(&report(&product).await);
    assert!(check == SIGN_IN && problem.contains("AADSTS50173") && advice.contains("Sign in again"), "{problem}");
    product.put_secret("contoso", "token", &json!({})).await;
    let (check, problem, advice) = only(&report(&product).await);
    assert!(check.ends_with("/token") && problem.contains("refresh_token") && advice.contains("Sign in"), "{problem}");
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_used_is_named_and_the_others_pass() {
    let product = Product::start().await;
    let simulator = product.simulator();
    simulator.switch(json!({"out_of_scope": ["attendee2@contoso.com"]})).await;
    let gone = json!({"directory": "contoso.com", "address": "attendee4@contoso.com"});
    simulator.control(Method::DELETE, "/mailboxes", Some(gone)).await;
    let failed = failures(&report(&product).await);
    let names: Vec<_> = failed.iter().map(|(check, ..)| check.as_str()).collect();
    assert_eq!(names, ["mailbox attendee2@contoso.com", "mailbox attendee4@contoso.com"]);
    assert!(failed[0].1.contains("ErrorAccessDenied") && failed[0].2.contains("Calendars.ReadWrite"), "{failed:?}");
    assert!(failed[1].1.contains("mailbox not found") && failed[1].2.contains("no Exchange Online"), "{failed:?}");
    // Nobody is asked about by another.
    let asked: Vec<_> = simulator.operations().await;
    assert!(asked.iter().all(|operation| operation == "get_schedule"), "{asked:?}");
}

#[tokio::test]
async fn microsoft_being_away_is_not_the_tenants_fault() {
    let product = Product::start().await;
    let effect = json!({"status": 503, "code": "temporarily_unavailable"});
    let simulator = product.simulator();
    simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
    let (check, _, advice) = only(&report(&product).await);
    assert!(check == SIGN_IN && advice.contains("Check again"), "{advice}");
    configure(&product, |config| {
        config["members"] = json!([]);
    })
    .await;
    simulator.clear_faults().await;
    let report = report(&product).await;
    assert_eq!(report["ok"], true);
    let last = report["checks"].as_array().and_then(|checks| checks.last()).expect("a check");
    assert!(last["check"] == "mailboxes" && last["advice"].is_string(), "{last}");
}
