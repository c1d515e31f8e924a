//! The Lambda function `update-meeting`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::meeting::update::endpoint()).await
}
