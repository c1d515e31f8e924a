//! What `functions/<family>/functions.yaml` holds.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer};

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
    /// The beginning of all paths of the family, such as `/oauth2`. The family's fallback function answers what else is
    /// requested below it. None: API Gateway answers that.
    pub prefix: Option<String>,
    /// With the fallback, which is the last one and is not in the file.
    pub functions: Vec<Function>,
}

/// A Lambda function.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Also the name of its binary.
    pub name: String,
    /// At most 256 characters, the limit of Lambda.
    pub description: String,
    /// None: it is invoked directly.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Whether pages of other origins may call it. The fallback answers their preflights.
    #[serde(default)]
    pub cors: bool,
    /// What invokes a function without a route.
    pub invoked_by: Option<String>,
    /// In seconds. None: the template's default.
    pub timeout: Option<u32>,
    /// Managed policies of `template.yaml`, besides the one for logs and traces.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Environment variables besides those that follow from the policies and grants. `PASSWORD_GRANT` is the parameter
    /// `PasswordGrant`, and so on.
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
    /// The kinds of keys, one or a list: `lease` stands for the keys `<tenant>#lease#…`. What begins with `@` or `*`, such as
    /// `@session#*`, is a pattern of IAM as it is. Empty: all keys.
    #[serde(default, deserialize_with = "one_or_several")]
    pub keys: Vec<String>,
    /// Kinds of secrets, which every tenant has: `<prefix><tenant>/<kind>`.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Without the service: `GetItem`.
    pub actions: Vec<String>,
    pub reason: Option<String>,
}

/// Reads a list, or its only entry without brackets.
fn one_or_several<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entries {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Entries::deserialize(input)? {
        Entries::One(entry) => vec![entry],
        Entries::Several(entries) => entries,
    })
}

/// A method and a path, as in `POST /oauth2/token`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Route {
    /// `ANY` for a fallback.
    pub method: String,
    /// `{name}` stands for one segment; at the end of a fallback's path, `{proxy+}` for all that follow.
    pub path: String,
}

impl TryFrom<String> for Route {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
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

impl Route {
    /// The path with these values in the places of its variables, as they are: a value has no character that a path must
    /// encode. A variable without a value stays.
    pub fn path_with<V: AsRef<str>>(&self, values: &[(&str, V)]) -> String {
        let fill = |path: String, (name, value): &(&str, V)| {
            let (one, all) = (format!("{{{name}}}"), format!("{{{name}+}}"));
            path.replace(&one, value.as_ref()).replace(&all, value.as_ref())
        };
        values.iter().fold(self.path.clone(), fill)
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

    /// The function that answers what no other function serves below the prefix. It needs no permission and no variable.
    pub(crate) fn fallback(&self) -> Option<Function> {
        let prefix = self.prefix.as_ref()?;
        Some(Function {
            name: format!("{}-fallback", self.name),
            description: format!("Refuses paths and methods below {prefix} that no other function serves."),
            routes: vec![Route { method: "ANY".to_owned(), path: format!("{prefix}/{{proxy+}}") }],
            reason: "writes logs only".to_owned(),
            ..Function::default()
        })
    }

    /// What is wrong with the file, by what a reader of it can know.
    pub(crate) fn problem(&self, folder: &str) -> Option<String> {
        if self.name != folder {
            return Some(format!("name: must be the folder's, {folder}"));
        }
        let is_prefix =
            |prefix: &String| prefix.starts_with('/') && !prefix.ends_with('/') && !prefix.contains(['{', ' ']);
        if !self.prefix.as_ref().is_none_or(is_prefix) {
            return Some("prefix: must be the beginning of a path, such as /oauth2".to_owned());
        }
        let mut names = BTreeSet::new();
        self.functions.iter().find_map(|function| {
            let problem = match function.problem() {
                Some(problem) => problem,
                None if function.routes.iter().any(|route| !self.has_path(&route.path)) => {
                    "its paths must be below the prefix".to_owned()
                }
                None if function.cors && self.prefix.is_none() => {
                    "cors: the family must have a prefix, since its fallback answers preflights".to_owned()
                }
                None if !names.insert(&function.name) => "is listed twice".to_owned(),
                None => return None,
            };
            Some(format!("{}: {problem}", function.name))
        })
    }

    fn has_path(&self, path: &str) -> bool {
        let below = |prefix: &String| path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.prefix.as_ref().is_none_or(below)
    }
}

impl Function {
    /// The logical id in `template.yaml`: `GetHealth` of `get-health`.
    pub fn logical_id(&self) -> String {
        pascal_case(&self.name, '-')
    }

    /// Whether it answers what no other function of its family serves. Such a function is not described for callers.
    pub fn is_fallback(&self) -> bool {
        self.routes.iter().any(|route| route.method == "ANY")
    }

    fn problem(&self) -> Option<String> {
        let is_name = !self.name.is_empty() && self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if !is_name {
            return Some("name: must be lower-case letters and hyphens".to_owned());
        }
        if self.description.len() > 256 {
            return Some("description: must have at most 256 characters".to_owned());
        }
        if self.routes.is_empty() == self.invoked_by.is_none() {
            return Some("must have either routes or invoked_by".to_owned());
        }
        if self.cors && self.routes.is_empty() {
            return Some("cors: a function without a route is not called by pages".to_owned());
        }
        self.grants.iter().find_map(|grant| {
            if grant.tables.is_empty() == grant.secrets.is_empty() {
                return Some("a grant must name either tables or secrets".to_owned());
            }
            (!grant.keys.is_empty() && grant.tables.is_empty()).then(|| "keys belong to tables".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_path_get_their_values() {
        let route = |path: &str| Route { method: "GET".to_owned(), path: path.to_owned() };
        let values = [("grant", "g-1"), ("event", "e-2"), ("proxy", "a/b")];
        for (path, filled) in [
            ("/v3/grants/{grant}/events/{event}", "/v3/grants/g-1/events/e-2"),
            ("/v3/{proxy+}", "/v3/a/b"),
            ("/v3/{other}", "/v3/{other}"),
            ("/health", "/health"),
        ] {
            assert_eq!(route(path).path_with(&values), filled);
        }
    }
}
