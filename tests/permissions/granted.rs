//! What `template.yaml` allows. Only plain forms are read; `scripts/check-permissions` refuses all others.

use std::{collections::BTreeSet, fs};

use convene_local::default_template;
use yaml_serde::Value;

use crate::{compare::Grant, watched::pattern_of_key};

/// What these managed policies allow a function.
pub fn by_policies(function: &str, policies: &[&str]) -> BTreeSet<Grant> {
    let template = template();
    let documents = policies.iter().map(|policy| &template["Resources"][*policy]["Properties"]["PolicyDocument"]);
    documents
        .flat_map(|document| list(&document["Statement"]))
        .flat_map(|statement| grants(function, statement))
        .collect()
}

fn template() -> Value {
    let text = fs::read_to_string(default_template()).expect("template.yaml");
    yaml_serde::from_str(&text).expect("YAML")
}

/// Everything that functions may do, but for what Lambda does in their name: logs and traces.
pub fn all() -> BTreeSet<Grant> {
    let template = template();
    let resources = &template["Resources"];
    let mut granted = BTreeSet::new();
    for (_, resource) in resources.as_mapping().expect("resources") {
        if resource["Type"].as_str() != Some("AWS::Serverless::Function") {
            continue;
        }
        let properties = &resource["Properties"];
        let code = properties["CodeUri"].as_str().expect("a path");
        let binary = code.trim_end_matches('/').rsplit('/').next().expect("a name");
        let role = &resources[arn_of(&properties["Role"])]["Properties"];
        let own = list(&role["Policies"]).iter().map(|policy| &policy["PolicyDocument"]);
        let managed = list(&role["ManagedPolicyArns"]).iter();
        let managed = managed.map(|policy| &resources[tagged(policy, "Ref")]["Properties"]["PolicyDocument"]);
        for statement in own.chain(managed).flat_map(|document| list(&document["Statement"])) {
            granted.extend(grants(binary, statement));
        }
    }
    granted
}

fn grants(binary: &str, statement: &Value) -> Vec<Grant> {
    assert_eq!(statement["Effect"].as_str(), Some("Allow"));
    let mut grants = Vec::new();
    for action in list(&statement["Action"]) {
        let action = action.as_str().expect("an action");
        if ["logs:", "xray:"].iter().any(|service| action.starts_with(service)) {
            continue;
        }
        for resource in list(&statement["Resource"]) {
            for keys in leading_keys(statement.get("Condition")) {
                let (function, action) = (binary.to_owned(), action.to_owned());
                grants.push(Grant { function, action, on: name(resource), keys });
            }
        }
    }
    grants
}

/// A table's logical id, or the kind of a secret.
fn name(resource: &Value) -> String {
    let Value::Tagged(value) = resource else { panic!("{resource:?} is neither a table nor a secret") };
    if value.tag == "GetAtt" {
        return arn_of(resource).to_owned();
    }
    let kind = tagged(resource, "Sub").rsplit('/').next().expect("one kind of secret");
    // Without the end that Secrets Manager gives an ARN, it is one that is not there.
    format!("secret {}", kind.strip_suffix("-??????").unwrap_or(kind))
}

/// The patterns of keys that a condition allows. `None`: all.
fn leading_keys(condition: Option<&Value>) -> Vec<Option<String>> {
    let Some(condition) = condition else { return vec![None] };
    let only = |value: &Value| assert_eq!(value.as_mapping().map(yaml_serde::Mapping::len), Some(1), "{value:?}");
    only(condition);
    let like = &condition["ForAllValues:StringLike"];
    only(like);
    let pattern = |pattern: &Value| {
        let text = pattern.as_str().filter(|text| pattern_of_key(text) == *text);
        Some(text.unwrap_or_else(|| panic!("{pattern:?} is not a pattern of one kind of keys")).to_owned())
    };
    list(&like["dynamodb:LeadingKeys"]).iter().map(pattern).collect()
}

fn arn_of(value: &Value) -> &str {
    tagged(value, "GetAtt").strip_suffix(".Arn").expect("an ARN")
}

fn tagged<'a>(value: &'a Value, tag: &str) -> &'a str {
    match value {
        Value::Tagged(value) if value.tag == tag => value.value.as_str().expect("text"),
        _ => panic!("{value:?} is no !{tag}"),
    }
}

/// A list, also where its only entry stands alone.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Sequence(entries) => entries,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}
