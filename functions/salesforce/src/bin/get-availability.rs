//! The Lambda function `get-availability`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::availability::endpoint()).await
}
