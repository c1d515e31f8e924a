//! What the managed policies of `template.yaml` imply for the environment of a function.

use std::collections::{BTreeMap, BTreeSet};

use yaml_serde::Value;

/// The tables of the template, and what each managed policy uses.
pub(crate) struct Policies {
    /// In the order of the file.
    pub(crate) tables: Vec<String>,
    uses: BTreeMap<String, Uses>,
}

/// What a function needs environment variables for.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) tables: BTreeSet<String>,
    pub(crate) secrets: bool,
    /// Variables that authentication reads.
    pub(crate) settings: &'static [&'static str],
}

impl Policies {
    /// Reads the hand-written part of a template.
    pub(crate) fn read(template: &str) -> Result<Self, String> {
        let template: Value = yaml_serde::from_str(template).map_err(|error| error.to_string())?;
        let resources = template.get("Resources").and_then(Value::as_mapping).ok_or("has no Resources")?;
        let (mut tables, mut uses) = (Vec::new(), BTreeMap::new());
        for (id, resource) in resources {
            let id = id.as_str().unwrap_or_default().to_owned();
            match resource.get("Type").and_then(Value::as_str) {
                Some("AWS::DynamoDB::Table") => tables.push(id),
                Some("AWS::IAM::ManagedPolicy") => {
                    let policy = Uses { settings: settings(&id), ..used_by(resource) };
                    uses.insert(id, policy);
                }
                _ => {}
            }
        }
        Ok(Self { tables, uses })
    }

    pub(crate) fn of(&self, policy: &str) -> Result<&Uses, String> {
        self.uses.get(policy).ok_or_else(|| format!("template.yaml has no managed policy {policy}"))
    }
}

/// Without `TENANT_DOMAIN`, a credential of one tenant is accepted at another tenant's host; without `SINGLE_TENANT`, no signature
/// is accepted. So they are not listed by hand.
fn settings(policy: &str) -> &'static [&'static str] {
    match policy {
        "AcceptSignedRequests" => &["SINGLE_TENANT", "TENANT_DOMAIN"],
        "AuthenticateCallers" | "OpenConfigurations" => &["TENANT_DOMAIN"],
        _ => &[],
    }
}

fn used_by(policy: &Value) -> Uses {
    let mut uses = Uses::default();
    let statements = policy.get("Properties").and_then(|properties| properties.get("PolicyDocument"));
    let statements = statements.and_then(|document| document.get("Statement")).map(list).unwrap_or_default();
    for statement in statements {
        let actions = statement.get("Action").map(list).unwrap_or_default();
        uses.secrets |= actions.iter().filter_map(Value::as_str).any(|action| action.starts_with("secretsmanager:"));
        for resource in statement.get("Resource").map(list).unwrap_or_default() {
            if let Value::Tagged(tagged) = resource
                && let Some(table) = tagged.value.as_str().and_then(|text| text.strip_suffix("Table.Arn"))
            {
                uses.tables.insert(format!("{table}Table"));
            }
        }
    }
    uses
}

/// A list, also where its only entry stands alone.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Sequence(entries) => entries,
        one => std::slice::from_ref(one),
    }
}
