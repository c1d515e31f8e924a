//! The layers of the package `convene`: which module may import which; and that no package has a cycle of modules. See
//! [`modules`](crate::modules) for what an import is.
//!
//! A call of an inherent method is not an import, so the `impl` blocks of one type in several files are not checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{
    files::root,
    modules::{Imports, Modules},
};

const SOURCES: &str = "shared/src";

/// Each layer, and what it may import besides its own files: folders, or files without `.rs`.
const LAYERS: [(&str, &[&str]); 24] = [
    ("http", &[]),
    ("cache", &[]),
    ("clock", &[]),
    ("json_size", &[]),
    ("aws", &[]),
    ("openapi", &["domain", "edge"]),
    (
        "services",
        &["auth", "aws", "call", "calendar", "clock", "domain", "http", "problem", "scheduling", "secrets", "store"],
    ),
    ("domain", &[]),
    ("problem", &["domain"]),
    ("call", &["domain"]),
    ("auth", &["call", "clock", "domain", "problem", "secrets", "store"]),
    ("edge", &["auth", "call", "domain", "json_size", "problem", "secrets", "services", "store"]),
    ("slots", &["domain"]),
    ("calendar", &["call", "clock", "domain", "json_size", "secrets"]),
    ("secrets", &["aws", "cache", "domain", "problem"]),
    (
        "store",
        &["aws", "cache", "call", "clock", "domain", "problem", "scheduling/records", "calendar/graph/auth/lease"],
    ),
    ("scheduling/records", &["domain"]),
    ("scheduling/protocol", &["call", "clock", "domain", "problem", ERROR, "scheduling/records", PORT, PORT_ERROR]),
    ("scheduling/driver", &["call", "clock", "domain", "scheduling/protocol", "scheduling/records", PORT, PORT_ERROR]),
    ("scheduling/meetings", USE_CASE),
    ("scheduling/appointments", USE_CASE),
    (
        "scheduling/bookings",
        &[
            "call",
            "clock",
            "domain",
            "problem",
            ERROR,
            "scheduling/driver",
            "scheduling/protocol",
            "scheduling/records",
            "slots",
            PORT,
            PORT_ERROR,
            // It stands before any calendar service.
            "calendar/recent",
        ],
    ),
    ("scheduling/availability", &["call", "domain", ERROR, "slots", PORT]),
    (ERROR, &["problem", PORT_ERROR]),
];
/// These only declare modules and re-export.
const FACADES: [&str; 2] = ["lib", "scheduling/mod"];
/// The errors of the use cases.
const ERROR: &str = "scheduling/error";
const PORT: &str = "calendar/mod";
const PORT_ERROR: &str = "calendar/error";
const USE_CASE: &[&str] = &[
    "call",
    "clock",
    "domain",
    "problem",
    ERROR,
    "scheduling/driver",
    "scheduling/protocol",
    "scheduling/records",
    PORT,
];

/// The packages of the product: the common one, and the families.
fn packages() -> Vec<PathBuf> {
    let families = std::fs::read_dir(root().join("functions")).expect("functions/");
    let families =
        families.map(|family| Path::new("functions").join(family.expect("a folder").file_name()).join("src"));
    let packages = families.chain([PathBuf::from(SOURCES)]).filter(|sources| root().join(sources).is_dir());
    let packages: Vec<_> = packages.collect();
    assert!(packages.len() > 3, "{packages:?}");
    packages
}

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
        ("scheduling/meetings", "scheduling/driver/records", "a re-export of a sibling"),
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
        assert!(allowed.is_empty() || importing.peek().is_some(), "{layer} imports nothing");
        for (file, other) in importing.filter(|(_, other)| !is_in(other, layer)) {
            let may = allowed.iter().any(|allowed| is_in(other, allowed));
            assert!(may, "{file} imports {other}, but {layer} may only import {allowed:?}");
        }
    }
}

#[test]
fn every_module_is_in_a_layer() {
    let files: BTreeSet<_> = imports().keys().map(|file| name(file)).collect();
    for file in files.iter().filter(|file| !FACADES.contains(&file.as_str())) {
        assert!(LAYERS.iter().any(|(layer, _)| is_in(file, layer)), "{file} is in no layer");
    }
    for (layer, _) in LAYERS {
        assert!(files.iter().any(|file| is_in(file, layer)), "{layer} is not there");
    }
}

#[test]
fn no_package_has_a_cycle_of_modules() {
    for sources in packages() {
        let imports = Modules::parse(&sources.join("lib.rs")).imports();
        let name = |file: &Path| file.strip_prefix(&sources).expect("a source file").display().to_string();
        let mut files = BTreeMap::<_, BTreeSet<_>>::new();
        for (file, imported) in &imports {
            files.entry(name(file)).or_default().extend(imported.iter().map(|other| name(other)));
        }
        assert_acyclic(&files, &sources);
        let top = |file: &str| file.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let mut modules = BTreeMap::<_, BTreeSet<_>>::new();
        for (file, imported) in &files {
            let others = imported.iter().map(|other| top(other)).filter(|other| *other != top(file));
            modules.entry(top(file)).or_default().extend(others);
        }
        assert_acyclic(&modules, &sources);
    }
}

fn assert_acyclic(graph: &BTreeMap<String, BTreeSet<String>>, package: &Path) {
    let imports = graph.iter().flat_map(|(from, imported)| imported.iter().map(move |to| (from, to)));
    let cycles = imports.filter_map(|(from, to)| Some(format!("{from} → {}", path(graph, to, from)?.join(" → "))));
    let cycles: Vec<_> = cycles.collect();
    assert!(cycles.is_empty(), "{} has cycles of modules: {cycles:#?}", package.display());
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
