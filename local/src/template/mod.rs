//! What `template.yaml` says: functions with their routes and environment, and tables.
//!
//! Only what a laptop needs is read. Roles, logs and limits are the cloud's business; a value that cannot be worked
//! out without the cloud is an error only where it is needed.

mod conditions;
mod functions;
mod tables;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use yaml_serde::Value;

use conditions::Conditions;
pub use functions::{FunctionResource, Route};
pub use tables::TableResource;
use values::Values;

/// The functions and tables of a deployment.
#[derive(Debug, Clone)]
pub struct Template {
    /// Every `AWS::Serverless::Function` whose condition is true, in the order of the file.
    pub functions: Vec<FunctionResource>,
    /// The binaries of the functions whose condition is false.
    pub left_out: BTreeSet<String>,
    /// Every `AWS::DynamoDB::Table` whose condition is true, in the order of the file.
    pub tables: Vec<TableResource>,
}

/// The template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct TemplateError {
    /// Which file.
    pub file: String,
    /// What is wrong, and where in it.
    pub problem: String,
}

impl Template {
    /// Reads a template file, with every parameter at its default.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        Self::load_with(path, &BTreeMap::new())
    }

    /// Reads a template file, with values for some of its parameters.
    pub fn load_with(path: &Path, parameters: &BTreeMap<&str, String>) -> Result<Self, TemplateError> {
        let failed = |problem: String| TemplateError { file: path.display().to_string(), problem };
        let text = fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        Self::parse(&text, parameters).map_err(failed)
    }

    /// Reads the text of a template, with values for some of its parameters.
    pub fn parse(text: &str, parameters: &BTreeMap<&str, String>) -> Result<Self, String> {
        let document: Value = yaml_serde::from_str(text).map_err(|error| format!("is not YAML: {error}"))?;
        let resources = document.get("Resources").and_then(Value::as_mapping).ok_or("has no Resources")?;
        let values = Values::of(&document, parameters)?;
        let conditions = Conditions::of(&document, &values);
        let globals = document.get("Globals").and_then(|globals| globals.get("Function"));
        let (mut functions, mut left_out, mut tables) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (id, resource) in resources {
            let id = id.as_str().ok_or("Resources has a key that is no text")?;
            let in_resource = |problem: String| format!("Resources.{id}: {problem}");
            let kind = resource.get("Type").and_then(Value::as_str);
            if !conditions.include(resource).map_err(in_resource)? {
                if kind == Some("AWS::Serverless::Function") {
                    left_out.insert(functions::binary(resource, globals, &values).map_err(in_resource)?);
                }
                continue;
            }
            match kind {
                Some("AWS::Serverless::Function") => {
                    functions.push(FunctionResource::read(id, resource, globals, &values).map_err(in_resource)?);
                }
                Some("AWS::DynamoDB::Table") => {
                    tables.push(TableResource::read(id, resource, &values).map_err(in_resource)?);
                }
                _ => {}
            }
        }
        Ok(Self { functions, left_out, tables })
    }
}

#[cfg(test)]
mod tests;
