//! Rotations of a tenant whose stack is updated at the same time.

use convene_tests::{Rotation, STEPS};
use serde_json::{Map, Value, json};

use crate::stack_of_tenant::{CloudFormation, TENANT};

const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/convene-northwind/one";

/// A tenant with one client, and the properties of its stack with another one.
async fn rolled_out() -> (CloudFormation, Map<String, Value>) {
    let cloud = CloudFormation::start().await;
    let mut properties = cloud.properties().await;
    cloud.ask("Create", STACK, &properties).await.succeeded();
    properties.insert("Clients".to_owned(), json!([{"Name": "crm"}, {"Name": "desk"}]));
    (cloud, properties)
}

impl CloudFormation {
    /// Whether functions accept each of these credentials.
    async fn all_sign_in(&self, clients: &[&Value]) {
        for client in clients {
            assert_eq!(self.sign_in(client).await.status, 200, "{}", client["client_id"]);
        }
    }
}

#[tokio::test]
async fn an_update_during_a_rotation_succeeds_and_the_next_rotation_goes_on_from_it() {
    let (cloud, properties) = rolled_out().await;
    let first = cloud.credentials().await["clients"][0].clone();
    let rotation = Rotation::begin(&cloud.product, &cloud.operator, TENANT).await;
    rotation.steps(&STEPS[..2]).await;
    let prepared = json!({"SecretId": format!("convene/{TENANT}/credentials"), "VersionId": rotation.token});
    let prepared = cloud.product.aws("secretsmanager", "secretsmanager.GetSecretValue", &prepared).await;
    let prepared: Value = serde_json::from_str(prepared["SecretString"].as_str().expect("text")).expect("JSON");

    cloud.ask("Update", STACK, &properties).await.succeeded();
    let updated = cloud.credentials().await;
    let (crm, desk) = (&updated["clients"][0], &updated["clients"][1]);
    assert_eq!(*crm, first);
    cloud.all_sign_in(&[crm, desk, &prepared["clients"][0]]).await;
    assert!(rotation.step("finishSecret").await.is_err_and(|why| why.contains("changed while")));
    assert_eq!(cloud.credentials().await, updated);

    Rotation::begin(&cloud.product, &cloud.operator, TENANT).await.run().await;
    let rotated = cloud.credentials().await;
    cloud.ask("Update", STACK, &properties).await.succeeded();
    assert_eq!(cloud.credentials().await, rotated, "an update that changes nothing takes nothing back");
    cloud.all_sign_in(&[crm, desk, &rotated["clients"][0], &rotated["clients"][1]]).await;
}

#[tokio::test]
async fn an_update_in_the_moment_of_handing_out_loses_nobody() {
    let (cloud, properties) = rolled_out().await;
    let first = cloud.credentials().await["clients"][0].clone();
    let rotation = Rotation::begin(&cloud.product, &cloud.operator, TENANT).await;
    rotation.steps(&STEPS[..3]).await;
    let (rotated, updated) = tokio::join!(rotation.step("finishSecret"), cloud.ask("Update", STACK, &properties));
    updated.succeeded();
    let now = cloud.credentials().await;
    assert_eq!(now["clients"].as_array().map(Vec::len), Some(2));
    // Whoever was first, the other one built upon it.
    assert_eq!(now["clients"][0] == first, rotated.is_err(), "{rotated:?}");
    cloud.all_sign_in(&[&first, &now["clients"][0], &now["clients"][1]]).await;
}
