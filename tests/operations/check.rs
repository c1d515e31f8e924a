//! Checking a tenant: what Convene itself knows of it.

use convene_tests::{Operator, Product};
use serde_json::{Value, json};

/// The answer about contoso.
pub async fn report(product: &Product) -> Value {
    let report = Operator::of(product).invoke("check-tenant", json!({"tenant": "contoso"})).await.expect("an answer");
    assert_eq!(report["tenant"], "contoso");
    let checks = report["checks"].as_array().expect("checks");
    assert_eq!(report["ok"], json!(checks.iter().all(|check| check["ok"] == true)));
    for check in checks {
        let told = |name: &str| check[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(check["ok"] == true || (told("problem") && told("advice")), "{check}");
    }
    holds_no_secret(product, &report).await;
    report
}

/// Whatever is told, it is none of the tenant's secrets.
async fn holds_no_secret(product: &Product, report: &Value) {
    let text = report.to_string();
    for kind in ["microsoft", "keys", "token", "credentials"] {
        let request = json!({"SecretId": format!("convene/contoso/{kind}")});
        let answer = product.aws("secretsmanager", "secretsmanager.GetSecretValue", &request).await;
        let content = answer["SecretString"].as_str().expect("text").to_owned();
        for word in content.split('"').filter(|word| word.len() > 20) {
            assert!(!text.contains(word), "the answer shows a part of {kind}: {text}");
        }
    }
}

/// The checks that failed: name, problem, advice.
pub fn failures(report: &Value) -> Vec<(String, String, String)> {
    let text = |check: &Value, name: &str| check[name].as_str().unwrap_or_default().to_owned();
    let failed = report["checks"].as_array().expect("checks").iter().filter(|check| check["ok"] == false);
    failed.map(|check| (text(check, "check"), text(check, "problem"), text(check, "advice"))).collect()
}

/// The names of all checks.
fn names(report: &Value) -> Vec<&str> {
    report["checks"].as_array().expect("checks").iter().map(|check| check["check"].as_str().expect("a name")).collect()
}

/// Changes an attribute of contoso's item in the tenants table.
pub async fn set(product: &Product, name: &str, value: Value) {
    let request = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": "contoso#config"}},
        "UpdateExpression": "SET #name = :value", "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": {":value": value}});
    product.aws("dynamodb", "DynamoDB_20120810.UpdateItem", &request).await;
}

/// Changes contoso's configuration.
pub async fn configure(product: &Product, change: impl FnOnce(&mut Value)) {
    let request = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": "contoso#config"}}});
    let item = product.aws("dynamodb", "DynamoDB_20120810.GetItem", &request).await;
    let mut config = serde_json::from_str(item["Item"]["config"]["S"].as_str().expect("text")).expect("JSON");
    change(&mut config);
    set(product, "config", json!({"S": config.to_string()})).await;
}

#[tokio::test]
async fn a_tenant_that_is_well_passes_every_check() {
    let product = Product::start().await;
    let events = product.outlook("contoso").await.events("organizer@contoso.com").await;
    let report = report(&product).await;
    assert_eq!(report["ok"], true, "{report:#}");
    let members = product.tenant("contoso").members.iter().map(|member| format!("mailbox {}", member.email));
    let secrets = ["keys", "credentials", "microsoft", "token"].map(|kind| format!("secret convene/contoso/{kind}"));
    let expected: Vec<_> = ["configuration".to_owned()]
        .into_iter()
        .chain(secrets)
        .chain(["microsoft sign-in".to_owned()])
        .chain(members)
        .collect();
    assert_eq!(names(&report), expected);
    assert_eq!(product.outlook("contoso").await.events("organizer@contoso.com").await, events);
}

#[tokio::test]
async fn a_tenant_that_is_not_there_or_not_served_is_told() {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    let nobody = operator.invoke("check-tenant", json!({"tenant": "nobody"})).await.expect("an answer");
    assert_eq!((nobody["ok"].clone(), names(&nobody)), (json!(false), vec!["configuration"]));
    let refused = operator.invoke("check-tenant", json!({"tenant": "No Name"})).await.expect_err("refused");
    assert!(refused.contains("a tenant's name is"), "{refused}");

    set(&product, "disabled", json!({"BOOL": true})).await;
    let disabled = report(&product).await;
    let failed = failures(&disabled);
    assert_eq!(failed.len(), 1, "the rest is looked at all the same: {disabled:#}");
    assert!(failed[0].1.contains("disabled") && names(&disabled).len() > 6);

    set(&product, "config", json!({"S": "{"})).await;
    let malformed = report(&product).await;
    assert!(failures(&malformed)[0].1.contains("config"), "{malformed:#}");
}

#[tokio::test]
async fn a_secret_that_is_missing_or_malformed_is_named() {
    for (kind, content, problem) in [
        ("microsoft", json!({"secret": "x"}), "form"),
        ("microsoft", json!({"client_secret": " "}), "client_secret"),
        ("keys", json!([]), "form"),
        ("token", json!("text"), "form"),
    ] {
        let product = Product::start().await;
        product.put_secret("contoso", kind, &content).await;
        let failed = failures(&report(&product).await);
        assert_eq!((failed.len(), failed[0].0.as_str()), (1, format!("secret convene/contoso/{kind}").as_str()));
        assert!(failed[0].1.contains(problem), "{failed:?}");
    }
    let product = Product::start().await;
    let delete = json!({"SecretId": "convene/contoso/credentials", "ForceDeleteWithoutRecovery": true});
    product.aws("secretsmanager", "secretsmanager.DeleteSecret", &delete).await;
    let report = Operator::of(&product).invoke("check-tenant", json!({"tenant": "contoso"})).await.expect("an answer");
    let failed = failures(&report);
    assert_eq!((failed.len(), failed[0].0.as_str()), (1, "secret convene/contoso/credentials"));
    assert!(failed[0].1.contains("does not exist"), "{failed:?}");
}

#[tokio::test]
async fn keys_that_confirm_nobody_are_told_all_at_once() {
    let product = Product::start().await;
    configure(&product, |config| {
        let clients = config["clients"].as_array_mut().expect("clients");
        clients.push(json!({"clientId": "contoso.web", "scopes": ["calendar.read"]}));
        config["legacyPasswordAuth"] = json!(true);
        config["administrators"] = json!([{"login": "contoso.ann", "scopes": []}]);
    })
    .await;
    let mut keys = product.secret("contoso", "keys").await;
    keys["signing"][0]["not_after"] = json!("2020-01-01T00:00:00Z");
    keys.as_object_mut().expect("an object").remove("api_keys");
    product.put_secret("contoso", "keys", &keys).await;
    let failed = failures(&report(&product).await);
    assert_eq!(failed.len(), 1);
    for word in ["signing has no key", "contoso.web", "contoso.ann", "an API key for nylas"] {
        assert!(failed[0].1.contains(word), "{word}: {failed:?}");
    }
    assert!(!failed[0].1.contains("contoso.crm") && !failed[0].1.contains("hmac"), "{failed:?}");
    // Where the tenant is alone it may sign its requests, and needs a key for that.
    keys["hmac"] = json!([]);
    product.put_secret("contoso", "keys", &keys).await;
    let alone = Operator::of(&product).with("SINGLE_TENANT", "contoso");
    let report = alone.invoke("check-tenant", json!({"tenant": "contoso"})).await.expect("an answer");
    assert!(failures(&report)[0].1.contains("hmac has no key"), "{report:#}");
}
