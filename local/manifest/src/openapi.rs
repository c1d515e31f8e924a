//! What the families' OpenAPI documents say about an endpoint. The handlers generate the documents.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{Error, Family, Manifest, Route};

/// The documents of a checkout.
pub struct OpenApi(Vec<Value>);

/// An endpoint in the document.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    document: &'a Value,
    operation: &'a Value,
}

impl OpenApi {
    /// Reads the families' documents. A new family has none yet.
    pub fn load(root: &Path, manifest: &Manifest) -> Result<Self, Error> {
        let files = manifest.families.iter().map(Family::document).filter(|file| root.join(file).exists());
        let read = |file: String| {
            let text = fs::read_to_string(root.join(&file)).map_err(|error| Error::io(&file, &error))?;
            yaml_serde::from_str(&text).map_err(|error| Error::new(&file, error.to_string()))
        };
        files.map(read).collect::<Result<_, _>>().map(Self)
    }

    pub fn operation(&self, route: &Route) -> Option<Operation<'_>> {
        self.0.iter().find_map(|document| {
            let operation = document["paths"].get(&route.path)?.get(route.method.to_lowercase())?;
            Some(Operation { document, operation })
        })
    }
}

impl Operation<'static> {
    /// An endpoint of which nothing is known.
    pub(crate) const UNDESCRIBED: Self = Self { document: &Value::Null, operation: &Value::Null };
}

impl<'a> Operation<'a> {
    /// Whether it looks at credentials of any kind.
    pub fn takes_credentials(self) -> bool {
        self.requirements().any(|requirement| !requirement.is_empty())
    }

    /// Whether an access token is a credential for it.
    pub fn takes_access_tokens(self) -> bool {
        self.has_scheme("bearer")
    }

    /// Whether an API key is a credential for it.
    pub fn takes_api_keys(self) -> bool {
        self.has_scheme("api_key")
    }

    /// Whether some of its requests need no credential.
    pub fn is_public(self) -> bool {
        self.requirements().any(serde_json::Map::is_empty)
    }

    /// The scopes that an access token must have.
    pub fn scopes(self) -> Vec<&'a str> {
        let bearer = self.requirements().filter_map(|requirement| requirement.get("bearer")?.as_array());
        bearer.flatten().filter_map(Value::as_str).collect()
    }

    /// The names of the parameters that the query string must have.
    pub fn required_query(self) -> impl Iterator<Item = &'a str> {
        let required = self.parameters("query").filter(|parameter| parameter["required"] == true);
        required.filter_map(|parameter| parameter["name"].as_str())
    }

    /// Names and documented examples of the parameters that have one, in the `query` or in the `path`.
    pub fn examples(self, place: &'static str) -> Vec<(&'a str, String)> {
        let example = |parameter: &'a Value| Some((parameter["name"].as_str()?, plain(parameter.get("example")?)));
        self.parameters(place).filter_map(example).collect()
    }

    /// The media type of the body.
    pub fn body_type(self) -> Option<&'a str> {
        self.content().map(|(media_type, _)| media_type)
    }

    /// The first documented example of the body.
    pub fn body_example(self) -> Option<&'a Value> {
        let (_, content) = self.content()?;
        Some(&content["examples"].as_object()?.values().next()?["value"])
    }

    fn content(self) -> Option<(&'a str, &'a Value)> {
        let body = self.resolve(&self.operation["requestBody"]);
        body["content"].as_object()?.iter().next().map(|(media_type, content)| (media_type.as_str(), content))
    }

    fn parameters(self, place: &'static str) -> impl Iterator<Item = &'a Value> {
        let parameters = self.operation["parameters"].as_array().into_iter().flatten();
        parameters.map(move |parameter| self.resolve(parameter)).filter(move |parameter| parameter["in"] == place)
    }

    fn requirements(self) -> impl Iterator<Item = &'a serde_json::Map<String, Value>> {
        self.operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object)
    }

    fn has_scheme(self, scheme: &str) -> bool {
        self.requirements().any(|requirement| requirement.contains_key(scheme))
    }

    fn resolve(self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
            None => value,
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
