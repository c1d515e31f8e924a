//! What becomes of properties, whatever they are.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use convene::edge::FieldErrors;

use super::*;

/// A tenant with something of everything.
fn good() -> Map<String, Value> {
    let arn = |kind: &str| format!("arn:aws:secretsmanager:eu-central-1:1:secret:convene/contoso/{kind}-AbCdEf");
    let properties = json!({
        "ServiceToken": "arn:aws:lambda:eu-central-1:1:function:provision", "ServiceTimeout": "300",
        "TenantName": "contoso", "DisplayName": "Contoso", "Domains": ["contoso.com", "Contoso.example"],
        "DirectoryId": "9c1e4b2a-0000-4000-8000-000000000000",
        "MicrosoftClientId": "52B7B9C0-0000-4000-8000-000000000000",
        "Cloud": "us-government", "LoginEndpoint": "", "GraphEndpoint": "", "Access": "delegated",
        "TentativeIsBusy": "false", "LegacyPasswordAuth": "true", "Administrators": r#"[{"Name": "admin"}]"#,
        "Clients": [{"Name": "crm"}, {"Name": "desk", "Scopes": "calendar.read", "RotateRefreshTokens": "false"}],
        "Members": r#"[{"Email": "anna@contoso.com", "TimeZone": "Europe/Berlin"}, {"Email": "Bob@contoso.com"}]"#,
        "GroupRules": [{"Id": "sales", "Members": ["anna@contoso.com", "bob@contoso.com"]}],
        "Hosts": "book.contoso.com", "NylasClientId": "", "RetentionDays": "30", "RecordDays": "500", "RefreshTokenGeneration": "1",
        "MicrosoftSecretArn": arn("microsoft"), "TokenSecretArn": arn("token"), "KeysSecretArn": arn("keys"),
        "CredentialsSecretArn": arn("credentials"),
    });
    properties.as_object().expect("an object").clone()
}

/// Each error as a line.
fn lines(errors: &FieldErrors) -> Vec<String> {
    errors.details().iter().map(|error| format!("{} {}", error.field, error.message)).collect()
}

/// Mistakes that do not touch each other, and how each is told.
fn mistakes() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("TenantName", json!("Contoso!"), "TenantName must be 1 to 32"),
        ("Domains", json!("contoso.com,contoso.example,under_score.com"), "Domains[2] must be a domain name"),
        ("DirectoryId", json!("contoso.onmicrosoft.com"), "DirectoryId must be a GUID"),
        ("MicrosoftClientId", json!(""), "MicrosoftClientId is required"),
        ("Cloud", json!("mars"), "Cloud must be one of global, us-government, us-dod, china"),
        ("LoginEndpoint", json!("http://localhost"), "LoginEndpoint and GraphEndpoint must be given together"),
        ("Access", json!(["application"]), "Access must be one of application, delegated"),
        ("TentativeIsBusy", json!("perhaps"), "TentativeIsBusy must be true or false"),
        (
            "Administrators",
            json!([{"Name": "admin", "Scopes": ["calendar.own"]}]),
            "Administrators[0].Scopes must be of calendar.read and calendar.write, not calendar.own",
        ),
        ("Clients", json!(r#"[{"Name": "crm", "Scope": "x"}]"#), "Clients[0].Scope is not known"),
        (
            "GroupRules",
            json!([{"Id": "r", "Members": ["eve@contoso.com"]}]),
            "GroupRules[0].Members must be in Members",
        ),
        ("Hosts", json!("book.contoso.com,book.contoso.com"), "Hosts must not have an entry twice"),
        ("NylasClientId", json!("no id"), "NylasClientId must be 1 to 64 letters, digits and -_"),
        ("RetentionDays", json!("0"), "RetentionDays must be 1 to 3650"),
        ("RecordDays", json!("3651"), "RecordDays must be 1 to 3650"),
        ("KeysSecretArn", json!("convene/contoso/keys"), "KeysSecretArn must be the ARN of a secret"),
        ("TokenSecretArn", json!({"Ref": "TokenSecret"}), "TokenSecretArn must be a text"),
        ("Colour", json!("blue"), "Colour is not known"),
    ]
}

#[test]
fn ids_of_members_are_kept_under_the_name_of_their_family() {
    let mut properties = good();
    properties["Members"] = json!([
        {"Email": "anna@contoso.com", "GrantId": "g-1", "CronofySub": "acc_1"},
        {"Email": "bob@contoso.com", "GrantId": "g-2"},
    ]);
    let plan = Plan::of(properties.clone().into()).expect("a plan");
    let ids: Vec<_> = plan.tenant.members.iter().map(|member| json!(member.external_ids)).collect();
    let bob = ids::of_member(&plan.tenant.id, &"bob@contoso.com".parse().expect("an address"));
    assert_eq!(
        ids,
        [json!({"cronofy": "acc_1", "nylas": "g-1"}), json!({"cronofy": bob[ids::CRONOFY], "nylas": "g-2"})]
    );
    for (property, id) in [("GrantId", "g-1"), ("CronofySub", "acc_1")] {
        properties["Members"][1][property] = json!(id);
        let errors = lines(&Plan::of(properties.clone().into()).expect_err("a duplicate"));
        assert!(errors.contains(&format!("Members.{property} must not have an entry twice")), "{errors:?}");
    }
}

#[test]
fn ids_that_are_not_given_are_derived() {
    let tenant = Plan::of(good().into()).expect("a plan").tenant;
    assert_eq!(tenant.applications[ids::NYLAS], ids::application(ids::NYLAS, &tenant.id));
    for member in &tenant.members {
        let address = member.email.parse().expect("an address");
        assert_eq!(member.external_ids, ids::of_member(&tenant.id, &address));
    }
    let mut properties = good();
    properties.insert("NylasClientId".to_owned(), json!("my-app_1"));
    let given = Plan::of(properties.into()).expect("a plan").tenant;
    assert_eq!(given.applications, BTreeMap::from([("nylas".to_owned(), "my-app_1".to_owned())]));
}

#[test]
fn ids_that_requests_cannot_carry_are_refused() {
    for id in ["a b", "grant/1", "é", &"x".repeat(65)] {
        let mut properties = good();
        properties.insert("NylasClientId".to_owned(), json!(id));
        properties["Members"] = json!([{"Email": "anna@contoso.com"}, {"Email": "bob@contoso.com", "GrantId": id}]);
        let errors = lines(&Plan::of(properties.into()).expect_err("errors"));
        let told = |property: &str| format!("{property} must be 1 to 64 letters, digits and -_");
        assert_eq!(errors, [told("Members[1].GrantId"), told("NylasClientId")], "{id}");
    }
}

#[test]
fn a_given_id_may_not_be_the_derived_id_of_another_member() {
    let mut properties = good();
    let derived =
        ids::of_member(&TenantId::new("contoso").expect("a name"), &"bob@contoso.com".parse().expect("an address"));
    properties["Members"] =
        json!([{"Email": "anna@contoso.com", "GrantId": derived[ids::NYLAS]}, {"Email": "bob@contoso.com"}]);
    let errors = lines(&Plan::of(properties.into()).expect_err("a duplicate"));
    assert_eq!(errors, ["Members.GrantId must not have an entry twice"]);
}

#[test]
fn properties_make_a_tenant() {
    let plan = Plan::of(good().into()).expect("a plan");
    let tenant = &plan.tenant;
    assert_eq!((tenant.id.as_str(), tenant.display_name.as_str()), ("contoso", "Contoso"));
    assert_eq!(tenant.domains, ["contoso.com", "contoso.example"]);
    assert_eq!((&tenant.cloud, tenant.access), (&Cloud::UsGovernment, Access::Delegated));
    assert!(plan.is_delegated() && !tenant.tentative_is_busy && tenant.legacy_password_auth);
    let clients: Vec<_> =
        tenant.clients.iter().map(|client| (client.client_id.as_str(), client.scopes.len())).collect();
    assert_eq!(clients, [("contoso.crm", 2), ("contoso.desk", 1)]);
    assert!(tenant.clients[0].rotate_refresh_tokens && !tenant.clients[1].rotate_refresh_tokens);
    assert_eq!((tenant.members[0].time_zone.as_str(), tenant.members[1].time_zone.as_str()), ("Europe/Berlin", "UTC"));
    assert_eq!(tenant.members[1].name, "Bob@contoso.com");
    assert_eq!(
        (tenant.group_rules[0].name.as_str(), tenant.administrators[0].login.as_str()),
        ("sales", "contoso.admin")
    );
    assert_eq!(tenant.hosts, ["book.contoso.com"]);
    assert_eq!((tenant.retention_days, tenant.record_days), (Some(30), Some(500)));
}

#[test]
fn microsofts_endpoints_are_https_or_on_this_machine_and_name_a_host_only() {
    let plan = |login: &str, graph: &str| {
        let mut properties = good();
        properties["LoginEndpoint"] = json!(login);
        properties["GraphEndpoint"] = json!(graph);
        Plan::of(properties.into())
    };
    let (https, http) = ("https://proxy.example.com:8443", "http://127.0.0.1:9001");
    let cloud = plan(https, http).expect("a plan").tenant.cloud;
    assert_eq!((cloud.login(), cloud.graph()), (https, http));
    for bad in [
        "http://proxy.example.com",
        "http://10.0.0.1:9001",
        "https://user:password@proxy.example.com",
        "https://proxy.example.com/v1.0",
        "https://proxy.example.com/",
        "https://proxy.example.com?tenant=a",
        "https://proxy.example.com#a",
        "ldap://proxy.example.com",
        "proxy.example.com",
    ] {
        for (login, graph, name) in [(bad, https, "LoginEndpoint"), (https, bad, "GraphEndpoint")] {
            let errors = lines(&plan(login, graph).expect_err("a fault"));
            let told = format!("{name} must be https://host or https://host:port");
            assert!(errors.len() == 1 && errors[0].starts_with(&told), "{bad}: {errors:?}");
            assert!(!errors[0].contains("proxy"), "it may hold a password: {errors:?}");
        }
    }
    assert_eq!(plan("http://a.example.com", "http://b.example.com").expect_err("errors").details().len(), 2);
}

#[test]
fn little_is_enough() {
    let mut properties = good();
    let needed = ["TenantName", "DirectoryId", "MicrosoftClientId"];
    properties.retain(|name, _| needed.contains(&name.as_str()) || name.ends_with("SecretArn"));
    let plan = Plan::of(properties.clone().into()).expect("a plan");
    let empty: Vec<_> = good().keys().filter(|name| !properties.contains_key(*name)).cloned().collect();
    assert_eq!(plan.tenant.clients[0].client_id, "contoso.crm");
    assert_eq!((&plan.tenant.cloud, plan.tenant.access), (&Cloud::Global, Access::Application));
    assert!(plan.tenant.tentative_is_busy && !plan.tenant.legacy_password_auth);
    // An empty parameter of a stack is as good as none.
    properties.extend(empty.into_iter().map(|name| (name, json!(""))));
    assert_eq!(Plan::of(properties.into()).expect("a plan").tenant, plan.tenant);
}

#[test]
fn a_member_that_is_wrong_is_told_by_its_place() {
    for (member, told) in [
        (
            json!({"Email": "eve@contoso.com", "TimeZone": "Europe/Atlantis"}),
            "Members[1].TimeZone must be an IANA time zone",
        ),
        (json!({"Email": "eve@fabrikam.com"}), "Members[1].Email must be in one of Domains"),
        (json!({"Email": "eve"}), "Members[1].Email must be a mail address"),
        (json!({"Name": "Eve"}), "Members[1].Email is required"),
        (json!("eve@contoso.com"), "Members[1] must be an object"),
        (json!({"Email": "ANNA@contoso.com"}), "Members.Email must not have an entry twice"),
    ] {
        let mut properties = good();
        properties["GroupRules"] = json!("");
        properties["Members"] = json!([{"Email": "anna@contoso.com"}, member]);
        let errors = lines(&Plan::of(properties.into()).expect_err("a fault"));
        assert!(errors.iter().any(|error| error.starts_with(told)), "{told}: {errors:?}");
    }
}

#[test]
fn a_tenant_that_would_not_fit_is_refused() {
    let mut properties = good();
    let addresses: Vec<_> = (0..1000).map(|n| format!("person{n}@contoso.com")).collect();
    let members: Vec<_> = addresses.iter().map(|email| json!({"Email": email})).collect();
    properties["Members"] = json!(members);
    properties["GroupRules"] = json!([{"Id": "all", "Members": addresses}]);
    assert!(Plan::of(properties.clone().into()).is_ok());
    let rules: Vec<_> = (0..50).map(|n| json!({"Id": format!("{n}"), "Members": addresses})).collect();
    properties["GroupRules"] = json!(rules);
    let errors = lines(&Plan::of(properties.into()).expect_err("a fault"));
    assert!(errors[0].contains("must have at most"), "{errors:?}");
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        prop::sample::select(vec!["", "[", "[{}]", "[[]]", "true", "calendar.read", "a@contoso.com", "{\"Email\": 1}"])
            .prop_map(Value::from),
    ];
    let names = vec!["Name", "Email", "Scopes", "Members", "Id", "TimeZone", "RotateRefreshTokens", "x"];
    let name = prop_oneof![prop::sample::select(names).prop_map(str::to_owned), ".*"];
    leaf.prop_recursive(4, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_is_a_plan_or_is_told(changes in prop::collection::vec((0..40_usize, anything()), 0..6)) {
        let mut properties = good();
        let names: Vec<_> = properties.keys().cloned().collect();
        for (place, value) in changes {
            let name = names.get(place).cloned().unwrap_or_else(|| format!("Unknown{place}"));
            properties.insert(name, value);
        }
        match Plan::of(properties.into()) {
            Ok(plan) => prop_assert!(plan.tenant.names_its_own()),
            Err(errors) => {
                let errors = lines(&errors);
                prop_assert!(!errors.is_empty());
                let named = |error: &String| error.starts_with("Unknown") || names.iter().any(|name| error.starts_with(name))
                    || error.starts_with("The configuration");
                prop_assert!(errors.iter().all(named), "{errors:?}");
            }
        }
    }

    #[test]
    fn what_is_no_object_is_told(value in anything()) {
        prop_assert!(Plan::of(value).is_err());
    }

    #[test]
    fn all_mistakes_are_told_at_once(chosen in prop::sample::subsequence(mistakes(), 1..16)) {
        let mut properties = good();
        for (name, value, _) in &chosen {
            properties.insert((*name).to_owned(), value.clone());
        }
        let errors = lines(&Plan::of(properties.into()).expect_err("faults"));
        for (_, _, told) in &chosen {
            prop_assert!(errors.iter().any(|error| error.starts_with(told)), "{told}: {errors:?}");
        }
        prop_assert_eq!(errors.len(), chosen.len(), "{:?}", errors);
    }
}
