//! A rotation, step by step as Secrets Manager takes it. The embedded one calls no function.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Operator, Product};

/// The steps, in their order.
pub const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// A rotation of a tenant's credentials.
pub struct Rotation {
    operator: Operator,
    secret: String,
    /// Which rotation this is.
    pub token: String,
}

impl Rotation {
    /// A rotation before its first step.
    pub async fn begin(product: &Product, operator: &Operator, tenant: &str) -> Self {
        let secret = product.secret_info(tenant, "credentials").await;
        if secret["RotationEnabled"] != json!(true) {
            // Switches rotation on, and makes a version that is like the one before.
            product.aws("secretsmanager", "secretsmanager.RotateSecret", &json!({"SecretId": secret["ARN"]})).await;
        }
        let secret = secret["ARN"].as_str().expect("an ARN").to_owned();
        Self { operator: operator.clone(), secret, token: Uuid::new_v4().to_string() }
    }

    /// Takes one step, in a process of its own.
    pub async fn step(&self, step: &str) -> Result<(), String> {
        let event = json!({"Step": step, "SecretId": self.secret, "ClientRequestToken": self.token});
        self.operator.invoke("rotate-credentials", event).await.map(drop)
    }

    /// Takes these steps, none of which may fail.
    pub async fn steps(&self, steps: &[&str]) {
        for step in steps {
            self.step(step).await.unwrap_or_else(|why| panic!("{step}: {why}"));
        }
    }

    /// Takes all steps.
    pub async fn run(&self) {
        self.steps(&STEPS).await;
    }
}

/// What a tenant has in Secrets Manager, past the functions.
impl Product {
    /// A secret's content.
    pub async fn secret(&self, tenant: &str, kind: &str) -> Value {
        let request = json!({"SecretId": format!("convene/{tenant}/{kind}")});
        let answer = self.aws("secretsmanager", "secretsmanager.GetSecretValue", &request).await;
        serde_json::from_str(answer["SecretString"].as_str().expect("text")).expect("JSON")
    }

    /// Gives a secret another content.
    pub async fn put_secret(&self, tenant: &str, kind: &str, content: &Value) {
        let request = json!({"SecretId": format!("convene/{tenant}/{kind}"), "SecretString": content.to_string()});
        self.aws("secretsmanager", "secretsmanager.PutSecretValue", &request).await;
    }

    /// What is told of a secret beside its content.
    pub async fn secret_info(&self, tenant: &str, kind: &str) -> Value {
        let request = json!({"SecretId": format!("convene/{tenant}/{kind}")});
        self.aws("secretsmanager", "secretsmanager.DescribeSecret", &request).await
    }
}
