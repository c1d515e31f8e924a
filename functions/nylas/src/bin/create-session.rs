//! The Lambda function `create-session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::sessions::create::endpoint()).await
}
