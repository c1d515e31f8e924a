//! `Cargo.lock`: what the packages depend on for every platform, without fetching any of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{metadata, read};

/// The packages, each as `name version`, with what they depend on.
pub struct Lock(BTreeMap<String, BTreeSet<String>>);

impl Lock {
    /// The lock file of the checkout. The workspace's own packages are left with what they link: the file does not tell that
    /// from what their tests and build scripts use.
    pub fn read() -> Self {
        let text = read("Cargo.lock");
        let entries: Vec<_> = text.split("[[package]]\n").skip(1).map(Entry::parse).collect();
        let linked = linked_by_ours();
        let packages = entries.iter().map(|entry| {
            let ours = linked.get(entry.name);
            let dependencies = entry.dependencies.iter().filter(|dependency| {
                ours.is_none_or(|linked| linked.contains(dependency.split(' ').next().unwrap_or_default()))
            });
            (entry.id(), dependencies.map(|dependency| resolve(&entries, dependency)).collect())
        });
        Self(packages.collect())
    }

    /// Whatever these packages of the workspace may link, directly or not.
    pub fn linked_by(&self, names: &[String]) -> BTreeSet<&str> {
        let is_root = |id: &&String| names.iter().any(|name| id.split(' ').next() == Some(name));
        let mut open: Vec<_> = self.0.keys().filter(is_root).collect();
        assert_eq!(open.len(), names.len(), "{names:?} are not all in Cargo.lock");
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            if found.insert(id.as_str()) {
                open.extend(&self.0[id]);
            }
        }
        found
    }
}

struct Entry<'a> {
    name: &'a str,
    version: &'a str,
    /// By name, and by version where the name alone is not enough.
    dependencies: Vec<&'a str>,
}

impl<'a> Entry<'a> {
    fn parse(text: &'a str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            line.unwrap_or_else(|| panic!("Cargo.lock has a package without {key}: {text}")).trim_end_matches('"')
        };
        let dependencies = text.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
        Self { name: value("name"), version: value("version"), dependencies: dependencies.collect() }
    }

    fn id(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

fn resolve(entries: &[Entry<'_>], dependency: &str) -> String {
    let mut words = dependency.split(' ');
    let (name, version) = (words.next().unwrap_or_default(), words.next());
    let is_it = |entry: &&Entry<'_>| entry.name == name && version.is_none_or(|version| entry.version == version);
    let mut found = entries.iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(entry), None) => entry.id(),
        _ => panic!("Cargo.lock does not say which package {dependency} is"),
    }
}

/// By package of the workspace, the names of what it depends on beside tests and build scripts.
fn linked_by_ours() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let linked = packages.map(|package| {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        (text(&package["name"]), normal.map(|dependency| text(&dependency["name"])).collect())
    });
    linked.collect()
}
