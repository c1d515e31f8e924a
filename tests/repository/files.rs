//! The checkout, and what cargo knows of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use convene_local::{default_template, template::Template};
use convene_manifest::Manifest;
use serde_json::Value;

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in a folder of the checkout")
}

/// The text of a file, by its path in the checkout.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file with this extension in a folder of the checkout, as paths in the checkout.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_ours = !name.starts_with('.') && name != "target";
            if path.is_dir() && is_ours {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).expect("a path in the checkout").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// What cargo answers, from what is on this machine.
pub fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).arg("--offline").current_dir(root()).output().expect("cargo");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The workspace and its packages, as cargo describes them.
pub fn metadata() -> Value {
    serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("JSON")
}

/// The deployment.
pub fn template() -> Template {
    Template::load(&default_template()).expect("template.yaml")
}

/// What `functions/*/functions.yaml` list.
pub fn manifest() -> Manifest {
    Manifest::load(root()).unwrap_or_else(|error| panic!("{error}"))
}
