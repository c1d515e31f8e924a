//! How a stack is to run.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use convene::{Clock, domain::TenantId};
use loopback_guard::Origin;

use crate::TenantSeed;

/// How a stack is to run. The default is what a test wants: ports that are free, nothing on disk, quiet calendars.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches that have nothing to do with each other")]
pub struct Options {
    /// The API's port at 127.0.0.1. 0: any that is free.
    pub port: u16,
    /// The port of the calendars page and of Graph. 0: any that is free. None: the one after the API's, or the next that is
    /// free; any where the API takes any.
    pub calendars_port: Option<u16>,
    /// Hosts at which the API answers beside loopback's, each `name` or `name:port`: a tenant's own domain, for one.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages that may use the API, as CORS allows. Pages of other origins are refused.
    pub allowed_origins: Vec<Origin>,
    /// Where data is kept.
    pub data: Data,
    /// Whether to forget first what is kept there.
    pub reset: bool,
    /// Whether to leave out the API and run only what functions talk to.
    pub backends_only: bool,
    /// The tenants, with their mailboxes.
    pub tenants: Vec<TenantSeed>,
    /// The deployment's only tenant (the parameter `SingleTenant`), which may sign its requests. None: there are several.
    pub single_tenant: Option<TenantId>,
    /// Whether the deployment issues tokens for a login and password (the parameter `PasswordGrant`). None: it does if one of
    /// the tenants allows logins.
    pub password_grant: Option<bool>,
    /// Whether mailboxes start with a few appointments in this week and the next.
    pub busy_calendars: bool,
    /// Whether the simulator bounds calls to 4 in flight for an app and mailbox, as Graph does.
    pub bound_concurrency: bool,
    /// A file that says where everything is while the stack serves.
    pub ready_file: Option<PathBuf>,
    /// The deployment to run.
    pub template: PathBuf,
    /// Instead of the functions' own timeout.
    pub function_timeout: Option<Duration>,
    /// Instead of `DOUBT_WINDOW_SECONDS`.
    pub doubt_window: Option<Duration>,
    /// Instead of `REFRESH_GRACE_SECONDS`.
    pub refresh_grace: Option<Duration>,
    /// Instead of the machine's clock. Then nothing that has ended is removed from the database, which has the machine's.
    pub clock: Option<Clock>,
}

/// Where data is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Nowhere: it ends with the stack.
    Ephemeral,
    /// In a folder, from one start to the next.
    Folder(PathBuf),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            calendars_port: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            data: Data::Ephemeral,
            reset: false,
            backends_only: false,
            tenants: TenantSeed::usual(),
            single_tenant: None,
            password_grant: None,
            busy_calendars: false,
            bound_concurrency: true,
            ready_file: None,
            template: default_template(),
            function_timeout: None,
            doubt_window: None,
            refresh_grace: None,
            clock: None,
        }
    }
}

/// The `template.yaml` of the checkout that this was built from.
pub fn default_template() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("template.yaml")
}
