//! Which booking a request with a replay key has made.

use super::{
    keys,
    table::{Bookings, VERSION},
};
use crate::{
    domain::{BookingId, Fingerprint, TenantId},
    scheduling::records::{
        RecordsError,
        booking::{Replay, ReplayKey},
    },
    store::{
        error::StoreError,
        item::{Item, Reader, sdk_error},
    },
};

impl Bookings {
    pub(super) async fn read_replay(&self, tenant: &TenantId, key: &ReplayKey) -> Result<Option<Replay>, RecordsError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(keys::replay(tenant, key)));
        let output = request.consistent_read(true).send().await.map_err(sdk_error)?;
        Ok(output.item().map(from_item).transpose()?)
    }
}

pub fn from_item(item: &Item) -> Result<Replay, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    let payload = Fingerprint::from_stored(item.text("payload")?);
    Ok(Replay { payload, booking: BookingId(item.uuid("booking")?), since: item.instant("since")? })
}
