//! All families together.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{Error, Family, Function};

const FOLDER: &str = "functions";

/// The families, in the order of their names.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub families: Vec<Family>,
}

impl Manifest {
    /// Reads `functions/*/functions.yaml` of a checkout.
    pub fn load(root: &Path) -> Result<Self, Error> {
        let entries = fs::read_dir(root.join(FOLDER)).map_err(|error| Error::io(FOLDER, &error))?;
        let mut folders: Vec<_> = entries
            .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir())?.file_name().into_string().ok())
            .collect();
        folders.sort();
        let families = folders.iter().map(|folder| family(root, folder)).collect::<Result<_, _>>()?;
        let manifest = Self { families };
        manifest.check_uniqueness()?;
        Ok(manifest)
    }

    /// Every function with its family.
    pub fn functions(&self) -> impl Iterator<Item = (&Family, &Function)> {
        self.families.iter().flat_map(|family| family.functions.iter().map(move |function| (family, function)))
    }

    fn check_uniqueness(&self) -> Result<(), Error> {
        let mut known = BTreeMap::new();
        for (family, function) in self.functions() {
            let routes = function.routes.iter().map(ToString::to_string);
            for claimed in routes.chain([function.name.clone()]) {
                if let Some(other) = known.insert(claimed.clone(), family.file()) {
                    return Err(Error::new(family.file(), format!("{claimed} is already in {other}")));
                }
            }
        }
        Ok(())
    }
}

fn family(root: &Path, folder: &str) -> Result<Family, Error> {
    let file = format!("{FOLDER}/{folder}/functions.yaml");
    let text = fs::read_to_string(root.join(&file)).map_err(|error| Error::io(&file, &error))?;
    let mut family: Family = yaml_serde::from_str(&text).map_err(|error| Error::new(&file, error.to_string()))?;
    if let Some(problem) = family.problem(folder) {
        return Err(Error::new(file, problem));
    }
    family.functions.extend(family.fallback());
    Ok(family)
}
