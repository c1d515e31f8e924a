//! `AWS::DynamoDB::Table`: what a table needs in order to be created here.

use serde_json::{Map, Value as Json};
use yaml_serde::Value;

use super::values::Values;

/// What `CreateTable` takes from the resource. Backups, encryption and protection have no meaning on a laptop.
const CREATION: [&str; 7] = [
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "StreamSpecification",
];

/// A table of the deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct TableResource {
    /// Its name here, which is its name in the template.
    pub name: String,
    /// The body of a `CreateTable` call.
    pub creation: Json,
    /// The attribute that ends items, if one does.
    pub ttl_attribute: Option<String>,
}

impl TableResource {
    pub(super) fn read(id: &str, resource: &Value, values: &Values) -> Result<Self, String> {
        let properties = resource.get("Properties").ok_or("has no Properties")?;
        let mut creation = Map::from_iter([("TableName".to_owned(), Json::from(id))]);
        for name in CREATION {
            if let Some(value) = properties.get(name) {
                creation
                    .insert(name.to_owned(), values.resolve(value).map_err(|problem| format!("{name}: {problem}"))?);
            }
        }
        let ttl_attribute = match properties.get("TimeToLiveSpecification") {
            Some(specification) => {
                let specification = values.resolve(specification)?;
                let name =
                    specification["AttributeName"].as_str().ok_or("TimeToLiveSpecification names no attribute")?;
                (specification["Enabled"] == Json::Bool(true)).then(|| name.to_owned())
            }
            None => None,
        };
        Ok(Self { name: id.to_owned(), creation: Json::Object(creation), ttl_attribute })
    }
}
