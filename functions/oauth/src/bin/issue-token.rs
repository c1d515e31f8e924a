//! `POST /oauth2/token`: issues access tokens.

use convene::edge::{self, Error};
use convene_oauth::token::issue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::run(issue::function()).await
}
