//! The Lambda function `issue-token`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_oauth::token::issue::endpoint()).await
}
