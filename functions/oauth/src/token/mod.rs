//! `POST /oauth2/token`.

mod credentials;
mod form;
mod holder;
pub mod issue;
pub mod openapi;
mod refresh;
pub mod refusal;
mod scopes;
pub mod wire;
