//! The API's description: one document over all families.

use convene::domain::Scope;
use utoipa::{
    OpenApi as _,
    openapi::{
        InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder, ServerVariableBuilder,
        security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme},
    },
};

/// The description of every endpoint, as `docs/openapi.yaml` has it.
pub fn openapi() -> OpenApi {
    let mut license = LicenseBuilder::new().name("Apache-2.0").build();
    license.identifier = Some("Apache-2.0".to_owned());
    let info = InfoBuilder::new()
        .title("Convene")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Books, changes, cancels and reads meetings in people's Outlook calendars through Microsoft Graph, and tells \
             when they are free. Times are RFC 3339 with a zone and answered in UTC. A request may be repeated safely: \
             the meeting's `id` is the key under which it happens once.",
        ))
        .license(Some(license))
        .build();
    let deployed = ServerBuilder::new()
        .url("{tenant_url}")
        .description(Some("Your deployment, or `cargo local`"))
        .parameter("tenant_url", ServerVariableBuilder::new().default_value("http://127.0.0.1:9000"))
        .build();
    let mut document = OpenApiBuilder::new().info(info).servers(Some([deployed])).build();
    document.merge(convene_salesforce::SalesforceApi::openapi());
    document.merge(convene_oauth::OAuthApi::openapi());
    document.components.get_or_insert_default().add_security_scheme("bearer", bearer());
    document
}

/// What families name `bearer`. As OAuth and not as a bare token, so that a page can fetch one.
fn bearer() -> SecurityScheme {
    let scopes =
        [(Scope::CalendarRead, "Read a meeting, ask for availability."), (Scope::CalendarWrite, "Everything else.")];
    let scopes = Scopes::from_iter(scopes.map(|(scope, meaning)| (scope.as_str(), meaning)));
    SecurityScheme::OAuth2(OAuth2::with_description(
        [Flow::ClientCredentials(ClientCredentials::new("/oauth2/token", scopes))],
        "An access token in the header `Authorization: Bearer …`. `POST /oauth2/token` issues them, for a refresh token \
         or for the client's own credentials.",
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    /// Every value of a member of this name, however deep.
    fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get(name));
                members.values().for_each(|value| collect(value, name, found));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, name, found)),
            _ => {}
        }
    }

    #[test]
    fn what_the_document_refers_to_is_in_it() {
        let document = serde_json::to_value(super::openapi()).expect("JSON");
        let (mut securities, mut references) = (Vec::new(), Vec::new());
        collect(&document["paths"], "security", &mut securities);
        collect(&document, "$ref", &mut references);
        let named: BTreeSet<_> = securities
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(|requirement| requirement.keys())
            .collect();
        assert!(named.contains(&"bearer".to_owned()));
        for scheme in named {
            assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme} is not defined");
        }
        for reference in references.into_iter().filter_map(Value::as_str) {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    #[test]
    fn it_has_every_route_of_the_template() {
        let document = serde_json::to_value(super::openapi()).expect("JSON");
        let template = crate::template::Template::load(&crate::default_template()).expect("template.yaml");
        for route in template.functions.iter().flat_map(|function| &function.routes) {
            let operation = &document["paths"][&route.path][route.method.to_lowercase()];
            assert!(operation.is_object(), "{} {} is not documented", route.method, route.path);
        }
    }
}
