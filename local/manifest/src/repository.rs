//! The generated files of a checkout.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, Manifest, OpenApi, block::Block, cargo, documents, event, routes, template};

/// A checkout, with everything that is generated in it.
pub struct Repository {
    root: PathBuf,
    blocks: Vec<Block>,
    /// Files that are generated as a whole, by their paths.
    files: Vec<(String, String)>,
    /// Events that do not exist yet, by their paths.
    events: Vec<(String, String)>,
    undescribed: Vec<String>,
}

impl Repository {
    /// Reads the manifest of a checkout and generates, without writing anything.
    pub fn load(root: &Path) -> Result<Self, Error> {
        let manifest = Manifest::load(root)?;
        let openapi = OpenApi::load(root, &manifest)?;
        let in_template = |problem| Error::new(template::FILE, problem);
        let mut blocks = template::blocks(&manifest, &read(root, template::FILE)?).map_err(in_template)?;
        blocks.extend(cargo::blocks(&manifest));
        blocks.extend(documents::blocks(&manifest, &openapi));
        let (mut events, mut undescribed) = (Vec::new(), Vec::new());
        for (family, function) in manifest.functions() {
            let file = event::file(function);
            if !root.join(&file).exists() {
                events.extend(event::skeleton(function, &openapi).map(|text| (file, text)));
            }
            for route in function.routes.iter().filter(|_| !function.is_fallback()) {
                if openapi.operation(route).is_none() {
                    undescribed.push(format!("{} has {route}, {} does not", family.file(), family.document()));
                }
            }
        }
        let files = manifest.families.iter().filter_map(|family| Some((routes::file(family), routes::text(family)?)));
        Ok(Self { root: root.to_owned(), blocks, files: files.collect(), events, undescribed })
    }

    /// Endpoints that the API's description does not have. They are in no document and have no event until it does.
    pub fn undescribed(&self) -> &[String] {
        &self.undescribed
    }

    /// What is out of date, by name. Empty if nothing is.
    pub fn differences(&self) -> Result<Vec<String>, Error> {
        let missing = self.events.iter().map(|(file, _)| format!("{file} is missing"));
        let mut found: Vec<_> = self.undescribed.iter().cloned().chain(missing).collect();
        for block in &self.blocks {
            let text = read(&self.root, block.file)?;
            found.extend(block.differences(&text).map_err(|problem| Error::new(block.file, problem))?);
        }
        let outdated = self.files.iter().filter(|(file, text)| !self.has(file, text));
        found.extend(outdated.map(|(file, _)| format!("{file} has other routes than functions.yaml")));
        Ok(found)
    }

    /// Writes what is out of date; returns the files that were written.
    pub fn write(&self) -> Result<Vec<String>, Error> {
        let mut written = Vec::new();
        let mut write = |file: &str, text: &str| {
            written.push(file.to_owned());
            let path = self.root.join(file);
            let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
            folder.and_then(|()| fs::write(path, text)).map_err(|error| Error::io(file, &error))
        };
        for (file, text) in self.events.iter().chain(self.files.iter().filter(|(file, text)| !self.has(file, text))) {
            write(file, text)?;
        }
        for block in &self.blocks {
            let old = read(&self.root, block.file)?;
            let new = block.replace(&old).map_err(|problem| Error::new(block.file, problem))?;
            if new != old {
                write(block.file, &new)?;
            }
        }
        written.dedup();
        Ok(written)
    }

    fn has(&self, file: &str, text: &str) -> bool {
        fs::read_to_string(self.root.join(file)).is_ok_and(|old| old == text)
    }
}

fn read(root: &Path, file: &str) -> Result<String, Error> {
    fs::read_to_string(root.join(file)).map_err(|error| Error::io(file, &error))
}
