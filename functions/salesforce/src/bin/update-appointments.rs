//! The Lambda function `update-appointments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::postback::update::endpoint()).await
}
