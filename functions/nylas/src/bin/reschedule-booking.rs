//! The Lambda function `reschedule-booking`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), convene::edge::Error> {
    convene::edge::run(convene_nylas::bookings::reschedule::endpoint()).await
}
