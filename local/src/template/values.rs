//! Values that refer to something: parameters become what they are given or their defaults, resources their logical ids.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use yaml_serde::Value;

use crate::backends::{ACCOUNT, REGION};

/// What references stand for on this machine.
pub(super) struct Values(BTreeMap<String, Json>);

impl Values {
    /// The parameters, resources and pseudo parameters of a template. As in CloudFormation, only a parameter that the
    /// template has can be given.
    pub(super) fn of(document: &Value, given: &BTreeMap<&str, String>) -> Result<Self, String> {
        let section = |name: &str| document.get(name).and_then(Value::as_mapping).into_iter().flatten();
        let mut known = BTreeMap::new();
        for (id, _) in section("Resources") {
            if let Some(id) = id.as_str() {
                known.insert(id.to_owned(), Json::from(id));
            }
        }
        for (name, parameter) in section("Parameters") {
            if let (Some(name), Some(Ok(default))) = (name.as_str(), parameter.get("Default").map(plain)) {
                known.insert(name.to_owned(), default);
            }
        }
        for (name, value) in given {
            if !section("Parameters").any(|(known, _)| known.as_str() == Some(name)) {
                return Err(format!("has no parameter {name}"));
            }
            known.insert((*name).to_owned(), Json::from(value.as_str()));
        }
        for (name, value) in [
            ("AWS::Region", REGION),
            ("AWS::AccountId", ACCOUNT),
            ("AWS::Partition", "aws"),
            ("AWS::URLSuffix", "amazonaws.com"),
            ("AWS::StackName", "local"),
        ] {
            known.insert(name.to_owned(), Json::from(value));
        }
        Ok(Self(known))
    }

    /// A value with everything it refers to put in its place.
    pub(super) fn resolve(&self, value: &Value) -> Result<Json, String> {
        match value {
            Value::Tagged(tagged) if tagged.tag == "Ref" => self.reference(text(&tagged.value)?),
            Value::Tagged(tagged) if tagged.tag == "Sub" => self.substitute(text(&tagged.value)?).map(Json::from),
            Value::Tagged(tagged) => Err(format!("{} is not understood here", tagged.tag)),
            Value::Mapping(mapping) => match (mapping.len(), mapping.get("Ref"), mapping.get("Fn::Sub")) {
                (1, Some(name), _) => self.reference(text(name)?),
                (1, _, Some(template)) => self.substitute(text(template)?).map(Json::from),
                _ => {
                    let entry = |(key, value): (&Value, &Value)| Ok((text(key)?.to_owned(), self.resolve(value)?));
                    mapping.iter().map(entry).collect::<Result<Map<_, _>, String>>().map(Json::Object)
                }
            },
            Value::Sequence(items) => {
                items.iter().map(|item| self.resolve(item)).collect::<Result<_, _>>().map(Json::Array)
            }
            scalar => plain(scalar),
        }
    }

    /// A value as the text of an environment variable.
    pub(super) fn resolve_text(&self, value: &Value) -> Result<String, String> {
        match self.resolve(value)? {
            Json::String(text) => Ok(text),
            Json::Number(number) => Ok(number.to_string()),
            Json::Bool(truth) => Ok(truth.to_string()),
            _ => Err("is neither text nor a number".to_owned()),
        }
    }

    fn reference(&self, name: &str) -> Result<Json, String> {
        let unknown = || format!("refers to {name}, which is neither a resource nor a parameter with a default");
        self.0.get(name).cloned().ok_or_else(unknown)
    }

    /// `Fn::Sub`: `${Name}` becomes what the name refers to, `${!Name}` stays `${Name}`.
    fn substitute(&self, template: &str) -> Result<String, String> {
        let mut whole = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or("has ${ without }")?;
            whole.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => whole.extend(["${", literal, "}"]),
                None => match self.reference(name)? {
                    Json::String(text) => whole.push_str(&text),
                    other => whole.push_str(&other.to_string()),
                },
            }
            rest = after;
        }
        whole.push_str(rest);
        Ok(whole)
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "has something other than text where a name belongs".to_owned())
}

fn plain(value: &Value) -> Result<Json, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}
