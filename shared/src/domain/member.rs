//! People and rooms that a tenant's configuration names, and the rules that choose among them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A person or room of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "StoredMember")]
pub struct Member {
    /// The address of the mailbox.
    pub email: String,
    /// Display name.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The ids by which callers know the mailbox, by the name of the endpoint family, such as `nylas`. Within a family each id
    /// belongs to one member.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub external_ids: BTreeMap<String, String>,
}

/// A member as configurations hold it. Earlier versions wrote the ids of two families as fields of their own, and a stored
/// configuration keeps these until the tenant's stack is updated.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredMember {
    email: String,
    name: String,
    time_zone: String,
    #[serde(default)]
    external_ids: BTreeMap<String, String>,
    grant_id: Option<String>,
    cronofy_sub: Option<String>,
}

impl From<StoredMember> for Member {
    fn from(stored: StoredMember) -> Self {
        let mut external_ids = stored.external_ids;
        for (family, id) in [("nylas", stored.grant_id), ("cronofy", stored.cronofy_sub)] {
            if let Some(id) = id {
                external_ids.entry(family.to_owned()).or_insert(id);
            }
        }
        Self { email: stored.email, name: stored.name, time_zone: stored.time_zone, external_ids }
    }
}

/// A group of members. A request that names the rule leaves open which of them hosts the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRule {
    /// The id by which callers know the rule.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The mailboxes of the members in the group.
    pub members: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(ids: &Value) -> Member {
        let mut stored = json!({"email": "ann@contoso.com", "name": "Ann", "timeZone": "Europe/Berlin"});
        for (name, value) in ids.as_object().expect("an object") {
            stored[name] = value.clone();
        }
        serde_json::from_value(stored).expect("a member")
    }

    fn ids(member: &Member) -> Vec<(&str, &str)> {
        member.external_ids.iter().map(|(family, id)| (family.as_str(), id.as_str())).collect()
    }

    #[test]
    fn the_ids_of_earlier_versions_are_read() {
        for (stored, expected) in [
            (json!({}), &[][..]),
            (json!({"grantId": "g-1"}), &[("nylas", "g-1")]),
            (json!({"cronofySub": "acc_1"}), &[("cronofy", "acc_1")]),
            (json!({"grantId": "g-1", "cronofySub": "acc_1"}), &[("cronofy", "acc_1"), ("nylas", "g-1")]),
            (json!({"grantId": "g-1", "externalIds": {"nylas": "g-2"}}), &[("nylas", "g-2")]),
        ] {
            assert_eq!(ids(&read(&stored)), expected, "{stored}");
        }
    }

    #[test]
    fn a_member_reads_back_as_it_was_written() {
        for external_ids in [json!({}), json!({"cronofy": "acc_1", "nylas": "g-1"})] {
            let member = read(&json!({"externalIds": external_ids}));
            let stored = serde_json::to_value(&member).expect("JSON");
            assert_eq!(stored.get("externalIds"), Some(&external_ids).filter(|ids| **ids != json!({})));
            assert_eq!(serde_json::from_value::<Member>(stored).expect("a member"), member);
        }
    }
}
