//! template.yaml against the code.

use std::collections::BTreeSet;

use convene::services::Settings;
use convene_tests::endpoints::endpoints;

use crate::files::{files, read, template};

/// Without these variables, a credential would count at the host of another tenant, and no signature would be accepted.
#[test]
fn functions_that_take_credentials_are_given_what_authentication_reads() {
    let functions = template().functions;
    for endpoint in endpoints().into_iter().filter(|endpoint| endpoint.takes_credentials) {
        let name = endpoint.function.name;
        let function = functions.iter().find(|function| function.binary == name).expect("a function of the template");
        let has = |variable: &str| function.environment.contains_key(variable);
        assert!(has("TENANT_DOMAIN"), "{name} takes credentials without TENANT_DOMAIN");
        assert!(has("SINGLE_TENANT") || !endpoint.takes_access_tokens, "{name} takes signatures without SINGLE_TENANT");
    }
}

/// The template gives each function an environment from which it can start. Lambda adds the rest by itself.
#[test]
fn every_function_is_given_the_environment_it_needs() {
    const OF_LAMBDA: [&str; 4] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let template = template();
    let sources: String = files("shared/src", "rs").iter().map(read).collect();
    let tables: BTreeSet<_> = template.tables.iter().map(|table| table.name.as_str()).collect();
    for function in &template.functions {
        let by_lambda = |name: &str| OF_LAMBDA.contains(&name).then(|| "x".to_owned());
        let given = |name: &str| by_lambda(name).or_else(|| function.environment.get(name).cloned());
        let settings = Settings::from_lookup(given).unwrap_or_else(|error| panic!("{}: {error}", function.logical_id));
        let named = [&settings.meetings_table, &settings.tenants_table, &settings.grants_table];
        for table in named.into_iter().filter(|table| !table.is_empty()) {
            assert!(tables.contains(table.as_str()), "{}: {table} is no table", function.logical_id);
        }
        for name in function.environment.keys() {
            assert!(sources.contains(&format!("\"{name}\"")), "{}: nothing reads {name}", function.logical_id);
        }
    }
}
