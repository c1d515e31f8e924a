//! The Lambda function `delete-meeting`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_salesforce::meeting::delete::endpoint()).await
}
