//! The layers of the package `convene`: which module may import which. See [`modules`](crate::modules) for what an import is.
//!
//! A call of an inherent method is not an import, so the `impl` blocks of one type in several files are not checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::modules::{Imports, Modules};

const SOURCES: &str = "shared/src";

/// Each layer, and what it may import besides its own files: folders, or files without `.rs`.
const LAYERS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("slots", &["domain"]),
    ("calendar", &["call", "domain", "json_size", "problem", "secrets"]),
    ("secrets", &["aws", "cache", "domain", "problem"]),
    ("store", &["aws", "cache", "call", "domain", "problem", "scheduling/records", "calendar/graph/auth/lease"]),
    ("scheduling/records", &["domain"]),
    ("scheduling/protocol", &["call", "domain", "problem", "scheduling/records", PORT, PORT_ERROR]),
    ("scheduling/driver", &["call", "domain", "scheduling/protocol", "scheduling/records", PORT, PORT_ERROR]),
    ("scheduling/meetings", USE_CASE),
    ("scheduling/appointments", USE_CASE),
    ("scheduling/availability", &["call", "domain", "problem", "slots", PORT]),
];
const PORT: &str = "calendar/mod";
const PORT_ERROR: &str = "calendar/error";
const USE_CASE: &[&str] =
    &["call", "domain", "problem", "scheduling/driver", "scheduling/protocol", "scheduling/records", PORT];

/// Folders whose files must not import each other.
const WITHOUT_MUTUAL_IMPORTS: [&str; 3] = ["scheduling", "calendar", "store"];

/// An import that closes a cycle of the package's top-level modules, and the reason. To be removed.
const CYCLIC_IMPORTS: [(&str, &str, &str); 1] =
    [("auth", "services", "authentication takes all services of the process instead of those that it uses")];

fn imports() -> Imports {
    Modules::parse(&Path::new(SOURCES).join("lib.rs")).imports()
}

/// A file as it is named here: `store/item`.
fn name(file: &Path) -> String {
    let path = file.strip_prefix(SOURCES).expect("a source file").with_extension("");
    path.to_str().expect("UTF-8").to_owned()
}

fn named_imports() -> BTreeSet<(String, String)> {
    let imports = imports();
    let each = imports.iter().flat_map(|(file, imported)| imported.iter().map(move |other| (name(file), name(other))));
    each.collect()
}

fn is_in(file: &str, folder: &str) -> bool {
    file.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[test]
fn an_import_is_of_the_file_that_declares_the_item() {
    let imports = named_imports();
    for (file, declares, how) in [
        ("store/meetings", "store/item", "a nested use tree over several lines"),
        ("store/tenants/ownership", "store/error", "a path below crate"),
        ("store/leases", "calendar/graph/auth/lease", "two re-exports"),
        ("store/appointments", "store/appointments/format", "a path from a child module, without use"),
        ("scheduling/driver/mod", "scheduling/driver/session", "a re-export that the file uses itself"),
        ("calendar/graph/events/requests", "calendar/graph/transport/urls", "a path from an imported module"),
    ] {
        assert!(imports.contains(&(file.to_owned(), declares.to_owned())), "{how}: {file} imports {declares}");
    }
    // These only declare and re-export.
    for facade in ["store/mod", "domain/mod", "scheduling/mod", "calendar/graph/transport/mod"] {
        assert!(imports.iter().all(|(_, declares)| declares != facade), "{facade} declares nothing");
    }
}

#[test]
fn a_layer_imports_only_what_it_may() {
    let imports = named_imports();
    for (layer, allowed) in LAYERS {
        let mut importing = imports.iter().filter(|(file, _)| is_in(file, layer)).peekable();
        assert!(layer == "domain" || importing.peek().is_some(), "{layer} imports nothing");
        for (file, other) in importing.filter(|(_, other)| !is_in(other, layer)) {
            let may = allowed.iter().any(|allowed| is_in(other, allowed));
            assert!(may, "{file} imports {other}, but {layer} may only import {allowed:?}");
        }
    }
    let scheduling = imports.iter().map(|(file, _)| file).filter(|file| is_in(file, "scheduling"));
    for file in scheduling {
        assert!(LAYERS.iter().any(|(layer, _)| is_in(file, layer)), "{file} is in no layer of scheduling");
    }
}

#[test]
fn no_two_files_import_each_other() {
    let imports = named_imports();
    let is_checked = |file: &str| WITHOUT_MUTUAL_IMPORTS.iter().any(|folder| is_in(file, folder));
    let is_mutual = |one: &str, other: &str| imports.contains(&(other.to_owned(), one.to_owned()));
    let mutual: Vec<_> = imports.iter().filter(|(one, other)| is_checked(one) && is_mutual(one, other)).collect();
    assert!(mutual.is_empty(), "these import each other: {mutual:?}");
}

#[test]
fn the_top_level_modules_have_no_cycle() {
    let top = |file: &str| file.split('/').next().unwrap_or_default().to_owned();
    let mut graph = BTreeMap::<_, BTreeSet<_>>::new();
    for (file, other) in named_imports() {
        if top(&file) != top(&other) {
            graph.entry(top(&file)).or_default().insert(top(&other));
        }
    }
    let removed: Vec<_> = CYCLIC_IMPORTS.iter().map(|(from, to, _)| (*from, *to)).collect();
    for (from, to) in &removed {
        let is_there = graph.get_mut(*from).is_some_and(|imported| imported.remove(*to));
        assert!(is_there, "{from} no longer imports {to}: remove the exception");
    }
    for (from, to) in &removed {
        assert!(path(&graph, to, from).is_some(), "{from} → {to} closes no cycle: remove the exception");
    }
    for (from, to) in graph.iter().flat_map(|(from, imported)| imported.iter().map(move |to| (from, to))) {
        if let Some(back) = path(&graph, to, from) {
            panic!("{from} → {} is a cycle", back.join(" → "));
        }
    }
}

/// The modules on a way from one to another, both included.
fn path<'a>(graph: &'a BTreeMap<String, BTreeSet<String>>, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let (mut ways, mut seen) = (vec![vec![from]], BTreeSet::from([from]));
    while let Some(way) = ways.pop() {
        let last = *way.last()?;
        if last == to {
            return Some(way);
        }
        for next in graph.get(last).into_iter().flatten() {
            if seen.insert(next) {
                ways.push([&way[..], &[next]].concat());
            }
        }
    }
    None
}
