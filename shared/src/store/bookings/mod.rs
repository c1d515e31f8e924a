//! What is stored about bookings, in one table. A partition key begins with the tenant, so that erasing a tenant reads only the
//! tenant's partitions.
//!
//! | `pk` | `sk` | item |
//! | --- | --- | --- |
//! | `<tenant>#booking#<shard>` | `<booking>` | a booking's record |
//! | `<tenant>#ledger#<shard>` | `<member>#<day>` | the ledger of a member on a UTC day |
//! | `<tenant>#turn#<shard>` | `<configuration>#<host>` | the latest bookings of a host, for a round-robin |
//! | `<tenant>#replay#<shard>` | the hash of a replay key | which booking a request has made |
//! | `@configuration#<id>` | `-` | a configuration; a claim checks its attribute `version` |
//! | `@session#<hash>` | `-` | a session; a claim checks its attribute `expires_at`, in seconds |
//!
//! The shard is a hex digit of the hash of what comes first in `sk`, so the items of a member, and the turns of a configuration,
//! share a partition and can be queried.

mod hold;
pub(super) mod keys;
mod ledger;
mod record;
mod replays;
mod table;
#[cfg(test)]
mod tests;
mod turns;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};

use super::{item::sdk_error, records::put};
use crate::{
    domain::{BookingId, ConfigurationId, EmailAddress, TenantId, TimeSpan},
    scheduling::records::{
        BookingRecords, Consistency, RecordsError, Write,
        booking::{BookingClaim, BookingKey, BookingRecord, Held, Hold, LedgerEdit, Replay, ReplayKey, Turn},
        ledger::LedgerDay,
    },
};

pub(super) use keys::{configuration_key, key, partitions, session_key};
pub use table::Bookings;

/// How many requests for ledgers run at once.
const MAX_PARALLEL: usize = 16;

#[async_trait]
impl BookingRecords for Bookings {
    async fn read(&self, key: &BookingKey) -> Result<Option<Box<BookingRecord>>, RecordsError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(keys::booking(key)));
        let output = request.consistent_read(true).send().await.map_err(sdk_error)?;
        Ok(output.item().map(record::from_item).transpose()?.map(Box::new))
    }

    async fn claim(&self, key: &BookingKey, claim: &BookingClaim) -> Result<Write<BookingRecord>, RecordsError> {
        self.claim_record(key, claim).await
    }

    async fn replace(
        &self,
        key: &BookingKey,
        expected: &BookingRecord,
        next: &BookingRecord,
    ) -> Result<Write<BookingRecord>, RecordsError> {
        let request = self.client.put_item().table_name(&self.table).set_item(Some(record::to_item(key, next)));
        let request = request
            .condition_expression(record::IS_EXPECTED_VERSION)
            .set_expression_attribute_values(Some(record::version_values(expected)));
        put(request, record::from_item).await
    }

    async fn hold(&self, key: &BookingKey, hold: &Hold) -> Result<Held, RecordsError> {
        self.hold_times(key, hold).await
    }

    async fn ledgers(
        &self,
        tenant: &TenantId,
        members: &[EmailAddress],
        window: TimeSpan,
        consistency: Consistency,
    ) -> Result<Vec<Vec<LedgerDay>>, RecordsError> {
        let mut queries = Vec::with_capacity(members.len());
        for member in members {
            queries.push(self.ledger(tenant, member, window, consistency));
        }
        let results: Vec<_> = stream::iter(queries).buffered(MAX_PARALLEL).collect().await;
        results.into_iter().collect()
    }

    async fn edit_ledgers(&self, tenant: &TenantId, edits: &[LedgerEdit]) -> Result<(), RecordsError> {
        let mut changes = Vec::new();
        for edit in edits {
            changes.extend(ledger::days_of(edit).map(|day| self.edit_day(tenant, edit, day)));
        }
        let results: Vec<_> = stream::iter(changes).buffer_unordered(MAX_PARALLEL).collect().await;
        results.into_iter().collect()
    }

    async fn turns(&self, tenant: &TenantId, configuration: ConfigurationId) -> Result<Vec<Turn>, RecordsError> {
        self.query_turns(tenant, configuration).await
    }

    async fn remove_turn(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
        host: &EmailAddress,
        booking: BookingId,
    ) -> Result<(), RecordsError> {
        self.forget_in_turn(tenant, configuration, host, booking).await
    }

    async fn replay(&self, tenant: &TenantId, key: &ReplayKey) -> Result<Option<Replay>, RecordsError> {
        self.read_replay(tenant, key).await
    }
}
