//! The Lambda function `get-ui-settings`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::ui_settings::endpoint()).await
}
