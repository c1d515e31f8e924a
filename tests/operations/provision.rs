//! Rolling out a tenant: made, made again, changed.

use convene_tests::{DynamoProxy, Rotation, Trouble, When, events};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stack_of_tenant::{CloudFormation, TENANT};

const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/one";

fn client(credentials: &Value, place: usize) -> Value {
    credentials["clients"][place].clone()
}

#[tokio::test]
async fn a_tenant_is_made_and_served() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    properties.insert(
        "Members".to_owned(),
        json!([{"Email": "anna@northwind.com"}, {"Email": "bob@northwind.com", "GrantId": "g-2"}]),
    );
    let reply = cloud.ask("Create", STACK, &properties).await;
    let credentials = cloud.credentials().await;
    let data = reply.succeeded();
    assert_eq!((&data["TenantName"], &data["ClientId"]), (&json!(TENANT), &json!("northwind.crm")));
    assert_eq!(data["CredentialsSecretArn"], cloud.properties().await["CredentialsSecretArn"]);
    assert_eq!(reply.json["PhysicalResourceId"], "convene-tenant-northwind");
    let config: Value =
        serde_json::from_str(cloud.stored().await["config"]["S"].as_str().expect("text")).expect("JSON");
    assert_eq!(config["applications"], json!({"nylas": data["NylasClientId"]}));
    let grant = |place: usize| config["members"][place]["externalIds"]["nylas"].as_str().expect("an id");
    assert_eq!((Uuid::try_parse(grant(0)).is_ok(), grant(1)), (true, "g-2"));
    // Secrets stay in their secrets.
    assert!(!reply.text.contains(credentials["api_keys"][0]["key"].as_str().expect("text")));
    for secret in ["client_secret", "refresh_token"] {
        assert!(!reply.text.contains(credentials["clients"][0][secret].as_str().expect("text")));
    }
    assert_eq!(cloud.sign_in(&client(&credentials, 0)).await.status, 200);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", credentials["clients"][0]["refresh_token"].as_str().expect("text")),
        ("client_id", "northwind.crm"),
        ("client_secret", credentials["clients"][0]["client_secret"].as_str().expect("text")),
    ];
    assert!(cloud.product.token(&form).await.expect_ok()["refresh_token"].is_string());
}

#[tokio::test]
async fn the_same_event_again_changes_nothing() {
    let cloud = CloudFormation::start().await;
    let event = cloud.event("Create", STACK, &cloud.properties().await);
    let first = cloud.send(&event).await;
    let (credentials, stored) = (cloud.credentials().await, cloud.stored().await);
    let keys = cloud.product.secret(TENANT, "keys").await;
    for _ in 0..3 {
        let again = cloud.send(&event).await;
        assert_eq!(again.text, first.text);
    }
    assert_eq!((cloud.credentials().await, cloud.stored().await), (credentials, stored));
    assert_eq!(cloud.product.secret(TENANT, "keys").await, keys);
}

#[tokio::test]
async fn two_at_a_time_make_one_tenant() {
    let cloud = CloudFormation::start().await;
    let event = cloud.event("Create", STACK, &cloud.properties().await);
    let invoke = || cloud.operator.invoke("provision-tenant", event.clone());
    let (one, other) = tokio::join!(invoke(), invoke());
    one.expect("answered");
    other.expect("answered");
    let credentials = cloud.credentials().await;
    assert_eq!(cloud.sign_in(&client(&credentials, 0)).await.status, 200);
    let keys = cloud.product.secret(TENANT, "keys").await;
    for list in ["signing", "refresh", "hmac", "clients", "api_keys"] {
        assert_eq!(keys[list].as_array().map(Vec::len), Some(1), "{list}");
    }
}

#[tokio::test]
async fn a_crash_before_the_configuration_is_made_good() {
    let cloud = CloudFormation::start().await;
    let event = cloud.event("Create", STACK, &cloud.properties().await);
    cloud.send(&event).await.succeeded();
    let credentials = cloud.credentials().await;
    cloud.forget().await;
    cloud.send(&event).await.succeeded();
    assert_eq!(cloud.credentials().await, credentials);
    assert_eq!(cloud.sign_in(&client(&credentials, 0)).await.status, 200);
}

#[tokio::test]
async fn a_crash_between_the_two_secrets_is_made_good() {
    let cloud = CloudFormation::start().await;
    let event = cloud.event("Create", STACK, &cloud.properties().await);
    cloud.send(&event).await.succeeded();
    let unseen = cloud.credentials().await;
    cloud.forget().await;
    let empty = json!({"SecretId": "convene/northwind/credentials", "SecretString": ""});
    cloud.product.aws("secretsmanager", "secretsmanager.PutSecretValue", &empty).await;
    cloud.send(&event).await.succeeded();
    let credentials = cloud.credentials().await;
    assert_ne!(client(&credentials, 0)["client_secret"], client(&unseen, 0)["client_secret"]);
    assert_eq!(cloud.sign_in(&client(&credentials, 0)).await.status, 200);
}

#[tokio::test]
async fn an_update_changes_it_in_place() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    let made = cloud.ask("Create", STACK, &properties).await;
    let before = cloud.credentials().await;
    properties.insert("TentativeIsBusy".to_owned(), json!("false"));
    properties
        .insert("Clients".to_owned(), json!(r#"[{"Name": "crm"}, {"Name": "desk", "Scopes": ["calendar.read"]}]"#));
    let reply = cloud.ask("Update", STACK, &properties).await;
    reply.succeeded();
    assert_eq!(reply.json["PhysicalResourceId"], made.json["PhysicalResourceId"]);
    let after = cloud.credentials().await;
    assert_eq!(client(&after, 0), client(&before, 0), "who was there keeps what it was given");
    let token = cloud.sign_in(&client(&after, 1)).await.expect_ok();
    assert_eq!(token["scope"], "calendar.read");
    let config: Value =
        serde_json::from_str(cloud.stored().await["config"]["S"].as_str().expect("text")).expect("JSON");
    assert_eq!(config["tentativeIsBusy"], false);

    properties.insert("Clients".to_owned(), json!(r#"[{"Name": "desk"}]"#));
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(cloud.sign_in(&client(&after, 0)).await.status, 401);
    assert_eq!(cloud.sign_in(&client(&after, 1)).await.status, 200);
}

#[tokio::test]
async fn another_generation_mints_refresh_tokens() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let before = client(&cloud.credentials().await, 0);
    properties.insert("RefreshTokenGeneration".to_owned(), json!("2"));
    cloud.ask("Update", STACK, &properties).await.succeeded();
    let after = client(&cloud.credentials().await, 0);
    assert_eq!(after["client_secret"], before["client_secret"]);
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(client(&cloud.credentials().await, 0), after);
}

#[tokio::test]
async fn administrators_get_passwords_that_work_once_they_are_allowed() {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    properties.insert("Administrators".to_owned(), json!([{"Name": "admin"}]));
    let reply = cloud.ask("Create", STACK, &properties).await;
    assert!(reply.failed().contains("Administrators must be empty without LegacyPasswordAuth"));
    properties.insert("LegacyPasswordAuth".to_owned(), json!("true"));
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let person = cloud.credentials().await["administrators"][0].clone();
    assert_eq!(person["login"], "northwind.admin");
    let hash = cloud.product.secret(TENANT, "keys").await["administrators"][0].clone();
    let password = person["password"].as_str().expect("text");
    assert_eq!(hash, json!({"login": "northwind.admin", "sha256": convene::domain::sha256_hex(password.as_bytes())}));
    assert_eq!(log_in(&cloud, password).await, 200);
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(cloud.credentials().await["administrators"][0], person);
    assert_eq!(cloud.product.secret(TENANT, "keys").await["administrators"][0], hash);
}

/// What a function that starts now answers to the administrator's login.
async fn log_in(cloud: &CloudFormation, password: &str) -> u16 {
    let form = [("grant_type", "password"), ("username", "northwind.admin"), ("password", password)];
    let operator = cloud.operator.clone().with("PASSWORD_GRANT", "true");
    operator.call("issue-token", &events::token_form(&form)).await.status
}

/// A tenant with an administrator whose entry in the keys is of Argon2id, as it was written before.
async fn with_an_older_entry() -> (CloudFormation, serde_json::Map<String, Value>, String) {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    properties.insert("Administrators".to_owned(), json!([{"Name": "admin"}]));
    properties.insert("LegacyPasswordAuth".to_owned(), json!("true"));
    cloud.ask("Create", STACK, &properties).await.succeeded();
    let mut keys = cloud.product.secret(TENANT, "keys").await;
    let older = json!({"login": "northwind.admin", "argon2id": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"});
    keys["administrators"] = json!([older]);
    cloud.product.put_secret(TENANT, "keys", &keys).await;
    let password = cloud.credentials().await["administrators"][0]["password"].as_str().expect("text").to_owned();
    assert_eq!(log_in(&cloud, &password).await, 400);
    properties.insert("RetentionDays".to_owned(), json!("31"));
    (cloud, properties, password)
}

#[tokio::test]
async fn any_change_of_the_stack_lets_a_password_count_again_that_was_kept_as_argon2id() {
    let (cloud, properties, password) = with_an_older_entry().await;
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(log_in(&cloud, &password).await, 200);
    assert_eq!(cloud.credentials().await["administrators"][0]["password"], json!(password), "it is the same");
}

#[tokio::test]
async fn so_does_a_rotation() {
    let (cloud, _, password) = with_an_older_entry().await;
    Rotation::begin(&cloud.product, &cloud.operator, TENANT).await.run().await;
    assert_eq!(log_in(&cloud, &password).await, 200);
    assert_eq!(cloud.credentials().await["administrators"][0]["password"], json!(password), "it is the same");
}

/// Somebody has put a password of their own into the secret that is handed out.
#[tokio::test]
async fn a_password_that_was_not_minted_is_replaced_and_never_counts() {
    for by_rotation in [false, true] {
        let (cloud, properties, _) = with_an_older_entry().await;
        let mut credentials = cloud.credentials().await;
        credentials["administrators"][0]["password"] = json!("correct horse");
        cloud.product.put_secret(TENANT, "credentials", &credentials).await;
        if by_rotation {
            Rotation::begin(&cloud.product, &cloud.operator, TENANT).await.run().await;
        } else {
            cloud.ask("Update", STACK, &properties).await.succeeded();
        }
        let minted = cloud.credentials().await["administrators"][0]["password"].as_str().expect("text").to_owned();
        assert_ne!(minted, "correct horse");
        assert_eq!((log_in(&cloud, "correct horse").await, log_in(&cloud, &minted).await), (400, 200), "{by_rotation}");
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_to_be_tried_again() {
    let mut cloud = CloudFormation::start().await;
    let dynamodb = DynamoProxy::start(&cloud.product.ready().dynamodb, cloud.product.http().clone()).await;
    cloud.operator = cloud.operator.clone().with("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.url());
    let properties = cloud.properties().await;
    for (operation, trouble, again) in [
        (("GetItem", "config"), Trouble::Lose, true),
        (("PutItem", "lease"), Trouble::Refuse(400, "ThrottlingException"), true),
        (("PutItem", "config"), Trouble::Refuse(400, "TransactionConflictException"), true),
        (("PutItem", "config"), Trouble::Refuse(400, "AccessDeniedException"), false),
    ] {
        dynamodb.weather_for(&[operation], 1, 100, vec![(When::Before, trouble.clone())]);
        let reply = cloud.ask("Create", STACK, &properties).await;
        assert_eq!(reply.failed().contains("try again"), again, "{operation:?} {trouble:?}: {}", reply.text);
        dynamodb.calm_down();
    }
    cloud.ask("Create", STACK, &properties).await.succeeded();
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_sent_again() {
    let cloud = CloudFormation::start().await;
    let event = cloud.event("Create", STACK, &cloud.properties().await);
    cloud.refuse(2);
    cloud.send(&event).await.succeeded();
    // Lambda runs an event again whose function failed.
    cloud.refuse(usize::MAX);
    let failure = cloud.operator.invoke("provision-tenant", event.clone()).await.expect_err("no answer was taken");
    assert!(failure.contains("CloudFormation") && !failure.contains("signature"), "{failure}");
    cloud.refuse(0);
    cloud.send(&event).await.succeeded();
}
