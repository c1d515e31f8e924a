//! Putting a stack together.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use graph_simulator::Simulator;
use loopback_guard::Guard;
use serde::{Deserialize, Serialize};

use super::{ReadyFile, Running};
use crate::{
    Data, Error, Options, Ready,
    backends::{self, dynamodb, secrets_manager::SecretsManager},
    data_dir::{DataDir, Kept},
    endpoints,
    gateway::{Adjustments, Gateway, deploy},
    seed::{appointments, credentials, provision},
    server::{Server, listen, listen_preferably, port},
    template::Template,
};

/// What a data folder remembers beside data.
#[derive(Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// The same ports after a restart, so that URLs a person has open stay good. Graph's counts where any port will do.
    dynamodb_port: Option<u16>,
    secretsmanager_port: Option<u16>,
    graph_port: Option<u16>,
    /// Up to which day the calendars of each tenant have their appointments.
    calendars_filled_until: BTreeMap<String, NaiveDate>,
}

/// Starts everything. What cannot work is found out before anything is touched: the port first, then the template.
pub(super) async fn assemble(options: Options) -> Result<(Running, Ready, BTreeMap<String, String>), Error> {
    let api = if options.backends_only { None } else { Some(listen(options.port, "--port").await?) };
    let calendars = match options.calendars_port {
        Some(port) => Some(listen(port, "--calendars-port").await?),
        None => None,
    };
    let parameters = parameters(&options);
    let template = Template::load_with(&options.template, &parameters)?;
    let data = match &options.data {
        Data::Ephemeral => None,
        Data::Folder(folder) => Some(DataDir::open(folder, options.reset)?),
    };
    let mut ready_file = options.ready_file.clone().map(ReadyFile::clear);
    let mut state: State = data.as_ref().map(|data| data.read(Kept::State)).transpose()?.unwrap_or_default();
    let known_state = state.clone();
    let calendars = match calendars {
        Some(listener) => listener,
        None => listen_preferably(calendars_port(&options, state.graph_port)).await?,
    };
    let credentials = credentials::load(data.as_ref(), &options.tenants)?;
    let tenants: Vec<_> =
        options.tenants.iter().filter_map(|tenant| Some((tenant, credentials.get(tenant.id.as_str())?))).collect();

    let database = dynamodb::open(data.as_ref().map(DataDir::dynamodb).as_deref(), &template.tables)?;
    let secrets = Arc::new(SecretsManager::open(data.as_ref().map(DataDir::secrets))?);
    let simulator = Simulator::open(graph_simulator::Options {
        database: data.as_ref().map(DataDir::calendars),
        directories: tenants.iter().map(|(tenant, credentials)| provision::directory(tenant, credentials)).collect(),
        bound_concurrency: options.bound_concurrency,
    })
    .map_err(Error::backend("Microsoft Graph simulator"))?;

    let dynamodb_listener = listen_preferably(state.dynamodb_port).await?;
    let secrets_listener = listen_preferably(state.secretsmanager_port).await?;
    let (dynamodb_port, secrets_port) = (port(&dynamodb_listener)?, port(&secrets_listener)?);
    let graph_port = port(&calendars)?;
    state.dynamodb_port = Some(dynamodb_port);
    state.secretsmanager_port = Some(secrets_port);
    state.graph_port = Some(graph_port);
    let [dynamodb_url, secrets_url, graph] = [dynamodb_port, secrets_port, graph_port].map(url);
    // The database goes by the machine's clock, which would end items too early or too late.
    let sweep = options.clock.is_none();
    let backends = vec![
        dynamodb::serve(dynamodb_listener, Guard::at(dynamodb_port), database, sweep),
        Server::start(secrets_listener, Guard::at(secrets_port), secrets.router()),
        Server::start(calendars, Guard::at(graph_port), simulator.router()),
    ];

    let reachable = backends::environment(&dynamodb_url, &secrets_url);
    let environment = whole_environment(&template, &reachable);
    let clock = options.clock.clone();
    let known = provision::provision(&options.tenants, &credentials, &graph, &environment, &secrets, clock).await?;
    if options.busy_calendars {
        appointments::fill(&simulator.router(), &tenants, &mut state.calendars_filled_until).await?;
    }
    match &data {
        Some(data) if state != known_state => data.write(Kept::State, &state)?,
        _ => {}
    }

    let mut ready = Ready {
        api: None,
        calendars: format!("{graph}/calendars"),
        graph,
        dynamodb: dynamodb_url,
        secretsmanager: secrets_url,
        environment: options.backends_only.then(|| environment.clone()),
        tenants: known,
    };
    let mut gateway = None;
    if let Some(listener) = api {
        let adjustments = Adjustments {
            timeout: options.function_timeout,
            doubt_window: options.doubt_window,
            refresh_grace: options.refresh_grace,
            clock: options.clock.clone(),
        };
        let port = port(&listener)?;
        let (made, invocations) = Gateway::new(deploy(&template, endpoints(), &reachable, &adjustments)?, port);
        let guard = Guard::at(port).allow(options.allowed_hosts.iter().cloned());
        let guard = guard.allow_origins(options.allowed_origins.iter().cloned());
        let router = made.router(&ready.calendars, ready.tenants.values().next());
        gateway = Some((Server::start(listener, guard, router), invocations));
        ready.api = Some(url(port));
    }
    if let Some(file) = &mut ready_file {
        file.write(&ready)?;
    }
    Ok((Running { ready_file, gateway, backends, data }, ready, environment))
}

/// Which port the calendars get if it is free: the one after the API's. Where the API takes any, the one they had before.
fn calendars_port(options: &Options, before: Option<u16>) -> Option<u16> {
    if options.port == 0 { before } else { options.port.checked_add(1) }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The deployment's parameters, where they are to be other than their defaults.
fn parameters(options: &Options) -> BTreeMap<&'static str, String> {
    let allowed_by_a_tenant = || options.tenants.iter().any(|tenant| tenant.legacy_password_auth);
    let passwords = options.password_grant.unwrap_or_else(allowed_by_a_tenant);
    let single_tenant = options.single_tenant.iter().map(|tenant| ("SingleTenant", tenant.to_string()));
    single_tenant.chain(passwords.then(|| ("PasswordGrant", true.to_string()))).collect()
}

/// The variables of all functions together, and those that lead to the backends.
fn whole_environment(template: &Template, reachable: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let variables = template.functions.iter().flat_map(|function| &function.environment).chain(reachable);
    variables.map(|(name, value)| (name.clone(), value.clone())).collect()
}
