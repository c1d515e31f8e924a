//! What is allowed against what is done.

use std::collections::BTreeSet;

/// A permission, as `template.yaml` gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function's binary.
    pub function: String,
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// A table, or `secret <kind>`.
    pub on: String,
    /// The pattern of the keys, where only such keys are allowed.
    pub keys: Option<String>,
}

/// Something that a function did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// The function's binary.
    pub function: String,
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// A table, or `secret <kind>`.
    pub on: String,
    /// The pattern of the key, such as `*#lease#*`; empty where there is none.
    pub keys: String,
}

impl Grant {
    fn allows(&self, used: &Used) -> bool {
        (&self.function, &self.action, &self.on) == (&used.function, &used.action, &used.on)
            && self.keys.as_ref().is_none_or(|keys| *keys == used.keys)
    }
}

/// What is done and not allowed, which would fail on AWS, and what is allowed and never done.
pub fn differences(granted: &BTreeSet<Grant>, used: &BTreeSet<Used>) -> Vec<String> {
    let mut told = Vec::new();
    for used in used.iter().filter(|used| !granted.iter().any(|grant| grant.allows(used))) {
        let Used { function, action, on, keys } = used;
        told.push(format!("{function} does {action} on {on}{}, and may not", about(keys)));
    }
    for grant in granted.iter().filter(|grant| !used.iter().any(|used| grant.allows(used))) {
        let Grant { function, action, on, keys } = grant;
        told.push(format!(
            "{function} may do {action} on {on}{}, and never does",
            about(keys.as_deref().unwrap_or(""))
        ));
    }
    told
}

fn about(keys: &str) -> String {
    if keys.is_empty() { String::new() } else { format!(" (keys like {keys})") }
}

#[test]
fn both_kinds_of_difference_are_found() {
    let grant = |action: &str, keys: Option<&str>| Grant {
        function: "f".to_owned(),
        action: action.to_owned(),
        on: "T".to_owned(),
        keys: keys.map(str::to_owned),
    };
    let used = |action: &str, on: &str, keys: &str| Used {
        function: "f".to_owned(),
        action: action.to_owned(),
        on: on.to_owned(),
        keys: keys.to_owned(),
    };
    let granted = BTreeSet::from([grant("get", None), grant("put", Some("lease"))]);
    let agreeing = BTreeSet::from([used("get", "T", "a"), used("get", "T", "b"), used("put", "T", "lease")]);
    assert_eq!(differences(&granted, &agreeing), Vec::<String>::new());
    let disagreeing = BTreeSet::from([used("get", "U", "a"), used("put", "T", "family"), used("delete", "T", "")]);
    assert_eq!(
        differences(&granted, &disagreeing),
        [
            "f does delete on T, and may not",
            "f does get on U (keys like a), and may not",
            "f does put on T (keys like family), and may not",
            "f may do get on T, and never does",
            "f may do put on T (keys like lease), and never does",
        ]
    );
}
