//! Turns of a round-robin: an item for each host of a configuration, with the host's latest bookings. Each is one attribute,
//! `b#<booking>`, with the time of its creation in milliseconds.

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::Update};
use uuid::Uuid;

use super::{
    keys,
    table::{Bookings, VERSION, set_and_remove},
};
use crate::{
    domain::{BookingId, ConfigurationId, EmailAddress, TenantId},
    scheduling::records::{
        RecordsError,
        booking::{BookingRecord, Turn, TurnHold},
    },
    store::{
        error::StoreError,
        item::{Item, Reader, condition_met, instant, malformed, number, sdk_error, text},
    },
};

const BOOKING_PREFIX: &str = "b#";

impl Bookings {
    pub(super) async fn query_turns(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
    ) -> Result<Vec<Turn>, RecordsError> {
        let (mut turns, mut from) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(keys::turn_partition(tenant, configuration)))
                .expression_attribute_values(":prefix", text(keys::turn_sort_prefix(configuration)))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(sdk_error)?;
            for item in page.items() {
                turns.push(from_item(item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(turns);
            }
        }
    }

    /// Notes a booking in its host's turn. DynamoDB may remove the item, which has the host's address, when it may remove the record of the
    /// booking that was made last.
    pub(super) fn turn_update(
        &self,
        tenant: &TenantId,
        turn: &TurnHold,
        booking: BookingId,
        record: &BookingRecord,
    ) -> Result<Update, StoreError> {
        let (mut names, remove) = set_and_remove(attribute(booking), turn.outdated.iter().map(|id| attribute(*id)));
        names.insert("#ttl".to_owned(), "ttl".to_owned());
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::turn(tenant, record.configuration, &turn.host)))
            .update_expression(format!("SET #set = :created, v = :v, #ttl = :ttl{remove}"))
            .condition_expression("attribute_not_exists(v) OR v <= :v")
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":created", instant(record.created_at))
            .expression_attribute_values(":ttl", number(record.kept_until.timestamp()))
            .expression_attribute_values(":v", number(VERSION));
        update.build().map_err(|_| malformed("turn"))
    }

    pub(super) async fn forget_in_turn(
        &self,
        tenant: &TenantId,
        configuration: ConfigurationId,
        host: &EmailAddress,
        booking: BookingId,
    ) -> Result<(), RecordsError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::turn(tenant, configuration, host)))
            .update_expression("REMOVE #booking")
            .condition_expression("attribute_exists(#booking) AND v <= :v")
            .expression_attribute_names("#booking", attribute(booking))
            .expression_attribute_values(":v", number(VERSION));
        condition_met(request.send().await, UpdateItemError::is_conditional_check_failed_exception)?;
        Ok(())
    }
}

fn attribute(booking: BookingId) -> String {
    format!("{BOOKING_PREFIX}{}", booking.0.simple())
}

fn from_item(item: &Item) -> Result<Turn, StoreError> {
    let reader = Reader(item);
    reader.check_version(VERSION)?;
    let host = reader.text("sk")?.split_once('#').map(|(_, host)| host).ok_or_else(|| malformed("sk"))?;
    let mut bookings = Vec::new();
    for name in item.keys().filter(|name| name.starts_with(BOOKING_PREFIX)) {
        let id = name.strip_prefix(BOOKING_PREFIX).and_then(|id| Uuid::parse_str(id).ok());
        bookings.push((BookingId(id.ok_or_else(|| malformed(name))?), reader.instant(name)?));
    }
    bookings.sort_unstable();
    Ok(Turn { host: host.parse().map_err(|_| malformed("sk"))?, bookings })
}
