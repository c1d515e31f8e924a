//! From a credential and a query to what the request may do.

use convene::{
    auth::{ApiKeyAuthenticator, Prefetch, bearer_token},
    domain::{BookingId, ConfigurationId, TenantId, sha256_hex},
    edge::{Field, FieldErrors, Request},
    problem::Problem,
};
use futures_util::future::{join, join3, join4};

use super::{
    Access, Caller, FAMILY, Need, Needs,
    reads::{
        booking, booking_ahead, configuration_id, id_of_slug, keys, opened, public_tenant, read, read_for,
        tenant_and_booking,
    },
    session::session_configuration,
};
use crate::{error::Failure, limits::Limits};

/// How the query names a configuration.
#[derive(Default)]
struct Named {
    id: Option<String>,
    slug: Option<String>,
    client_id: Option<String>,
}

enum Credential<'a> {
    None,
    ApiKey(&'a str),
    Session(&'a str),
}

impl Access {
    /// Opens the configuration that the credential or the query names. `limits`: what callers without an API key count against, in the
    /// same round trip.
    pub async fn open(
        request: &Request,
        needs: Needs,
        limits: impl Fn(ConfigurationId) -> Limits,
    ) -> Result<Self, Failure> {
        let named = Named::of(request)?;
        match credential(request)? {
            Credential::ApiKey(key) => Box::pin(Self::of_system(request, key, named, needs)).await,
            Credential::Session(token) => Box::pin(Self::of_session(request, token, named, needs, limits)).await,
            Credential::None => Box::pin(Self::of_anyone(request, named, needs, limits)).await,
        }
    }

    /// This access with the configuration of the booking, if the request names none.
    pub async fn for_booking(self, request: &Request, id: BookingId) -> Result<Self, Failure> {
        if self.configuration.is_some() {
            return Ok(self);
        }
        let found = self.bookings(request).find(&request.context, self.booking(id), &self.permit()?).await?;
        let stored = read(request, found.configuration).await?;
        let configuration = Some(opened(&self.tenant.id, stored)?);
        Ok(Self { id: Some(found.configuration), configuration, ..self })
    }

    async fn of_system(request: &Request, key: &str, named: Named, needs: Needs) -> Result<Self, Failure> {
        let scheme = request.services.api_key(FAMILY, Prefetch::Calendar);
        let principal = scheme.verify(key, &request.context, &request.headers);
        let id_in_query = named.id.as_deref().map(configuration_id);
        let stored = async |id: Option<ConfigurationId>| match id {
            Some(id) if needs.configuration != Need::Permit => read_for(request, id, needs).await,
            _ => Ok(None),
        };
        let entered = async {
            let principal = principal.await?;
            let tenant = &principal.tenant.id;
            let of_slug = async {
                let Some(slug) = named.slug.as_ref().filter(|_| id_in_query.is_none()) else { return Ok((None, None)) };
                let id = id_of_slug(request, tenant, slug).await?;
                Ok::<_, Failure>((Some(id), stored(Some(id)).await?))
            };
            let (booking, of_slug) = join(booking(request, tenant, needs.booking), of_slug).await;
            Ok::<_, Failure>((principal, booking, of_slug))
        };
        let (entered, of_id) = Box::pin(join(entered, stored(id_in_query.flatten()))).await;
        let (principal, booking, of_slug) = entered?;
        let (id, stored) = match id_in_query {
            Some(id) => (Some(id.ok_or_else(Failure::not_found)?), of_id?),
            None => of_slug?,
        };
        let configuration = match id {
            Some(_) if needs.configuration != Need::Permit => Some(opened(&principal.tenant.id, stored)?),
            _ => None,
        };
        let access = Self { tenant: principal.tenant, caller: Caller::System, id, configuration, booking: booking? };
        if needs.configuration == Need::Always {
            access.opened()?;
        }
        Ok(access)
    }

    async fn of_session(
        request: &Request,
        token: &str,
        named: Named,
        needs: Needs,
        limits: impl Fn(ConfigurationId) -> Limits,
    ) -> Result<Self, Failure> {
        let refused = || Failure::unauthorized("The session is not valid, or has ended.");
        let id = session_configuration(token).ok_or_else(refused)?;
        if named.id.is_some_and(|named| configuration_id(&named) != Some(id)) {
            return Err(Failure::unauthorized("The session is for another configuration."));
        }
        let hash = sha256_hex(token.as_bytes());
        let sessions = request.services.sessions();
        let session = async {
            let found = request.context.deadline.work(sessions.get(&hash)).await.ok_or_else(Problem::timed_out)?;
            Ok::<_, Failure>(found.map_err(Problem::from)?)
        };
        let ahead = booking_ahead(request, id, needs.booking);
        let limits = limits(id);
        let reads = join4(session, read_for(request, id, needs), limits.count(request), ahead);
        let (session, stored, counted, ahead) = Box::pin(reads).await;
        let session = session?.filter(|session| session.configuration == id).ok_or_else(refused)?;
        let stored = stored?;
        counted?;
        let opened = opened(&session.tenant, stored)?;
        let (tenant, booking) = tenant_and_booking(request, &session.tenant, needs, ahead, &opened).await?;
        if named.slug.is_some_and(|slug| opened.stored.slug.as_deref() != Some(slug.to_ascii_lowercase().as_str())) {
            return Err(Failure::unauthorized("The session is for another configuration."));
        }
        Ok(Self { tenant, caller: Caller::Session { hash }, id: Some(id), configuration: Some(opened), booking })
    }

    async fn of_anyone(
        request: &Request,
        named: Named,
        needs: Needs,
        limits: impl Fn(ConfigurationId) -> Limits,
    ) -> Result<Self, Failure> {
        let id = match named {
            Named { id: Some(id), .. } => configuration_id(&id).ok_or_else(Failure::not_found)?,
            Named { slug: Some(slug), client_id: Some(client), .. } => {
                let tenants = &request.services.tenants;
                let owner = request.context.deadline.work(tenants.application_owner(FAMILY, &client)).await;
                let owner = owner.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
                let owner = owner.ok_or_else(Failure::not_found)?;
                // The tenant and its keys are cached for later, when they decide.
                let slug = counted_slug(request, &owner, &slug);
                let (id, _, ()) = join3(slug, public_tenant(request, &owner), keys(request, &owner, needs)).await;
                let id = id?;
                request.services.known_configurations.note_tenant(id, &owner);
                id
            }
            _ => {
                return Err(Failure::invalid(
                    "The request must have a session, or configuration_id, or slug and client_id.",
                ));
            }
        };
        let ahead = booking_ahead(request, id, needs.booking);
        let limits = limits(id);
        let (stored, counted, ahead) =
            Box::pin(join3(read_for(request, id, needs), limits.count(request), ahead)).await;
        let stored = stored?.ok_or_else(Failure::not_found)?;
        counted?;
        let owner = stored.tenant.clone();
        let opened = opened(&owner, Some(stored))?;
        let (tenant, booking) = tenant_and_booking(request, &owner, needs, ahead, &opened).await?;
        if opened.configuration.requires_session {
            return Err(Failure::unauthorized("The configuration requires a session."));
        }
        Ok(Self { tenant, caller: Caller::Anyone, id: Some(id), configuration: Some(opened), booking })
    }
}

/// The configuration of a slug. A slug that no configuration has counts as a question, so that slugs cannot be tried out.
async fn counted_slug(request: &Request, tenant: &TenantId, slug: &str) -> Result<ConfigurationId, Failure> {
    let found = id_of_slug(request, tenant, slug).await;
    if found.as_ref().is_err_and(Failure::is_not_found) {
        Limits::of_unknown(tenant, request).count(request).await?;
    }
    found
}

fn credential(request: &Request) -> Result<Credential<'_>, Failure> {
    if request.header("authorization").is_none() {
        return Ok(Credential::None);
    }
    let token = bearer_token(&request.headers)?;
    Ok(if ApiKeyAuthenticator::is_api_key(token) { Credential::ApiKey(token) } else { Credential::Session(token) })
}

impl Named {
    fn of(request: &Request) -> Result<Self, Problem> {
        let mut errors = FieldErrors::default();
        let mut parameter =
            |name| errors.optional(name, Field::of_query(request.query.get(name))).filter(|text| !text.is_empty());
        let named =
            Self { id: parameter("configuration_id"), slug: parameter("slug"), client_id: parameter("client_id") };
        errors.finish(|| Some(named))
    }
}
