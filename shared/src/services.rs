//! What a function may use: clients, caches, settings. Built once a process, connected when first needed.

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
use chrono::{DateTime, Utc};

use crate::{
    calendar::{
        Calendar,
        graph::{GraphCalendar, GraphConnection},
    },
    domain::Tenant,
    scheduling::Scheduler,
    secrets::Secrets,
    store::{Families, Leases, Meetings, Tenants},
};

/// What the deployment decides, from the environment of the function (`template.yaml`).
#[derive(Debug, Clone)]
pub struct Settings {
    /// Table of meeting records (`MEETINGS_TABLE`); empty for a function that has none.
    pub meetings_table: String,
    /// Table of tenant configurations (`TENANTS_TABLE`).
    pub tenants_table: String,
    /// Table of refresh-token families and leases (`GRANTS_TABLE`).
    pub grants_table: String,
    /// What the names of secrets begin with (`SECRET_PREFIX`).
    pub secret_prefix: String,
    /// How long after an ambiguous answer an event may still appear (`UNSETTLED_SECONDS`).
    pub unsettled_for: Duration,
    /// How long a refresh token that was just replaced is answered with the same successor (`REFRESH_GRACE_SECONDS`).
    pub refresh_grace: Duration,
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
            tenants_table: required("TENANTS_TABLE")?,
            grants_table: required("GRANTS_TABLE")?,
            secret_prefix: required("SECRET_PREFIX")?,
            unsettled_for: seconds("UNSETTLED_SECONDS", 120)?,
            refresh_grace: seconds("REFRESH_GRACE_SECONDS", 60)?,
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

/// What a function may use.
pub struct Services {
    /// What the deployment decides.
    pub settings: Settings,
    /// Tenant configurations.
    pub tenants: Tenants,
    /// Secrets.
    pub secrets: Arc<Secrets>,
    /// Refresh-token families.
    pub families: Families,
    leases: Arc<Leases>,
    meetings: Arc<Meetings>,
    graph: Arc<GraphConnection>,
    cold: AtomicBool,
}

impl Services {
    /// Services for these settings. Opens no connection.
    pub fn new(settings: Settings) -> Self {
        let sdk = sdk_config(&settings.aws);
        let dynamodb = {
            let mut config = aws_sdk_dynamodb::config::Builder::from(&sdk);
            config.set_endpoint_url(settings.aws.dynamodb_endpoint.clone());
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        let secrets_manager = {
            let mut config = aws_sdk_secretsmanager::config::Builder::from(&sdk);
            config.set_endpoint_url(settings.aws.secrets_manager_endpoint.clone());
            aws_sdk_secretsmanager::Client::from_conf(config.build())
        };
        Self {
            tenants: Tenants::new(dynamodb.clone(), settings.tenants_table.clone()),
            secrets: Arc::new(Secrets::new(secrets_manager, settings.secret_prefix.clone())),
            families: Families::new(dynamodb.clone(), settings.grants_table.clone()),
            leases: Arc::new(Leases::new(dynamodb.clone(), settings.grants_table.clone())),
            meetings: Arc::new(Meetings::new(dynamodb, settings.meetings_table.clone())),
            graph: Arc::new(GraphConnection::new()),
            cold: AtomicBool::new(true),
            settings,
        }
    }

    /// The wall clock, UTC.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// A tenant's calendars.
    pub fn calendar(&self, tenant: &Arc<Tenant>) -> Arc<dyn Calendar> {
        Arc::new(GraphCalendar::new(
            Arc::clone(&self.graph),
            Arc::clone(tenant),
            Arc::clone(&self.secrets),
            Arc::clone(&self.leases),
        ))
    }

    /// The use cases, for a tenant.
    pub fn scheduler(&self, tenant: &Arc<Tenant>) -> Scheduler {
        Scheduler {
            tenant: Arc::clone(tenant),
            records: self.meetings.clone(),
            calendar: self.calendar(tenant),
            unsettled_for: self.settings.unsettled_for,
            clock: Utc::now,
        }
    }

    /// Whether this is the first request since the process started. Says so once.
    pub(crate) fn take_cold_start(&self) -> bool {
        self.cold.swap(false, Ordering::Relaxed)
    }
}

fn sdk_config(aws: &AwsSettings) -> SdkConfig {
    // An attempt that hangs must leave time for another one within a request.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(aws.credentials.clone()))
        .timeout_config(timeouts)
        .build()
}
