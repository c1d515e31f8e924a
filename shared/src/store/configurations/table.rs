//! Configurations in the bookings table, and the results of writes.

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    clock::Clock,
    domain::{ConfigurationId, TenantId},
    store::sessions::Sessions,
};

/// Configurations in the bookings table.
pub struct Configurations {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) sessions: Sessions,
}

/// A configuration as a family writes it. Times are stored in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConfiguration {
    pub id: ConfigurationId,
    pub tenant: TenantId,
    /// Whose list it is in: any text of the family's choice.
    pub owner: String,
    /// Unique within the tenant. It is part of a key, which has at most 2,048 bytes.
    pub slug: Option<String>,
    /// Random, and new with each write: the store recognizes a write by it.
    pub version: Uuid,
    /// JSON, at most [`Configurations::MAX_CONTENT_BYTES`].
    pub content: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Done,
    /// Another configuration of the tenant has the slug.
    SlugTaken,
    /// A configuration with the id exists, perhaps of another tenant.
    IdTaken,
    /// The configuration has another version than the caller knows.
    Changed,
    /// The configuration does not exist any more.
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    Done,
    Gone,
    /// Nothing is removed. `until`: when the last session expires.
    SessionsActive {
        until: DateTime<Utc>,
    },
}

impl Configurations {
    /// The limit of [`StoredConfiguration::content`]. A larger content is a definitive error.
    pub const MAX_CONTENT_BYTES: usize = 200 * 1024;

    pub fn new(client: Client, table: String, clock: Clock) -> Self {
        let sessions = Sessions::new(client.clone(), table.clone(), clock);
        Self { client, table, sessions }
    }
}
