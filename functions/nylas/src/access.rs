//! Who calls, and which configuration the request is about.
//!
//! Three kinds of callers book: the tenant's own system with an API key; a page with a session, which opens one configuration; and
//! anyone, if the configuration is public. The configuration decides on the tenant. What is not the caller's looks like what does not
//! exist.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene::{
    auth::{ApiKeyAuthenticator, Prefetch, Principal, bearer_token, host},
    domain::{BookingId, ConfigurationId, Member, Scope, Tenant, TenantId, sha256_hex},
    edge::{Field, FieldErrors, Request},
    problem::Problem,
    scheduling::{
        bookings::{Bookable, BookingScheduler},
        records::{
            Consistency,
            booking::{Actor, HoldCheck, Permit},
        },
    },
    store::StoredConfiguration,
};
use futures_util::future::{join, join3};
use uuid::Uuid;

use crate::{configuration::Configuration, error::Failure, limits::Limits};

/// The family's name, by which tenants keep its API keys and ids.
pub const FAMILY: &str = "nylas";

/// The random part of a session's token, in bytes. The id of its configuration precedes it, so that both are read at the same time.
const SESSION_SECRET: usize = 24;

/// What a request about bookings may do, and for whom.
pub struct Access {
    pub tenant: Arc<Tenant>,
    pub caller: Caller,
    /// `None`: a request of the tenant's own system that names a booking alone.
    configuration: Option<Opened>,
}

/// A configuration that a request has opened.
pub struct Opened {
    pub configuration: Configuration,
    pub stored: StoredConfiguration,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The tenant's own system, with an API key.
    System,
    /// A page with a session.
    Session { hash: String },
    /// A page of a public configuration.
    Anyone,
}

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
    pub async fn open(request: &Request, limits: impl Fn(ConfigurationId) -> Limits) -> Result<Self, Failure> {
        let access = Self::open_if_named(request, limits).await?;
        access.opened()?;
        Ok(access)
    }

    /// As [`open`](Self::open), but the tenant's own system need not name a configuration.
    pub async fn open_if_named(request: &Request, limits: impl Fn(ConfigurationId) -> Limits) -> Result<Self, Failure> {
        let named = Named::of(request)?;
        match credential(request)? {
            Credential::ApiKey(key) => Box::pin(Self::of_system(request, key, named)).await,
            Credential::Session(token) => Box::pin(Self::of_session(request, token, named, limits)).await,
            Credential::None => Box::pin(Self::of_anyone(request, named, limits)).await,
        }
    }

    async fn of_system(request: &Request, key: &str, named: Named) -> Result<Self, Failure> {
        let scheme = request.services.api_key(FAMILY, Prefetch::Calendar);
        let principal = scheme.verify(key, &request.context, &request.headers);
        let (principal, id, stored) = match (named.id, named.slug) {
            (Some(id), _) => {
                let id = configuration_id(&id);
                let (principal, stored) = join(principal, read_if_some(request, id)).await;
                (principal?, id.map_or(Err(Failure::not_found()), |id| Ok(Some(id)))?, stored)
            }
            (None, Some(slug)) => {
                let principal = principal.await?;
                let id = id_of_slug(request, &principal.tenant.id, &slug).await?;
                (principal, Some(id), read(request, id).await)
            }
            (None, None) => (principal.await?, None, Ok(None)),
        };
        let configuration = match id {
            Some(_) => Some(opened(&principal.tenant.id, stored?)?),
            None => None,
        };
        Ok(Self { tenant: principal.tenant, caller: Caller::System, configuration })
    }

    async fn of_session(
        request: &Request,
        token: &str,
        named: Named,
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
        let limits = limits(id);
        let reads = join3(session, read(request, id), limits.count(request));
        let (session, stored, counted) = Box::pin(reads).await;
        let session = session?.filter(|session| session.configuration == id).ok_or_else(refused)?;
        let stored = stored?;
        counted?;
        let tenant = public_tenant(request, &session.tenant).await?;
        let opened = opened(&tenant.id, stored)?;
        if named.slug.is_some_and(|slug| opened.stored.slug.as_deref() != Some(slug.to_ascii_lowercase().as_str())) {
            return Err(Failure::unauthorized("The session is for another configuration."));
        }
        Ok(Self { tenant, caller: Caller::Session { hash }, configuration: Some(opened) })
    }

    async fn of_anyone(
        request: &Request,
        named: Named,
        limits: impl Fn(ConfigurationId) -> Limits,
    ) -> Result<Self, Failure> {
        let id = match named {
            Named { id: Some(id), .. } => configuration_id(&id).ok_or_else(Failure::not_found)?,
            Named { slug: Some(slug), client_id: Some(client), .. } => {
                let tenants = &request.services.tenants;
                let owner = request.context.deadline.work(tenants.application_owner(FAMILY, &client)).await;
                let owner = owner.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
                id_of_slug(request, &owner.ok_or_else(Failure::not_found)?, &slug).await?
            }
            _ => {
                return Err(Failure::invalid(
                    "The request must have a session, or configuration_id, or slug and client_id.",
                ));
            }
        };
        let limits = limits(id);
        let (stored, counted) = Box::pin(join(read(request, id), limits.count(request))).await;
        let stored = stored?.ok_or_else(Failure::not_found)?;
        counted?;
        let tenant = public_tenant(request, &stored.tenant).await?;
        let opened = opened(&tenant.id, Some(stored))?;
        if opened.configuration.requires_session {
            return Err(Failure::unauthorized("The configuration requires a session."));
        }
        Ok(Self { tenant, caller: Caller::Anyone, configuration: Some(opened) })
    }

    /// The configuration. Fails if the request names none.
    pub fn opened(&self) -> Result<&Opened, Failure> {
        self.configuration.as_ref().ok_or_else(|| Failure::invalid("configuration_id is required."))
    }

    /// The configuration, if the request names one.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configuration.as_ref().map(|opened| &opened.configuration)
    }

    /// This access with the configuration of the booking, if the request names none.
    pub async fn for_booking(self, request: &Request, id: BookingId) -> Result<Self, Failure> {
        if self.configuration.is_some() {
            return Ok(self);
        }
        let found = self.bookings(request).find(&request.context, id, &self.permit()?).await?;
        let stored = read(request, found.configuration).await?;
        let configuration = Some(opened(&self.tenant.id, stored)?);
        Ok(Self { configuration, ..self })
    }

    /// What the use cases need of the configuration.
    pub fn bookable(&self) -> Result<Bookable<'_>, Failure> {
        let configuration = &self.opened()?.configuration;
        let bookable = configuration.bookable(self.tenant.tentative_is_busy);
        Ok(bookable.map_err(|error| Problem::internal(format!("a stored configuration {error}")))?)
    }

    /// By what the request may act on bookings.
    pub fn permit(&self) -> Result<Permit, Failure> {
        let configuration = self.configuration.as_ref().map(|opened| opened.configuration.id);
        Ok(match self.caller {
            Caller::System => Permit::Tenant { configuration },
            Caller::Session { .. } | Caller::Anyone => {
                Permit::Guest { configuration: self.opened()?.configuration.id, salt: None }
            }
        })
    }

    /// What must still hold when a time is claimed.
    pub fn checks(&self) -> Result<Vec<HoldCheck>, Failure> {
        let Configuration { id, version, .. } = self.opened()?.configuration;
        let mut checks = vec![HoldCheck::Configuration { id, version }];
        if let Caller::Session { hash } = &self.caller {
            checks.push(HoldCheck::Session { hash: hash.clone() });
        }
        Ok(checks)
    }

    pub fn actor(&self) -> Actor {
        if self.caller == Caller::System { Actor::Caller } else { Actor::Guest }
    }

    /// The tenant's bookings.
    pub fn bookings(&self, request: &Request) -> BookingScheduler {
        request.services.bookings(&self.principal())
    }

    pub fn principal(&self) -> Principal {
        Principal { tenant: Arc::clone(&self.tenant), scopes: Vec::new() }
    }
}

/// The tenant's own system, and the member whom the path names.
pub async fn grant(request: &Request, prefetch: Prefetch) -> Result<(Principal, Member), Failure> {
    let principal = system(request, prefetch).await?;
    let named = request.path_parameter("grant_id").unwrap_or_default();
    let member = principal.tenant.members.iter().find(|member| is_named(member, named)).cloned();
    Ok((principal, member.ok_or_else(Failure::not_found)?))
}

/// The tenant's own system.
pub async fn system(request: &Request, prefetch: Prefetch) -> Result<Principal, Failure> {
    Ok(request.authorize(&request.services.api_key(FAMILY, prefetch), Scope::CalendarWrite).await?)
}

/// Whether a grant in a path is this member's: its id, with or without a prefix, or the mail address.
fn is_named(member: &Member, grant: &str) -> bool {
    let id = member.external_ids.get(FAMILY);
    let is_id = |text: &str| id.is_some_and(|id| id == text);
    let is_address = |text: &str| text.to_lowercase() == member.email.to_lowercase();
    match grant.split_once(':') {
        Some(("grant" | "external", text)) => is_id(text),
        Some(("email", text)) => is_address(text),
        _ => is_id(grant) || is_address(grant),
    }
}

/// An id in a path or a query. One that is not a UUID is nobody's.
pub fn configuration_id(text: &str) -> Option<ConfigurationId> {
    Uuid::parse_str(text.trim()).ok().map(ConfigurationId)
}

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

/// A configuration as it is stored.
pub async fn read(request: &Request, id: ConfigurationId) -> Result<Option<StoredConfiguration>, Failure> {
    let configurations = request.services.configurations();
    let found = request.context.deadline.work(configurations.get(id, Consistency::Strong)).await;
    Ok(found.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?)
}

async fn read_if_some(request: &Request, id: Option<ConfigurationId>) -> Result<Option<StoredConfiguration>, Failure> {
    match id {
        Some(id) => read(request, id).await,
        None => Ok(None),
    }
}

pub async fn id_of_slug(request: &Request, tenant: &TenantId, slug: &str) -> Result<ConfigurationId, Failure> {
    let configurations = request.services.configurations();
    let slug = slug.to_ascii_lowercase();
    let found = request.context.deadline.work(configurations.id_of_slug(tenant, &slug)).await;
    found.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?.ok_or_else(Failure::not_found)
}

fn opened(tenant: &TenantId, stored: Option<StoredConfiguration>) -> Result<Opened, Failure> {
    let stored = stored.filter(|stored| stored.tenant == *tenant).ok_or_else(Failure::not_found)?;
    let parsed = Configuration::parse(stored.id, stored.version, &stored.content);
    let invalid =
        |problem: Problem| Problem::internal(format!("a stored configuration: {}", problem.message_with_details()));
    Ok(Opened { configuration: parsed.map_err(invalid)?, stored })
}

async fn public_tenant(request: &Request, tenant: &TenantId) -> Result<Arc<Tenant>, Failure> {
    let host = host(&request.headers);
    let tenant = request.services.public_tenant(&request.context, tenant, host, Prefetch::Calendar).await?;
    request.context.act_for(&tenant.id);
    Ok(tenant)
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
