//! The Lambda function `create-appointments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::postback::create::endpoint()).await
}
