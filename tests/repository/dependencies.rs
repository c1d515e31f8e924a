//! What the packages depend on.

use std::collections::BTreeSet;

use crate::files::{cargo, files, metadata, read};

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
            "shared" | "local/graph-simulator" => &[],
            family if family.starts_with("functions/") => &["shared"],
            _ => continue,
        };
        for dependency in dependencies {
            assert!(allowed.contains(&dependency.as_str()), "{package} depends on {dependency}");
        }
    }
}

/// One crypto provider: the functions link aws-lc-rs and no ring, each but once.
#[test]
fn the_functions_have_one_crypto_provider() {
    let mut arguments = vec!["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", "all"];
    let families: Vec<_> = packages().into_iter().filter(|(folder, _)| folder.starts_with("functions/")).collect();
    let names: Vec<_> = families.iter().map(|(folder, _)| folder.replace("functions/", "convene-")).collect();
    for name in &names {
        arguments.extend(["--package", name]);
    }
    let tree = cargo(&arguments);
    let lines: BTreeSet<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    let versions = |name: &str| lines.iter().filter(|line| line.split(' ').next() == Some(name)).count();
    assert_eq!(versions("ring"), 0, "ring is a second crypto provider");
    for name in ["rustls", "aws-lc-rs", "lambda_http", "tokio", "hyper"] {
        assert_eq!(
            versions(name),
            1,
            "{name}: {:?}",
            lines.iter().filter(|line| line.starts_with(name)).collect::<Vec<_>>()
        );
    }
    for name in
        ["openssl", "native-tls", "regex", "axum", "rusqlite", "dynoxide-rs", "graph-simulator", "convene-local"]
    {
        assert_eq!(versions(name), 0, "a function links {name}");
    }
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
