//! What `functions/<family>/functions.yaml` holds.

use std::{collections::BTreeSet, fmt};

use serde::Deserialize;

/// A family of functions, which has a package of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The folder below `functions/`. The package is `convene-<name>`.
    pub name: String,
    /// What the family serves, for the description of its parameter.
    pub title: String,
    /// The parameter of `template.yaml` that leaves the family out of a deployment. None: it is always deployed.
    pub parameter: Option<String>,
    pub functions: Vec<Function>,
}

/// A Lambda function.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Also the name of its binary.
    pub name: String,
    /// At most 256 characters, the limit of Lambda.
    pub description: String,
    /// None: it is invoked directly.
    pub route: Option<Route>,
    /// What invokes a function without a route.
    pub invoked_by: Option<String>,
    /// In seconds. None: the template's default.
    pub timeout: Option<u32>,
    /// Managed policies of `template.yaml`, besides the one for logs and traces.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Environment variables besides those that follow from what the role allows. `TENANT_DOMAIN` is the parameter
    /// `TenantDomain`, and so on.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Why the role allows what it does.
    pub reason: String,
    /// What the role allows besides its policies.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// Actions on tables, or on secrets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Logical ids in `template.yaml`.
    #[serde(default)]
    pub tables: Vec<String>,
    /// The kind of keys: `lease` stands for the keys `<tenant>#lease#…`, `@health` for itself. None: all keys.
    pub keys: Option<String>,
    /// Kinds of secrets, which every tenant has: `<prefix><tenant>/<kind>`.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Without the service: `GetItem`.
    pub actions: Vec<String>,
    pub reason: Option<String>,
}

/// A method and a path, as in `POST /oauth2/token`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Route {
    pub method: String,
    /// `{name}` stands for one segment.
    pub path: String,
}

impl TryFrom<String> for Route {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        match text.split_once(' ') {
            Some((method, path)) if METHODS.contains(&method) && path.starts_with('/') && !path.contains(' ') => {
                Ok(Self { method: method.to_owned(), path: path.to_owned() })
            }
            _ => Err(format!("{text} must be a method and a path, such as GET /health")),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

impl Family {
    /// The path of its file in the checkout.
    pub fn file(&self) -> String {
        format!("functions/{}/functions.yaml", self.name)
    }

    /// The path of its OpenAPI document in the checkout.
    pub fn document(&self) -> String {
        format!("docs/openapi/{}.yaml", self.name)
    }

    pub fn package(&self) -> String {
        format!("convene-{}", self.name)
    }

    /// The condition of `template.yaml` under which the family is deployed.
    pub fn condition(&self) -> Option<String> {
        self.parameter.as_ref().map(|parameter| format!("Has{parameter}"))
    }

    /// What is wrong with the file, by what a reader of it can know.
    pub(crate) fn problem(&self, folder: &str) -> Option<String> {
        if self.name != folder {
            return Some(format!("name: must be the folder's, {folder}"));
        }
        let mut names = BTreeSet::new();
        self.functions.iter().find_map(|function| {
            let problem = match function.problem() {
                Some(problem) => problem,
                None if !names.insert(&function.name) => "is listed twice".to_owned(),
                None => return None,
            };
            Some(format!("{}: {problem}", function.name))
        })
    }
}

impl Function {
    /// The logical id in `template.yaml`: `GetHealth` of `get-health`.
    pub fn logical_id(&self) -> String {
        pascal_case(&self.name, '-')
    }

    fn problem(&self) -> Option<String> {
        let is_name = !self.name.is_empty() && self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if !is_name {
            return Some("name: must be lower-case letters and hyphens".to_owned());
        }
        if self.description.len() > 256 {
            return Some("description: must have at most 256 characters".to_owned());
        }
        if self.route.is_some() == self.invoked_by.is_some() {
            return Some("must have either a route or invoked_by".to_owned());
        }
        self.grants.iter().find_map(|grant| {
            if grant.tables.is_empty() == grant.secrets.is_empty() {
                return Some("a grant must name either tables or secrets".to_owned());
            }
            (grant.keys.is_some() && grant.tables.is_empty()).then(|| "keys belong to tables".to_owned())
        })
    }
}

/// `TenantDomain` of `TENANT_DOMAIN`.
pub(crate) fn pascal_case(name: &str, separator: char) -> String {
    let words = name.split(separator).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_uppercase() + &word[1..].to_lowercase()).collect()
}

/// `MEETINGS_TABLE` of `MeetingsTable`.
pub(crate) fn variable_name(logical_id: &str) -> String {
    let mut name = String::new();
    for character in logical_id.chars() {
        if character.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(character.to_uppercase());
    }
    name
}
