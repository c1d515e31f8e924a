//! The Lambda function `list-configurations`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::configurations::list::endpoint()).await
}
