//! The Lambda function `oauth-fallback`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_oauth::fallback()).await
}
