//! What the packages depend on.

use std::collections::BTreeSet;

use crate::{
    files::{cargo, files, metadata, read},
    lock_file::Lock,
};

/// The folder of a package in the checkout, and the folders of the workspace's packages it depends on.
fn packages() -> Vec<(String, Vec<String>)> {
    let metadata = metadata();
    let root = metadata["workspace_root"].as_str().expect("a root").to_owned();
    let inside = |path: &str| path.strip_prefix(&root).expect("a path in the checkout").trim_matches('/').to_owned();
    let package = |package: &serde_json::Value| {
        let manifest = inside(package["manifest_path"].as_str().expect("a path"));
        let dependencies = package["dependencies"].as_array().expect("a list").iter();
        let paths = dependencies.filter_map(|dependency| dependency["path"].as_str().map(inside)).collect();
        (manifest.trim_end_matches("/Cargo.toml").to_owned(), paths)
    };
    metadata["packages"].as_array().expect("a list").iter().map(package).collect()
}

#[test]
fn families_never_import_each_other_and_the_product_never_what_runs_it() {
    for (package, dependencies) in packages() {
        let allowed: &[&str] = match package.as_str() {
            "shared" | "local/loopback-guard" => &[],
            "local/graph-simulator" => &["local/loopback-guard"],
            family if family.starts_with("functions/") => &["shared"],
            _ => continue,
        };
        for dependency in dependencies {
            assert!(allowed.contains(&dependency.as_str()), "{package} depends on {dependency}");
        }
    }
}

/// What is one of a kind in a function, whatever it is built for.
const ONCE: [&str; 5] = ["rustls", "aws-lc-rs", "lambda_http", "tokio", "hyper"];
/// What no function links.
const NEVER: [&str; 8] =
    ["openssl", "native-tls", "regex", "axum", "rusqlite", "dynoxide-rs", "graph-simulator", "convene-local"];

/// The packages of the families: `convene-salesforce` and so on.
fn families() -> Vec<String> {
    let folders = packages().into_iter().map(|(folder, _)| folder).filter(|folder| folder.starts_with("functions/"));
    folders.map(|folder| folder.replace("functions/", "convene-")).collect()
}

#[track_caller]
fn check_versions(versions: impl Fn(&str) -> usize) {
    for name in ONCE {
        assert_eq!(versions(name), 1, "versions of {name} that a function links");
    }
    for name in NEVER {
        assert_eq!(versions(name), 0, "a function links {name}");
    }
}

/// One crypto provider: the functions link aws-lc-rs and no ring, each but once. As built on this machine: cargo has
/// fetched nothing for others.
#[test]
fn the_functions_have_one_crypto_provider() {
    let mut arguments = vec!["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let families = families();
    for name in &families {
        arguments.extend(["--package", name]);
    }
    let tree = cargo(&arguments);
    let lines: BTreeSet<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    let versions = |name: &str| lines.iter().filter(|line| line.split(' ').next() == Some(name)).count();
    assert_eq!(versions("ring"), 0, "ring is a second crypto provider");
    check_versions(versions);
}

/// The same for every platform, from the lock file, which has each package that some platform needs. It also has packages
/// that a feature might need, so only what is in no way reachable is known not to be linked: ring is an option of others.
#[test]
fn the_lock_file_lets_the_functions_link_nothing_twice_on_any_platform() {
    let lock = Lock::read();
    let linked = lock.linked_by(&families());
    assert!(linked.len() > 100, "only {} packages", linked.len());
    check_versions(|name| linked.iter().filter(|package| package.split(' ').next() == Some(name)).count());
}

/// A package that was renamed or replaced would silently be compiled for size.
#[test]
fn the_packages_that_are_compiled_for_speed_are_linked() {
    let lock = Lock::read();
    let linked: BTreeSet<_> =
        lock.linked_by(&families()).iter().filter_map(|package| package.split(' ').next()).collect();
    let manifest = read("Cargo.toml");
    let named = manifest.lines().filter_map(|line| line.strip_prefix("[profile.deploy.package.")?.strip_suffix(']'));
    let fast: BTreeSet<_> = named.filter(|name| *name != "\"*\"").collect();
    assert!(!fast.is_empty(), "every dependency is compiled for size");
    let unlinked: Vec<_> = fast.difference(&linked).collect();
    assert!(unlinked.is_empty(), "no function links {unlinked:?}");
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = read("Cargo.toml");
    let (_, rest) = manifest.split_once("[workspace.dependencies]\n").expect("the dependencies");
    let mut explained = false;
    for line in rest.lines().take_while(|line| !line.starts_with('[')) {
        if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = line.len() > 20;
        } else if !line.contains("path =") {
            assert!(explained, "Cargo.toml does not say why there is: {line}");
        }
    }
}

#[test]
fn every_dependency_is_declared_in_one_place() {
    for manifest in files("", "toml")
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml") && path.parent().is_some_and(|folder| folder != ""))
    {
        let text = read(&manifest);
        let mut in_dependencies = false;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                in_dependencies = line.trim_matches(['[', ']']).ends_with("dependencies");
            } else if in_dependencies {
                assert!(line.contains("workspace = true"), "{}: {line}", manifest.display());
            }
        }
    }
}
