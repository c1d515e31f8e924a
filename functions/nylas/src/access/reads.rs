//! The reads at the beginning of a request.

use std::sync::Arc;

use convene::{
    auth::{Prefetch, host},
    domain::{BookingId, ConfigurationId, Tenant, TenantId},
    edge::Request,
    problem::Problem,
    scheduling::{
        bookings::{self, NamedBooking},
        records::Consistency,
    },
    store::StoredConfiguration,
};
use futures_util::future::join3;
use uuid::Uuid;

use super::{Needs, Opened};
use crate::{configuration::Configuration, error::Failure};

/// A booking that was read for a tenant.
pub struct Ahead {
    tenant: TenantId,
    booking: Result<Option<NamedBooking>, Failure>,
}

/// An id in a path or a query. One that is not a UUID counts as unknown.
pub fn configuration_id(text: &str) -> Option<ConfigurationId> {
    Uuid::parse_str(text.trim()).ok().map(ConfigurationId)
}

/// A configuration as it is stored.
pub async fn read(request: &Request, id: ConfigurationId) -> Result<Option<StoredConfiguration>, Failure> {
    let configurations = request.services.configurations();
    let found = request.context.deadline.work(configurations.get(id, Consistency::Strong)).await;
    let found = found.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
    request.services.known_configurations.note(id, found.as_ref());
    Ok(found)
}

/// A configuration for a request, which may need it only as it was within the last minute.
pub async fn read_for(
    request: &Request,
    id: ConfigurationId,
    needs: Needs,
) -> Result<Option<StoredConfiguration>, Failure> {
    match request.services.known_configurations.recent(id).filter(|_| needs.may_be_recent) {
        Some(recent) => Ok(Some(recent)),
        None => read(request, id).await,
    }
}

pub async fn id_of_slug(request: &Request, tenant: &TenantId, slug: &str) -> Result<ConfigurationId, Failure> {
    let configurations = request.services.configurations();
    let slug = slug.to_ascii_lowercase();
    let found = request.context.deadline.work(configurations.id_of_slug(tenant, &slug)).await;
    found.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?.ok_or_else(Failure::not_found)
}

/// The record of a booking that a request needs.
pub async fn booking(
    request: &Request,
    tenant: &TenantId,
    id: Option<BookingId>,
) -> Result<Option<NamedBooking>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let records = request.services.booking_records();
    Ok(Some(bookings::named(&request.context, records.as_ref(), tenant, id).await?))
}

/// The record of a booking, for the tenant that the configuration had when this process read it last. `None`: it did not yet.
pub async fn booking_ahead(request: &Request, configuration: ConfigurationId, id: Option<BookingId>) -> Option<Ahead> {
    let tenant = request.services.known_configurations.tenant(configuration).filter(|_| id.is_some())?;
    let booking = booking(request, &tenant, id).await;
    Some(Ahead { tenant, booking })
}

/// The tenant of a public configuration, and the booking, unless it was read for this tenant already.
pub async fn tenant_and_booking(
    request: &Request,
    tenant: &TenantId,
    needs: Needs,
    ahead: Option<Ahead>,
    opened: &Opened,
) -> Result<(Arc<Tenant>, Option<NamedBooking>), Failure> {
    let booking = async {
        match ahead.filter(|ahead| ahead.tenant == *tenant) {
            Some(ahead) => ahead.booking,
            None => booking(request, tenant, needs.booking).await,
        }
    };
    let keys = async {
        if opened.configuration.event.needs_confirmation {
            keys(request, tenant, needs).await;
        }
    };
    let (tenant, booking, ()) = join3(public_tenant(request, tenant), booking, keys).await;
    Ok((tenant?, booking?))
}

/// Caches the tenant's keys, if the request may need them. A failure shows when they are used.
pub async fn keys(request: &Request, tenant: &TenantId, needs: Needs) {
    if needs.keys {
        let _ = request.context.deadline.work(request.services.secrets.keys(tenant)).await;
    }
}

/// A configuration that is the tenant's.
pub fn opened(tenant: &TenantId, stored: Option<StoredConfiguration>) -> Result<Opened, Failure> {
    let stored = stored.filter(|stored| stored.tenant == *tenant).ok_or_else(Failure::not_found)?;
    let parsed = Configuration::parse(stored.id, stored.version, &stored.content);
    let invalid =
        |problem: Problem| Problem::internal(format!("a stored configuration: {}", problem.message_with_details()));
    Ok(Opened { configuration: parsed.map_err(invalid)?, stored })
}

pub async fn public_tenant(request: &Request, tenant: &TenantId) -> Result<Arc<Tenant>, Failure> {
    let host = host(&request.headers);
    Ok(request.services.public_tenant(&request.context, tenant, host, Prefetch::Calendar).await?)
}
