//! Sessions. A session lets the holder of its token use one configuration until it expires.
//!
//! | `pk` | `sk` | item |
//! | --- | --- | --- |
//! | `@session#<hash>` | `-` | a session: `tenant`, `configuration`, `expires_at` |
//! | `<tenant>#sessions` | `<configuration>#<expires at>#<hash>` | its entry in the index |
//!
//! The hash is the hex SHA-256 of the token, which is not stored. Times are whole seconds since 1970.

use aws_sdk_dynamodb::{
    Client,
    types::{Delete, Put},
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    bookings::{key, session_key},
    error::StoreError,
    item::{Item, Reader, malformed, number, sdk_error, text},
    transaction::{self, transact},
};
use crate::{
    clock::Clock,
    domain::{ConfigurationId, TenantId},
};

/// The format of the items.
const VERSION: i64 = 1;
/// How much later than a session DynamoDB may remove its entry: the erasure of a tenant finds a session by its entry.
const ENTRY_TTL_MARGIN: TimeDelta = TimeDelta::days(7);

/// Sessions in the bookings table.
pub struct Sessions {
    client: Client,
    table: String,
    clock: Clock,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hex SHA-256 of its token.
    pub token_hash: String,
    pub tenant: TenantId,
    pub configuration: ConfigurationId,
    /// A whole second. The session is expired from then on.
    pub expires_at: DateTime<Utc>,
}

impl Sessions {
    pub fn new(client: Client, table: String, clock: Clock) -> Self {
        Self { client, table, clock }
    }

    /// Stores a session until `expires_at`, without its fraction of a second. The caller has found that the tenant has the configuration.
    /// It is not part of the transaction, which would then contend with each claim of a booking of the configuration, and be charged
    /// by the configuration's size. A session whose configuration is deleted meanwhile opens nothing.
    pub async fn create(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
        token_hash: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut item = session_key(token_hash);
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("tenant".to_owned(), text(tenant.as_str())),
            ("configuration".to_owned(), text(configuration.to_string())),
            ("expires_at".to_owned(), number(expires_at.timestamp())),
            ("ttl".to_owned(), number(expires_at.timestamp())),
        ]);
        let mut entry = entry_key(tenant, configuration, expires_at, token_hash);
        entry.extend([
            ("v".to_owned(), number(VERSION)),
            ("expires_at".to_owned(), number(expires_at.timestamp())),
            ("ttl".to_owned(), number((expires_at + ENTRY_TTL_MARGIN).timestamp())),
        ]);
        let put = |item| transaction::put(Put::builder().table_name(&self.table).set_item(Some(item)).build());
        transact(&self.client, Uuid::new_v4(), vec![put(item)?, put(entry)?]).await.map(drop)
    }

    /// A session that has not expired, read strongly consistently.
    pub async fn get(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(session_key(token_hash)));
        let output = request.consistent_read(true).send().await.map_err(sdk_error)?;
        let Some(item) = output.item() else { return Ok(None) };
        let item = Reader(item);
        item.check_version(VERSION)?;
        let expires_at = DateTime::from_timestamp(item.number("expires_at")?, 0);
        let session = Session {
            token_hash: token_hash.to_owned(),
            tenant: TenantId::new(item.text("tenant")?).map_err(|_| malformed("tenant"))?,
            configuration: ConfigurationId(item.uuid("configuration")?),
            expires_at: expires_at.ok_or_else(|| malformed("expires_at"))?,
        };
        // DynamoDB removes an expired item days later.
        Ok(Some(session).filter(|session| session.expires_at > self.clock.now()))
    }

    /// Removes a session. One that does not exist any more is a success.
    pub async fn remove(&self, session: &Session) -> Result<(), StoreError> {
        let Session { token_hash, tenant, configuration, expires_at } = session;
        let entry = entry_key(tenant, *configuration, *expires_at, token_hash);
        let delete = |key| transaction::delete(Delete::builder().table_name(&self.table).set_key(Some(key)).build());
        let items = vec![delete(session_key(token_hash))?, delete(entry)?];
        transact(&self.client, Uuid::new_v4(), items).await.map(drop)
    }

    /// When the last session of a configuration expires. `None`: all have expired.
    pub(super) async fn active_until(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next_second = self.clock.now().timestamp() + 1;
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(index_partition(tenant)))
            .expression_attribute_values(":first", text(format!("{configuration}#{next_second:010}")))
            // It sorts after all digits.
            .expression_attribute_values(":last", text(format!("{configuration}#~")))
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await
            .map_err(sdk_error)?;
        let Some(entry) = page.items().first() else { return Ok(None) };
        let expires_at = DateTime::from_timestamp(Reader(entry).number("expires_at")?, 0);
        expires_at.ok_or_else(|| malformed("expires_at")).map(Some)
    }
}

pub(super) fn index_partition(tenant: &TenantId) -> String {
    format!("{tenant}#sessions")
}

fn entry_key(tenant: &TenantId, configuration: ConfigurationId, expires_at: DateTime<Utc>, hash: &str) -> Item {
    let expires_at = expires_at.timestamp().max(0);
    key(index_partition(tenant), format!("{configuration}#{expires_at:010}#{hash}"))
}

/// The key of the session that an entry of the index stands for.
pub(super) fn indexed_item(entry: &Item) -> Result<Item, StoreError> {
    let hash = Reader(entry).text("sk")?.rsplit('#').next().map(session_key);
    hash.ok_or_else(|| malformed("sk"))
}
