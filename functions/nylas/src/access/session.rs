//! The tokens of sessions.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::{domain::ConfigurationId, problem::Problem};
use uuid::Uuid;

/// The random part of a session's token, in bytes. The id of its configuration precedes it, so that both are read at the same time.
const SESSION_SECRET: usize = 24;

/// A new session's token.
pub fn session_token(configuration: ConfigurationId) -> Result<String, Problem> {
    let mut secret = [0; SESSION_SECRET];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| Problem::internal("randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode([configuration.0.as_bytes().as_slice(), &secret].concat()))
}

/// The configuration that a session's token names.
pub fn session_configuration(token: &str) -> Option<ConfigurationId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == 16 + SESSION_SECRET)?;
    Uuid::from_slice(&bytes[..16]).ok().map(ConfigurationId)
}
