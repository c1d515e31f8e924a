//! The Lambda function `provision-tenant`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run_task(convene_operations::provision::task()).await
}
