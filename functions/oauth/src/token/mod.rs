//! `POST /oauth2/token`.

mod credentials;
mod form;
pub mod issue;
mod refresh;
mod refusal;
mod scopes;
pub mod wire;
