//! DynamoDB on SQLite, with the tables of the template.

mod api;

use std::{path::Path, time::Duration};

use dynoxide::{
    Database,
    actions::{
        create_table::CreateTableRequest,
        list_tables::ListTablesRequest,
        update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest},
    },
};
use loopback_guard::Guard;
use tokio::{net::TcpListener, time::interval};

use crate::{Error, server::Server, template::TableResource};

/// How often items that have ended are removed. DynamoDB takes its time too.
const SWEEP_EVERY: Duration = Duration::from_mins(5);

/// Opens the database, in memory without a file, and makes the tables it lacks.
pub(crate) fn open(file: Option<&Path>, tables: &[TableResource]) -> Result<Database, Error> {
    let failed = Error::backend("DynamoDB");
    let database = match file {
        Some(file) => Database::new(&file.to_string_lossy()),
        None => Database::memory(),
    }
    .map_err(|error| failed(error.to_string()))?;
    let known =
        database.list_tables(ListTablesRequest::default()).map_err(|error| failed(error.to_string()))?.table_names;
    for table in tables.iter().filter(|table| !known.contains(&table.name)) {
        let in_table = |error: String| failed(format!("table {}: {error}", table.name));
        let creation: CreateTableRequest =
            serde_json::from_value(table.creation.clone()).map_err(|error| in_table(error.to_string()))?;
        database.create_table(creation).map_err(|error| in_table(error.to_string()))?;
        if let Some(attribute) = &table.ttl_attribute {
            let request = UpdateTimeToLiveRequest {
                table_name: table.name.clone(),
                time_to_live_specification: TimeToLiveSpecification {
                    attribute_name: attribute.clone(),
                    enabled: true,
                },
            };
            database.update_time_to_live(request).map_err(|error| in_table(error.to_string()))?;
        }
    }
    Ok(database)
}

/// Serves the database. `sweeps`: whether it removes items that have ended, by the machine's clock.
pub(crate) fn serve(listener: TcpListener, guard: Guard, database: Database, sweeps: bool) -> Server {
    if !sweeps {
        return Server::start(listener, guard, api::router(database));
    }
    Server::start_beside(sweep(database.clone()), listener, guard, api::router(database))
}

async fn sweep(database: Database) {
    let mut rhythm = interval(SWEEP_EVERY);
    loop {
        rhythm.tick().await;
        let database = database.clone();
        let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}
