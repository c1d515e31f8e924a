//! People, rooms and group rules of a tenant, from its stack's properties.

use std::collections::{BTreeMap, BTreeSet};

use convene::{
    domain::{EmailAddress, GroupRule, Member, TenantId, TimeZone},
    edge::FieldErrors,
};

use super::checks::{check_public_id, given, unique};
use crate::provision::{
    ids,
    properties::{MemberProperties, Properties},
};

const MAX_MEMBERS: usize = 1000;

/// The members of the tenant. `tenant`: absent if its name is not valid; then no ids are derived.
pub(super) fn members(
    properties: &Properties,
    tenant: Option<&TenantId>,
    domains: &[String],
    errors: &mut FieldErrors,
) -> Vec<Member> {
    if properties.members.len() > MAX_MEMBERS {
        errors.add("Members", format!("must have at most {MAX_MEMBERS} entries"));
    }
    let mut members = Vec::with_capacity(properties.members.len());
    for (place, member) in properties.members.iter().enumerate() {
        let address = member.email.parse::<EmailAddress>();
        match &address {
            Ok(address) => {
                let domain = address.folded().rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
                if !domains.is_empty() && !domains.contains(&domain) {
                    errors.add(format!("Members[{place}].Email"), "must be in one of Domains");
                }
            }
            Err(_) if member.email.is_empty() => {}
            Err(_) => errors.add(format!("Members[{place}].Email"), "must be a mail address"),
        }
        let time_zone = member.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
        if time_zone.parse::<TimeZone>().is_err() {
            errors.add(format!("Members[{place}].TimeZone"), "must be an IANA time zone");
        }
        if let Some(id) = &member.grant_id {
            check_public_id(&format!("Members[{place}].GrantId"), id, errors);
        }
        let mut external_ids = match (tenant, &address) {
            (Some(tenant), Ok(address)) => ids::of_member(tenant, address),
            _ => BTreeMap::new(),
        };
        external_ids.extend(given_ids(member));
        members.push(Member {
            email: member.email.clone(),
            name: member.name.clone().unwrap_or_else(|| member.email.clone()),
            time_zone,
            external_ids,
        });
    }
    unique("Members.Email", given(members.iter().map(|member| member.email.to_lowercase())), errors);
    for (property, family) in [("Members.GrantId", ids::NYLAS), ("Members.CronofySub", ids::CRONOFY)] {
        let ids_of = |member: &Member| Some((member.external_ids.get(family)?.clone(), member.email.to_lowercase()));
        // A member that is listed twice, which is an error of its own, has the same derived ids twice.
        let of_members: BTreeSet<_> = members.iter().filter_map(ids_of).collect();
        unique(property, of_members.into_iter().map(|(id, _)| id), errors);
    }
    members
}

fn given_ids(member: &MemberProperties) -> impl Iterator<Item = (String, String)> {
    let ids = [(ids::NYLAS, &member.grant_id), (ids::CRONOFY, &member.cronofy_sub)];
    ids.into_iter().filter_map(|(family, id)| Some((family.to_owned(), id.clone()?)))
}

pub(super) fn group_rules(properties: &Properties, members: &[Member], errors: &mut FieldErrors) -> Vec<GroupRule> {
    let known: BTreeSet<_> = members.iter().map(|member| member.email.to_lowercase()).collect();
    let mut rules = Vec::with_capacity(properties.group_rules.len());
    for (place, rule) in properties.group_rules.iter().enumerate() {
        if rule.members.is_empty() {
            errors.add(format!("GroupRules[{place}].Members"), "must have an entry");
        }
        if rule.members.iter().any(|email| !known.contains(&email.to_lowercase())) {
            errors.add(format!("GroupRules[{place}].Members"), "must be in Members");
        }
        let name = rule.name.clone().unwrap_or_else(|| rule.id.clone());
        rules.push(GroupRule { id: rule.id.clone(), name, members: rule.members.clone() });
    }
    unique("GroupRules.Id", given(rules.iter().map(|rule| rule.id.clone())), errors);
    rules
}
