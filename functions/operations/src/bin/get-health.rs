//! The Lambda function `get-health`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_operations::health::endpoint()).await
}
