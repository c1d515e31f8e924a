//! Names by which a request without a credential finds its tenant. Each belongs to at most one tenant.

use std::fmt;

use crate::domain::Tenant;

/// The keys of public names begin with it. A tenant's name cannot.
pub(in crate::store) const NAME_KEY_PREFIX: &str = "@";

/// A host, or an application's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublicName {
    /// A domain of the tenant's own, in lower case.
    Host(String),
    /// The id under which callers of an endpoint family know the tenant.
    Application { family: String, id: String },
}

impl PublicName {
    /// All names of a tenant.
    pub fn all_of(tenant: &Tenant) -> Vec<Self> {
        let hosts = tenant.hosts.iter().cloned().map(Self::Host);
        let applications = tenant.applications.iter();
        hosts.chain(applications.map(|(family, id)| Self::application(family, id))).collect()
    }

    pub(super) fn application(family: &str, id: &str) -> Self {
        Self::Application { family: family.to_owned(), id: id.to_owned() }
    }

    pub(super) fn key(&self) -> String {
        match self {
            Self::Host(host) => format!("{NAME_KEY_PREFIX}host#{host}"),
            Self::Application { family, id } => format!("{NAME_KEY_PREFIX}application#{family}#{id}"),
        }
    }
}

/// For operators: `host book.contoso.com`, `nylas application 0f5c…`.
impl fmt::Display for PublicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "host {host}"),
            Self::Application { family, id } => write!(f, "{family} application {id}"),
        }
    }
}
