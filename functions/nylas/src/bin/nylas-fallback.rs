//! The Lambda function `nylas-fallback`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::fallback()).await
}
