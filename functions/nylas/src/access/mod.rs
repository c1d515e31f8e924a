//! Who calls, and which configuration the request is about.
//!
//! Three kinds of callers book: the tenant's own system with an API key; a page with a session, which opens one configuration; and
//! anyone, if the configuration is public. The configuration decides on the tenant. What is not the caller's looks like what does not
//! exist.
//!
//! | file | holds |
//! | --- | --- |
//! | `open.rs` | from a credential and a query to what the request may do |
//! | `reads.rs` | the reads at the beginning of a request |
//! | `session.rs` | the tokens of sessions |
//! | `system.rs` | endpoints that are for the tenant's own system alone |

mod open;
mod reads;
mod session;
mod system;

use std::sync::Arc;

use convene::{
    auth::Principal,
    domain::{BookingId, ConfigurationId, Tenant},
    edge::Request,
    problem::Problem,
    scheduling::{
        bookings::{Bookable, BookingScheduler, Freshness, NamedBooking},
        records::booking::{Actor, HoldCheck, Permit},
    },
    store::StoredConfiguration,
};

pub use self::{
    reads::{configuration_id, id_of_slug, read},
    session::{session_configuration, session_token},
    system::{grant, system},
};
use crate::{configuration::Configuration, error::Failure};

/// The family's name, by which tenants keep its API keys and ids.
pub const FAMILY: &str = "nylas";

/// What a request about bookings may do, and for whom.
pub struct Access {
    pub tenant: Arc<Tenant>,
    pub caller: Caller,
    /// The configuration that the request names.
    id: Option<ConfigurationId>,
    /// `None`: the request names none, or needs no more than its id.
    configuration: Option<Opened>,
    booking: Option<NamedBooking>,
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

/// What a request needs to begin with. It is read at the same time, as far as the tenant is known.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    configuration: Need,
    booking: Option<BookingId>,
    keys: bool,
    may_be_recent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    IfNamed,
    Permit,
}

impl Needs {
    /// A configuration.
    pub const CONFIGURATION: Self =
        Self { configuration: Need::Always, booking: None, keys: false, may_be_recent: false };
    /// A configuration; but the tenant's own system need not name one.
    pub const CONFIGURATION_IF_NAMED: Self =
        Self { configuration: Need::IfNamed, booking: None, keys: false, may_be_recent: false };
    /// What permits a request. The tenant's own system need not name a configuration, and it is not read if it does.
    pub const PERMIT: Self = Self { configuration: Need::Permit, booking: None, keys: false, may_be_recent: true };

    /// The configuration as it was within the last minute will do: what is booked does not depend on it.
    #[must_use]
    pub fn or_recent(self) -> Self {
        Self { may_be_recent: true, ..self }
    }

    /// And the record of a booking.
    #[must_use]
    pub fn and(self, booking: BookingId) -> Self {
        Self { booking: Some(booking), ..self }
    }

    /// And the tenant's keys, if the organizer confirms the configuration's bookings. They are only cached, for whoever needs them.
    #[must_use]
    pub fn and_keys(self) -> Self {
        Self { keys: true, ..self }
    }
}

impl Access {
    /// The configuration. Fails if the request names none.
    pub fn opened(&self) -> Result<&Opened, Failure> {
        self.configuration.as_ref().ok_or_else(|| Failure::invalid("configuration_id is required."))
    }

    /// The configuration, if the request names one.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configuration.as_ref().map(|opened| &opened.configuration)
    }

    /// The booking that the request needs, with its record as it was at the beginning.
    pub fn booking(&self, id: BookingId) -> NamedBooking {
        self.booking.clone().filter(|booking| booking.id == id).unwrap_or_else(|| id.into())
    }

    /// What the use cases need of the configuration.
    pub fn bookable(&self) -> Result<Bookable<'_>, Failure> {
        let configuration = &self.opened()?.configuration;
        let bookable = configuration.bookable(self.tenant.tentative_is_busy);
        Ok(bookable.map_err(|error| Problem::internal(format!("a stored configuration {error}")))?)
    }

    /// By what the request may act on bookings.
    pub fn permit(&self) -> Result<Permit, Failure> {
        Ok(match self.caller {
            Caller::System => Permit::Tenant { configuration: self.id },
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

    /// Lists that anyone may ask for share what they ask Microsoft.
    pub fn freshness<'a>(&self, request: &'a Request) -> Freshness<'a> {
        match self.caller {
            Caller::Anyone => Freshness::Recent(&request.services.recent_busy),
            Caller::System | Caller::Session { .. } => Freshness::Current,
        }
    }

    /// The tenant's bookings.
    pub fn bookings(&self, request: &Request) -> BookingScheduler {
        request.services.bookings(&self.principal())
    }

    pub fn principal(&self) -> Principal {
        Principal { tenant: Arc::clone(&self.tenant), scopes: Vec::new() }
    }
}
