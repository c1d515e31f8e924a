//! The Lambda function `delete-session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::sessions::delete::endpoint()).await
}
