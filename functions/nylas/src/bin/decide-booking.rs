//! The Lambda function `decide-booking`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::bookings::decide::endpoint()).await
}
