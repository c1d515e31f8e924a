//! Every place that names an endpoint names the same ones.

use std::collections::{BTreeMap, BTreeSet};

use convene::edge::Endpoint;
use convene_manifest::Repository;

use crate::{
    files::{files, manifest, metadata, root, template},
    openapi::{documents, operations},
};

/// The file that lists the functions of a family in code.
fn library(family: &str) -> String {
    format!("functions/{family}/src/lib.rs")
}

/// What is missing where, for each function that some place names.
fn missing() -> Vec<String> {
    let manifest = manifest();
    let functions: BTreeMap<_, _> =
        convene_local::endpoints().into_iter().map(|function| (function.name().to_owned(), function)).collect();
    let tasks: BTreeSet<_> = convene_local::tasks().iter().map(|task| task.name().to_owned()).collect();
    let binaries =
        files("functions", "rs").into_iter().filter(|path| path.parent().is_some_and(|at| at.ends_with("src/bin")));
    let binaries: BTreeSet<_> = binaries.map(|path| path.display().to_string()).collect();
    let deployed = template().functions.into_iter().map(|function| (function.binary, function.routes));
    let deployed: BTreeMap<_, _> = deployed.collect();
    let events: BTreeSet<_> = files("events", "json").into_iter().map(|path| path.display().to_string()).collect();
    let documents = documents();
    let described = documents.iter().flat_map(|(_, document)| operations(document));
    let described: BTreeSet<_> = described.map(|(method, path, _)| format!("{method} {path}")).collect();

    let mut missing = Vec::new();
    let (mut known, mut known_routes) = (BTreeSet::new(), BTreeSet::new());
    for (family, function) in manifest.functions() {
        let (name, library) = (function.name.as_str(), library(&family.name));
        let binary = format!("functions/{}/src/bin/{name}.rs", family.name);
        let event = format!("events/{name}.json");
        let (list, listed) = match function.routes.as_slice() {
            [] => ("tasks()", tasks.contains(name)),
            _ => ("endpoints()", functions.contains_key(name)),
        };
        let has_cors = functions.get(name).is_some_and(Endpoint::has_cors);
        let deployed_routes: Vec<_> =
            deployed.get(name).into_iter().flatten().map(|route| format!("{} {}", route.method, route.path)).collect();
        let routes: Vec<_> = function.routes.iter().map(ToString::to_string).collect();
        for (is_there, place) in [
            (listed, format!("{list} of {library} does not have it")),
            (binaries.contains(&binary), format!("{binary} is missing")),
            (deployed.contains_key(name), "template.yaml does not have it: run cargo generate".to_owned()),
            (
                deployed_routes == routes || deployed_routes.is_empty(),
                "template.yaml has other routes: run cargo generate".to_owned(),
            ),
            (has_cors || !function.cors, "its endpoint is without with_cors(), and this says cors: true".to_owned()),
            (function.cors || !has_cors, "its endpoint has with_cors(), and this does not say cors: true".to_owned()),
            (events.contains(&event), format!("{event} is missing: run cargo generate")),
        ] {
            if !is_there {
                missing.push(format!("{name}: {} has it, but {place}", family.file()));
            }
        }
        for route in routes.into_iter().filter(|_| !function.is_fallback()) {
            if !described.contains(&route) {
                missing.push(format!("{name}: {} has {route}, but {} does not", family.file(), family.document()));
            }
            known_routes.insert(route);
        }
        known.extend([name.to_owned(), binary, event]);
    }
    let places = [
        ("endpoints() of a family", &functions.into_keys().collect()),
        ("tasks() of a family", &tasks),
        ("functions/", &binaries),
        ("template.yaml", &deployed.into_keys().collect()),
        ("events/", &events),
    ];
    for (place, names) in places {
        for name in names.difference(&known) {
            missing.push(format!("{name}: {place} has it, but no functions.yaml"));
        }
    }
    for route in described.difference(&known_routes) {
        missing.push(format!("{route}: docs/openapi has it, but no functions.yaml"));
    }
    missing
}

#[test]
fn every_endpoint_is_in_every_place() {
    let missing = missing();
    assert!(missing.is_empty(), "\n  {}", missing.join("\n  "));
}

#[test]
fn what_is_generated_is_up_to_date() {
    let differences = Repository::load(root()).and_then(|repository| repository.differences()).expect("generated");
    assert!(differences.is_empty(), "run cargo generate:\n  {}", differences.join("\n  "));
}

#[test]
fn every_family_is_a_package_of_its_folders_name() {
    let metadata = metadata();
    let packages: BTreeMap<_, _> = metadata["packages"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|package| Some((package["name"].as_str()?, package["manifest_path"].as_str()?)))
        .collect();
    for family in manifest().families {
        let path = root().join("functions").join(&family.name).join("Cargo.toml");
        assert_eq!(packages.get(family.package().as_str()).copied(), path.to_str(), "{}", family.package());
    }
}
