//! The Lambda function `rotate-credentials`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run_task(convene_operations::rotate::task()).await
}
