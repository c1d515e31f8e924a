//! The Lambda function `list-slots`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::availability::endpoint()).await
}
