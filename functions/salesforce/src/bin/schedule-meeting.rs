//! The Lambda function `schedule-meeting`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::meeting::schedule::endpoint()).await
}
