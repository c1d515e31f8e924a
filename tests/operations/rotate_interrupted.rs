//! Rotations that break off, are repeated, or meet somebody who changes the same things.

use convene_tests::{DynamoProxy, Operator, Product, Rotation, STEPS, Step, Trouble, When};
use serde_json::{Value, json};
use tokio::join;

use crate::rotate::{client_secret, ending, sign_in};

async fn started() -> (Product, Operator) {
    let product = Product::start().await;
    let operator = Operator::of(&product);
    (product, operator)
}

/// The content of the version that a rotation prepared.
async fn prepared(product: &Product, rotation: &Rotation) -> Value {
    let request = json!({"SecretId": "convene/contoso/credentials", "VersionId": rotation.token});
    let answer = product.aws("secretsmanager", "secretsmanager.GetSecretValue", &request).await;
    serde_json::from_str(answer["SecretString"].as_str().expect("text")).expect("JSON")
}

/// Each step takes place in a process of its own, so what is not repeated here was cut short between two steps.
#[tokio::test]
async fn steps_may_be_repeated_from_any_point() {
    let (product, operator) = started().await;
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.steps(&["createSecret", "createSecret"]).await;
    let made = prepared(&product, &rotation).await;
    rotation.steps(&["setSecret", "setSecret"]).await;
    let accepted = product.secret("contoso", "keys").await;
    assert_eq!(accepted["clients"].as_array().map(Vec::len), Some(2));
    assert_eq!((ending(&accepted, "clients"), ending(&accepted, "signing"), ending(&accepted, "hmac")), (0, 0, 0));
    assert_eq!((accepted["api_keys"].as_array().map(Vec::len), ending(&accepted, "api_keys")), (Some(2), 0));
    // Secrets Manager begins a failed rotation anew, with the same token.
    rotation.steps(&["createSecret", "setSecret", "testSecret"]).await;
    assert_eq!(prepared(&product, &rotation).await, made);
    assert_eq!(product.secret("contoso", "keys").await, accepted);
    assert_eq!(client_secret(&product).await, product.tenant("contoso").client_secret, "nothing is handed out yet");
    rotation.steps(&["finishSecret"]).await;
    let (keys, credentials) = (product.secret("contoso", "keys").await, product.secret("contoso", "credentials").await);
    assert_eq!(credentials, made);
    rotation.steps(&["finishSecret"]).await;
    rotation.steps(&STEPS).await;
    assert_eq!(product.secret("contoso", "keys").await, keys);
    assert_eq!(product.secret("contoso", "credentials").await, credentials);
}

/// The answer to the request that hands the new secret out is lost. The SDK repeats it, and Secrets Manager refuses the
/// repeat, since the label is not where it was.
#[tokio::test]
async fn a_promotion_whose_answer_is_lost_is_one() {
    let product = Product::start().await;
    let secrets = DynamoProxy::start(&product.ready().secretsmanager, product.http().clone()).await;
    let operator = Operator::of(&product).with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url());
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.steps(&STEPS[..3]).await;
    let arn = product.secret_info("contoso", "credentials").await["ARN"].as_str().expect("an ARN").to_owned();
    secrets.trouble(&arn, Step::MoveLabel, When::After, 1, Trouble::Lose);
    secrets.trouble(&arn, Step::MoveLabel, When::Before, 1, Trouble::Refuse(400, "InvalidParameterException"));
    rotation.steps(&STEPS[3..]).await;
    assert_eq!(secrets.struck(), 2);
    let keys = product.secret("contoso", "keys").await;
    assert_eq!((ending(&keys, "clients"), ending(&keys, "signing"), ending(&keys, "hmac")), (1, 1, 1));
}

/// The process ended after the new secret was handed out and before the old one got its end.
#[tokio::test]
async fn a_finish_that_broke_off_half_way_is_completed() {
    let (product, operator) = started().await;
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.steps(&STEPS[..3]).await;
    let promote = json!({"SecretId": "convene/contoso/credentials", "VersionStage": "AWSCURRENT",
        "MoveToVersionId": rotation.token});
    product.aws("secretsmanager", "secretsmanager.UpdateSecretVersionStage", &promote).await;
    assert_eq!(ending(&product.secret("contoso", "keys").await, "clients"), 0);
    rotation.steps(&["finishSecret"]).await;
    let keys = product.secret("contoso", "keys").await;
    assert_eq!((ending(&keys, "clients"), ending(&keys, "signing"), ending(&keys, "hmac")), (1, 1, 1));
    assert!(sign_in(&operator, &client_secret(&product).await).await.is_some());
}

#[tokio::test]
async fn the_same_step_twice_at_a_time_is_one() {
    let (product, operator) = started().await;
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    for step in STEPS {
        let both = join!(rotation.step(step), rotation.step(step));
        assert_eq!(both, (Ok(()), Ok(())), "{step}");
    }
    let keys = product.secret("contoso", "keys").await;
    assert_eq!((keys["clients"].as_array().map(Vec::len), ending(&keys, "clients")), (Some(2), 1));
    assert_eq!((keys["signing"].as_array().map(Vec::len), ending(&keys, "signing")), (Some(2), 1));
    assert!(sign_in(&operator, &client_secret(&product).await).await.is_some());
}

#[tokio::test]
async fn an_abandoned_rotation_is_ended_by_the_next() {
    let (product, operator) = started().await;
    let before = client_secret(&product).await;
    let abandoned = Rotation::begin(&product, &operator, "contoso").await;
    abandoned.steps(&STEPS[..2]).await;
    let never_given = prepared(&product, &abandoned).await["clients"][0]["client_secret"].clone();
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.run().await;
    let keys = product.secret("contoso", "keys").await;
    assert_eq!((keys["clients"].as_array().map(Vec::len), ending(&keys, "clients")), (Some(3), 2));
    assert_eq!((keys["signing"].as_array().map(Vec::len), ending(&keys, "signing")), (Some(3), 2));
    let after = client_secret(&product).await;
    for secret in [before.as_str(), never_given.as_str().expect("a secret"), &after] {
        assert!(sign_in(&operator, secret).await.is_some());
    }
    // Whoever still takes a step of the abandoned one hands out nothing that has an end.
    assert!(abandoned.step("finishSecret").await.is_err());
    assert_eq!(client_secret(&product).await, after);
    assert_eq!(product.secret("contoso", "keys").await, keys);
}

/// The tenant's stack is updated during a rotation, and a client comes.
#[tokio::test]
async fn a_client_that_comes_during_a_rotation_is_not_lost() {
    for steps in 1..=3 {
        let (product, operator) = started().await;
        let rotation = Rotation::begin(&product, &operator, "contoso").await;
        rotation.steps(&STEPS[..steps]).await;
        let mut credentials = product.secret("contoso", "credentials").await;
        let new = json!({"client_id": "contoso.web", "client_secret": "contoso.new", "refresh_token": "r"});
        credentials["clients"].as_array_mut().expect("clients").push(new);
        product.put_secret("contoso", "credentials", &credentials).await;

        let next = if steps == 1 { "setSecret" } else { "finishSecret" };
        let why = rotation.step(next).await.expect_err("the ground has changed");
        assert!(why.contains("changed while") && why.contains("again"), "{why}");
        assert_eq!(product.secret("contoso", "credentials").await, credentials);
        let labels = product.secret_info("contoso", "credentials").await["VersionIdsToStages"][&rotation.token].clone();
        assert_eq!(labels, json!([]), "the next rotation does not go on with it");
        assert!(rotation.step("createSecret").await.is_err(), "nor does this one");

        Rotation::begin(&product, &operator, "contoso").await.run().await;
        let after = product.secret("contoso", "credentials").await;
        assert_eq!(after["clients"].as_array().map(Vec::len), Some(2));
        assert_eq!(after["clients"][1]["refresh_token"], json!("r"));
        for place in 0..2 {
            assert_ne!(after["clients"][place]["client_secret"], credentials["clients"][place]["client_secret"]);
        }
    }
}

/// Secrets Manager takes the third step by itself when rotation is set up, with nothing prepared.
#[tokio::test]
async fn a_configuration_can_be_tried() {
    let (product, operator) = started().await;
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    rotation.steps(&["testSecret"]).await;
    let mut keys = product.secret("contoso", "keys").await;
    keys["clients"] = json!([]);
    product.put_secret("contoso", "keys", &keys).await;
    let why = rotation.step("testSecret").await.expect_err("nothing confirms the client");
    assert!(why.contains("contoso.crm"), "{why}");
}

#[tokio::test]
async fn what_cannot_be_rotated_is_refused_in_words() {
    let (product, operator) = started().await;
    let token = uuid::Uuid::new_v4().to_string();
    let arn = |info: &Value| info["ARN"].as_str().expect("an ARN").to_owned();
    let credentials = arn(&product.secret_info("contoso", "credentials").await);
    let keys = arn(&product.secret_info("contoso", "keys").await);
    let step = async |secret: &str, step: &str| {
        let event = json!({"Step": step, "SecretId": secret, "ClientRequestToken": token});
        operator.invoke("rotate-credentials", event).await.expect_err("refused")
    };
    assert!(step(&credentials, "createSecret").await.contains("not switched on"));
    assert!(step(&keys, "createSecret").await.contains("not a tenant's credentials"));
    assert!(step(&credentials.replace("contoso", "nobody"), "createSecret").await.contains("does not exist"));
    assert!(step(&credentials, "deleteSecret").await.contains("expected form"));
    let rotation = Rotation::begin(&product, &operator, "contoso").await;
    for step in ["setSecret", "finishSecret"] {
        assert!(rotation.step(step).await.expect_err("refused").contains("Nothing was prepared"), "{step}");
    }
}
