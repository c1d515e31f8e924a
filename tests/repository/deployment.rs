//! template.yaml against the copies of what it says, and against the code.

use std::collections::BTreeSet;

use convene::services::Settings;

use crate::files::{Route, files, metadata, routes, template};

#[test]
fn cargo_lambda_routes_as_the_template_does() {
    let metadata = metadata();
    let router = &metadata["metadata"]["lambda"]["watch"]["router"];
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let mut found = BTreeSet::<Route>::new();
    for (path, entries) in router.as_object().expect("the router of [workspace.metadata.lambda.watch]") {
        for entry in entries.as_array().expect("a list") {
            assert!(
                found.insert((text(&entry["method"]), path.clone(), text(&entry["function"]))),
                "{path} is doubled"
            );
        }
    }
    assert_eq!(found, routes());
}

#[test]
fn every_function_is_deployed_and_has_a_binary() {
    let template = template();
    let deployed: BTreeSet<_> = template.functions.iter().map(|function| function.binary.as_str()).collect();
    assert_eq!(deployed.len(), template.functions.len(), "a binary is deployed twice");
    let (functions, tasks) = (convene_local::functions(), convene_local::tasks());
    let names = functions.iter().map(convene::edge::Endpoint::name).chain(tasks.iter().map(convene::edge::Task::name));
    let known: BTreeSet<_> = names.collect();
    assert_eq!((known.len(), &known), (functions.len() + tasks.len(), &deployed));
    let sources = files("functions", "rs");
    let binaries = sources.iter().filter(|path| path.parent().is_some_and(|folder| folder.ends_with("src/bin")));
    let binaries: BTreeSet<_> = binaries.filter_map(|path| path.file_stem()?.to_str()).collect();
    assert_eq!(binaries, deployed);
}

#[test]
fn every_function_has_one_route_of_its_own_and_a_task_has_none() {
    let routes = routes();
    let unique: BTreeSet<_> = routes.iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(unique.len(), routes.len());
    let served: BTreeSet<_> = routes.iter().map(|(_, _, binary)| binary.as_str()).collect();
    assert_eq!(served.len(), routes.len());
    assert_eq!(served, convene_local::functions().iter().map(convene::edge::Endpoint::name).collect());
}

/// The template gives each function an environment from which it can start. Lambda adds the rest by itself.
#[test]
fn every_function_is_given_the_environment_it_needs() {
    const OF_LAMBDA: [&str; 4] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let template = template();
    let tables: BTreeSet<_> = template.tables.iter().map(|table| table.name.as_str()).collect();
    for function in &template.functions {
        let by_lambda = |name: &str| OF_LAMBDA.contains(&name).then(|| "x".to_owned());
        let given = |name: &str| by_lambda(name).or_else(|| function.environment.get(name).cloned());
        let settings = Settings::from_lookup(given).unwrap_or_else(|error| panic!("{}: {error}", function.logical_id));
        let named = [&settings.meetings_table, &settings.tenants_table, &settings.grants_table];
        for table in named.into_iter().filter(|table| !table.is_empty()) {
            assert!(tables.contains(table.as_str()), "{}: {table} is no table", function.logical_id);
        }
        let booking = ["/meeting", "/postback"];
        let books = function.routes.iter().any(|route| booking.iter().any(|end| route.path.ends_with(end)));
        let uses = books || function.binary == "erase-tenant";
        assert_eq!(settings.meetings_table.is_empty(), !uses, "{}: MEETINGS_TABLE", function.logical_id);
        // A variable that nobody reads is one that nobody may rely on.
        let read = [
            "MEETINGS_TABLE",
            "TENANTS_TABLE",
            "GRANTS_TABLE",
            "SECRET_PREFIX",
            "DOUBT_WINDOW_SECONDS",
            "REFRESH_GRACE_SECONDS",
            "ROTATION_OVERLAP_HOURS",
            "PASSWORD_GRANT",
            "SINGLE_TENANT",
            "TENANT_DOMAIN",
        ];
        for name in function.environment.keys() {
            assert!(read.contains(&name.as_str()), "{}: nothing reads {name}", function.logical_id);
        }
    }
}
