//! The Lambda function `get-configuration`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::configurations::get::endpoint()).await
}
