//! Process-wide dependencies: settings, clients, caches. Built once a process; connections open with the first request.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join;

use crate::{
    auth::{
        AdministratorAuthenticator, ApiKeyAuthenticator, BearerAuthenticator, BearerOrSignature, ClientAuthenticator,
        Prefetch, Principal, SignatureAuthenticator, TenantLookup,
    },
    aws,
    calendar::{
        BusyCache, Calendar,
        graph::{GraphCalendar, GraphConnection},
    },
    call::CallContext,
    clock::Clock,
    domain::{Tenant, TenantId},
    http,
    problem::Problem,
    scheduling::{
        Timing,
        appointments::AppointmentScheduler,
        bookings::BookingScheduler,
        meetings::MeetingScheduler,
        records::{AppointmentRecords, BookingRecords, EventRecords},
    },
    secrets::Secrets,
    store::{
        Appointments, Bookings, Configurations, Counters, Erasure, KnownConfigurations, Leases, Meetings, Nonces,
        RefreshTokenFamilies, Sessions, Tenants,
    },
};

/// What the deployment decides, from the environment of the function (`template.yaml`).
#[derive(Debug, Clone)]
pub struct Settings {
    /// Table of meeting records (`MEETINGS_TABLE`); empty for a function that has none.
    pub meetings_table: String,
    /// Table of bookings and ledgers (`BOOKINGS_TABLE`); empty for a function that has none.
    pub bookings_table: String,
    /// Table of tenant configurations (`TENANTS_TABLE`); empty for a function that has none.
    pub tenants_table: String,
    /// Table of refresh-token families and leases (`GRANTS_TABLE`); empty for a function that has none.
    pub grants_table: String,
    /// What the names of secrets begin with (`SECRET_PREFIX`); empty for a function that may read none.
    pub secret_prefix: String,
    /// How long after an ambiguous answer an event may still appear (`DOUBT_WINDOW_SECONDS`).
    pub doubt_window: Duration,
    /// How long a refresh token that was just replaced is answered with the same successor (`REFRESH_GRACE_SECONDS`).
    pub refresh_grace: Duration,
    /// For how long a credential that was rotated still counts beside its successor (`ROTATION_OVERLAP_HOURS`).
    pub rotation_overlap: Duration,
    /// The one tenant of this deployment (`SINGLE_TENANT`), where it has but one. Signed requests are served only then.
    pub single_tenant: Option<TenantId>,
    /// Whether tokens are issued for an administrator's login and password (`PASSWORD_GRANT`), to tenants that allow it.
    pub password_grant: bool,
    /// The domain below which each tenant has its name as a host (`TENANT_DOMAIN`): `<tenant>.book.example.com`.
    pub tenant_domain: Option<String>,
    /// How AWS is reached.
    pub aws: AwsSettings,
}

/// How AWS is reached.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// The region.
    pub region: String,
    /// The function's credentials.
    pub credentials: Credentials,
    /// Another endpoint for DynamoDB: `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`.
    pub dynamodb_endpoint: Option<String>,
    /// Another endpoint for Secrets Manager: `AWS_ENDPOINT_URL_SECRETS_MANAGER`, else `AWS_ENDPOINT_URL`.
    pub secrets_manager_endpoint: Option<String>,
}

/// The environment lacks something, or holds something unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is missing or malformed")]
pub struct SettingsError(&'static str);

impl Settings {
    /// Reads the environment of this process.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Self::from_lookup(|name| env::var(name).ok())
    }

    /// Reads the variables that `template.yaml` gives a function. Credentials are Lambda's own variables, read here
    /// because the default provider chain costs milliseconds of every cold start.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name| variable(name).ok_or(SettingsError(name));
        let endpoint = |name| variable(name).or_else(|| variable("AWS_ENDPOINT_URL"));
        let seconds = |name, default| match variable(name) {
            Some(text) => text.parse().map(Duration::from_secs).map_err(|_| SettingsError(name)),
            None => Ok(Duration::from_secs(default)),
        };
        Ok(Self {
            meetings_table: variable("MEETINGS_TABLE").unwrap_or_default(),
            bookings_table: variable("BOOKINGS_TABLE").unwrap_or_default(),
            tenants_table: variable("TENANTS_TABLE").unwrap_or_default(),
            grants_table: variable("GRANTS_TABLE").unwrap_or_default(),
            secret_prefix: variable("SECRET_PREFIX").unwrap_or_default(),
            doubt_window: seconds("DOUBT_WINDOW_SECONDS", 120)?,
            refresh_grace: seconds("REFRESH_GRACE_SECONDS", 60)?,
            // A year at most.
            rotation_overlap: match variable("ROTATION_OVERLAP_HOURS").as_deref().unwrap_or("168").parse() {
                Ok(hours @ 0..=8760) => Duration::from_hours(hours),
                _ => return Err(SettingsError("ROTATION_OVERLAP_HOURS")),
            },
            single_tenant: match variable("SINGLE_TENANT") {
                Some(name) => Some(TenantId::new(name).map_err(|_| SettingsError("SINGLE_TENANT"))?),
                None => None,
            },
            password_grant: match variable("PASSWORD_GRANT").as_deref() {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(SettingsError("PASSWORD_GRANT")),
            },
            tenant_domain: variable("TENANT_DOMAIN").map(|domain| domain.to_ascii_lowercase()),
            aws: AwsSettings {
                region: required("AWS_REGION")?,
                credentials: Credentials::new(
                    required("AWS_ACCESS_KEY_ID")?,
                    required("AWS_SECRET_ACCESS_KEY")?,
                    variable("AWS_SESSION_TOKEN"),
                    None,
                    "environment",
                ),
                dynamodb_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
                secrets_manager_endpoint: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            },
        })
    }
}

/// Process-wide dependencies.
pub struct Services {
    /// What the deployment decides.
    pub settings: Settings,
    /// Tenant configurations.
    pub tenants: Arc<Tenants>,
    /// Secrets.
    pub secrets: Arc<Secrets>,
    /// Refresh-token families.
    pub families: RefreshTokenFamilies,
    /// The scheme of OAuth clients.
    pub clients: ClientAuthenticator,
    /// The scheme of administrators.
    pub administrators: AdministratorAuthenticator,
    /// Leases: one instance does a thing while the others wait.
    pub leases: Arc<Leases>,
    /// Erasing what is stored of a tenant.
    pub erasure: Erasure,
    /// DynamoDB, with the product's retries. Only [`store`](crate::store) names tables and attributes.
    pub dynamodb: aws_sdk_dynamodb::Client,
    lookup: Arc<TenantLookup>,
    nonces: Nonces,
    /// The tenants of the configurations that were read.
    pub known_configurations: KnownConfigurations,
    /// What calendars were busy with when a list was last made that anyone may ask for.
    pub recent_busy: BusyCache,
    graph: Arc<GraphConnection>,
    clock: Clock,
    cold: AtomicBool,
}

impl Services {
    /// Services for these settings. Opens no connection.
    pub fn new(settings: Settings) -> Self {
        Self::with_clock(settings, Clock::system())
    }

    /// Services with another clock than the machine's.
    pub fn with_clock(settings: Settings, clock: Clock) -> Self {
        let http = http::shared();
        let sdk = sdk_config(&settings.aws, http.clone());
        let dynamodb = {
            let mut config = aws_sdk_dynamodb::config::Builder::from(&sdk);
            config.set_endpoint_url(settings.aws.dynamodb_endpoint.clone());
            let config = config.retry_classifier(aws::RetryConflicts);
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        let secrets_manager = {
            let mut config = aws_sdk_secretsmanager::config::Builder::from(&sdk);
            config.set_endpoint_url(settings.aws.secrets_manager_endpoint.clone());
            aws_sdk_secretsmanager::Client::from_conf(config.build())
        };
        let tenants = Arc::new(Tenants::new(dynamodb.clone(), settings.tenants_table.clone()));
        let secrets = Arc::new(Secrets::new(secrets_manager, settings.secret_prefix.clone()));
        let graph = Arc::new(GraphConnection::new(http, clock.clone()));
        let lookup = Arc::new(TenantLookup::new(
            Arc::clone(&tenants),
            Arc::clone(&secrets),
            settings.tenant_domain.clone(),
            clock.clone(),
            prefetch_calendar(&graph, &secrets),
        ));
        Self {
            families: RefreshTokenFamilies::new(dynamodb.clone(), settings.grants_table.clone()),
            clients: ClientAuthenticator { tenants: Arc::clone(&lookup) },
            administrators: AdministratorAuthenticator { tenants: Arc::clone(&lookup) },
            lookup,
            nonces: Nonces::new(dynamodb.clone(), settings.grants_table.clone()),
            leases: Arc::new(Leases::new(dynamodb.clone(), settings.grants_table.clone(), clock.clone())),
            erasure: Erasure::new(
                dynamodb.clone(),
                settings.meetings_table.clone(),
                settings.bookings_table.clone(),
                settings.grants_table.clone(),
                settings.tenants_table.clone(),
            ),
            dynamodb,
            tenants,
            secrets,
            known_configurations: KnownConfigurations::default(),
            recent_busy: BusyCache::default(),
            graph,
            clock,
            cold: AtomicBool::new(true),
            settings,
        }
    }

    /// The wall clock, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The scheme of endpoints for the tenant's own systems: a bearer token or a signature. `prefetch`: what the endpoint needs
    /// next.
    pub fn bearer_or_signature(&self, prefetch: Prefetch) -> BearerOrSignature<'_> {
        BearerOrSignature {
            bearer: BearerAuthenticator { tenants: &self.lookup, prefetch },
            signature: SignatureAuthenticator {
                tenants: &self.lookup,
                nonces: &self.nonces,
                single_tenant: self.settings.single_tenant.as_ref(),
                prefetch,
            },
        }
    }

    /// The scheme of endpoints with an API key. `family`: the endpoint family that the key is for. `prefetch`: what the endpoint
    /// needs next.
    pub fn api_key(&self, family: &'static str, prefetch: Prefetch) -> ApiKeyAuthenticator<'_> {
        ApiKeyAuthenticator { tenants: &self.lookup, family, prefetch }
    }

    /// The tenant that a request without a credential has found by a public id. Fails with
    /// [`Kind::NotFound`](crate::problem::Kind::NotFound) if it does not exist, is disabled or is not served at `host`, the request's
    /// `Host` header. `prefetch`: what the endpoint needs next.
    pub async fn public_tenant(
        &self,
        context: &CallContext,
        tenant: &TenantId,
        host: Option<&str>,
        prefetch: Prefetch,
    ) -> Result<Arc<Tenant>, Problem> {
        self.lookup.public_tenant(context, tenant, host, prefetch).await
    }

    /// A tenant's calendars.
    pub fn calendar(&self, tenant: &Arc<Tenant>) -> Arc<dyn Calendar> {
        Arc::new(self.graph_calendar(tenant))
    }

    /// A tenant's calendars in Microsoft 365, for what only Microsoft's service has.
    pub fn graph_calendar(&self, tenant: &Arc<Tenant>) -> GraphCalendar {
        GraphCalendar::new(Arc::clone(&self.graph), Arc::clone(tenant), Arc::clone(&self.secrets), self.leases.clone())
    }

    /// The store of meetings' records. `record_life`: how long a record is kept after its event has ended.
    pub fn meeting_records(&self, record_life: TimeDelta) -> Arc<dyn EventRecords> {
        let table = self.settings.meetings_table.clone();
        Arc::new(Meetings::new(self.dynamodb.clone(), table, record_life, self.clock.clone()))
    }

    /// The store of appointments' records. `record_life`: how long a record is kept after its copies have ended.
    pub fn appointment_records(&self, record_life: TimeDelta) -> Arc<dyn AppointmentRecords> {
        let table = self.settings.meetings_table.clone();
        Arc::new(Appointments::new(self.dynamodb.clone(), table, record_life, self.clock.clone()))
    }

    /// The store of bookings' records, with the ledger.
    pub fn booking_records(&self) -> Arc<dyn BookingRecords> {
        Arc::new(Bookings::new(self.dynamodb.clone(), self.settings.bookings_table.clone()))
    }

    /// The store of what can be booked.
    pub fn configurations(&self) -> Configurations {
        Configurations::new(self.dynamodb.clone(), self.settings.bookings_table.clone(), self.clock.clone())
    }

    /// The store of sessions of booking pages.
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.dynamodb.clone(), self.settings.bookings_table.clone(), self.clock.clone())
    }

    /// The store of counters for limits by the hour.
    pub fn counters(&self) -> Counters {
        Counters::new(self.dynamodb.clone(), self.settings.bookings_table.clone())
    }

    /// The meetings of the tenant that a request acts for.
    pub fn meetings(&self, principal: &Principal) -> MeetingScheduler {
        MeetingScheduler {
            tenant: principal.tenant.id.clone(),
            records: self.meeting_records(principal.tenant.record_life()),
            calendar: self.calendar(&principal.tenant),
            timing: self.timing(&principal.tenant),
        }
    }

    /// The appointments of the tenant that a request acts for.
    pub fn appointments(&self, principal: &Principal) -> AppointmentScheduler {
        AppointmentScheduler {
            tenant: principal.tenant.id.clone(),
            records: self.appointment_records(principal.tenant.record_life()),
            calendar: self.calendar(&principal.tenant),
            timing: self.timing(&principal.tenant),
        }
    }

    /// The bookings of the tenant that a request acts for.
    pub fn bookings(&self, principal: &Principal) -> BookingScheduler {
        BookingScheduler {
            tenant: principal.tenant.id.clone(),
            records: self.booking_records(),
            calendar: self.calendar(&principal.tenant),
            timing: self.timing(&principal.tenant),
        }
    }

    fn timing(&self, tenant: &Tenant) -> Timing {
        Timing {
            doubt_window: self.settings.doubt_window,
            tombstone_life: tenant.tombstone_life(),
            clock: self.clock.clone(),
        }
    }

    /// Whether this is the first request since the process started. Says so once.
    pub(crate) fn take_cold_start(&self) -> bool {
        self.cold.swap(false, Ordering::Relaxed)
    }
}

/// Begins to fetch what requests to a tenant's calendars take, unless it is cached: one round trip less on a cold start. Only a
/// request that needs it waits for it, and sees its failures.
fn prefetch_calendar(
    graph: &Arc<GraphConnection>,
    secrets: &Arc<Secrets>,
) -> impl Fn(&TenantId) + Send + Sync + 'static {
    let (graph, secrets) = (Arc::clone(graph), Arc::clone(secrets));
    move |tenant| {
        if !graph.has_token(tenant) {
            let (secrets, tenant) = (Arc::clone(&secrets), tenant.clone());
            tokio::spawn(async move { join(secrets.microsoft(&tenant), secrets.token(&tenant)).await });
        }
    }
}

fn sdk_config(aws: &AwsSettings, http: Option<http::Client>) -> SdkConfig {
    // An attempt that hangs must leave time for another one within a request. How long all of them may take together
    // depends on what they are for: reads that fill a cache are bounded there, everything else by the request's deadline.
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(3)).build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(aws.credentials.clone()))
        .timeout_config(timeouts)
        .http_client(aws::http_client(http))
        .build()
}
