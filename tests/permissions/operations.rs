//! What AWS and operators invoke.

use std::collections::BTreeSet;

use axum::{Router, routing::put};
use convene_local::Options;
use convene_tests::{
    Rotation, STEPS,
    nylas::{Nylas, configuration},
    samples,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{compare::Used, watched::Watched};

const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/one";
const KINDS: [(&str, &str, &str); 4] = [
    ("MicrosoftSecretArn", "microsoft", r#"{"client_secret": "s"}"#),
    ("TokenSecretArn", "token", "{}"),
    ("KeysSecretArn", "keys", ""),
    ("CredentialsSecretArn", "credentials", ""),
];

/// A tenant is rolled out, changed and disabled; another one is checked.
pub async fn tenant() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (inbox, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let take = move |body: String| {
        let inbox = inbox.clone();
        async move { inbox.send(body).expect("somebody listens") }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", put(take))).await });

    let mut properties = json!({
        "TenantName": "northwind", "Domains": ["northwind.com"], "RefreshTokenGeneration": "1",
        "DirectoryId": Uuid::new_v4().to_string(), "MicrosoftClientId": Uuid::new_v4().to_string(),
        "Hosts": ["book.northwind.com"], "LegacyPasswordAuth": "true", "Administrators": [{"Name": "admin"}],
    });
    for (property, kind, content) in KINDS {
        let secret = json!({"Name": format!("convene/northwind/{kind}"), "SecretString": content});
        let made = watched.product.aws("secretsmanager", "secretsmanager.CreateSecret", &secret).await;
        properties[property] = made["ARN"].clone();
    }
    let mut moved = properties.clone();
    moved["Hosts"] = json!(["calendar.northwind.com"]);
    for (kind, properties) in [("Create", &properties), ("Create", &properties), ("Update", &moved), ("Delete", &moved)]
    {
        let event = json!({
            "RequestType": kind, "ResponseURL": url, "StackId": STACK, "RequestId": Uuid::new_v4().to_string(),
            "ResourceType": "Custom::Tenant", "LogicalResourceId": "Tenant", "ResourceProperties": properties,
            "PhysicalResourceId": "convene-tenant-northwind",
        });
        watched.operator("provision-tenant").invoke("provision-tenant", event).await.expect("answered");
        let answer = answers.recv().await.expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["Status"], "SUCCESS", "{kind}: {answer}");
    }

    watched.forget_token().await;
    let checked = watched.operator("check-tenant").invoke("check-tenant", json!({"tenant": "contoso"})).await;
    assert_eq!(checked.expect("an answer")["ok"], true);
    watched.used()
}

/// A rotation that ends well, and one that is given up because the secret was changed meanwhile.
pub async fn rotation() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let operator = watched.operator("rotate-credentials");
    Rotation::begin(&watched.product, operator, "contoso").await.steps(&STEPS).await;
    let given_up = Rotation::begin(&watched.product, operator, "contoso").await;
    given_up.steps(&STEPS[..1]).await;
    let mut credentials = watched.product.secret("contoso", "credentials").await;
    credentials["clients"][0]["refresh_token"] = json!("contoso.another");
    watched.product.put_secret("contoso", "credentials", &credentials).await;
    given_up.step(STEPS[1]).await.expect_err("given up");
    watched.used()
}

/// A tenant that was disabled is erased, with a host that its stack left behind, and with a configuration and a session, which are
/// found by their entries.
pub async fn erasure() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let token = watched.token().await;
    watched.meeting("schedule-meeting", &token, &samples::meeting("old")).await.expect(200, "NoError");
    let host = json!({"pk": {"S": "@host#book.contoso.com"}, "v": {"N": "1"}, "tenant": {"S": "contoso"}});
    watched.put_item("TenantsTable", &host).await;
    let booking = json!({"pk": {"S": "contoso#booking#a"}, "sk": {"S": "old"}, "v": {"N": "1"}});
    watched.put_item("BookingsTable", &booking).await;
    let nylas = Nylas::of(&watched.product, "contoso");
    let id = nylas.configure(&configuration(&[samples::ORGANIZER])).await;
    let session = json!({"configuration_id": id});
    nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&session)).await.expect_ok();
    let key = json!({"TableName": "TenantsTable", "Key": {"pk": {"S": "contoso#config"}}});
    let mut item = watched.product.aws("dynamodb", "DynamoDB_20120810.GetItem", &key).await["Item"].take();
    item["disabled"] = json!({"BOOL": true});
    watched.put_item("TenantsTable", &item).await;
    let event = json!({"tenant": "contoso", "confirm": "contoso"});
    let erased = watched.operator("erase-tenant").invoke("erase-tenant", event).await.expect("an answer");
    assert_eq!(erased["finished"], true, "{erased}");
    watched.used()
}
