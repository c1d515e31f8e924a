//! The API's description: one document over all families.

use convene::domain::Scope;
use utoipa::{
    OpenApi as _,
    openapi::{
        HeaderBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, SecurityRequirement, Server,
        ServerBuilder, ServerVariableBuilder,
        path::{Operation, PathItem},
        response::Response,
        schema::{ObjectBuilder, Type},
        security::{
            ApiKey, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes,
            SecurityScheme,
        },
    },
};

const DESCRIPTION: &str = "\
Books, changes, cancels and reads meetings in people's Outlook calendars through Microsoft Graph, puts appointments into \
several calendars at once, and tells when people are not available.

**Calling it.** Each call carries an access token, `Authorization: Bearer …`. `POST /oauth2/token` issues one, good for an \
hour, for a refresh token (grant `refresh_token`), for the client's own credentials (grant `client_credentials`) or, with \
tenants that still allow it, for an administrator's login (grant `password`). Where a deployment has a single tenant, a call \
may be signed instead: HTTP Message Signatures (RFC 9421) with `hmac-sha256`, every attempt anew. `docs/signed-requests.md` \
tells how.

**Repeating.** Every call may be repeated: a repeat changes nothing that the first one did. The `id`, which the caller \
chooses, is the key under which a meeting or an appointment is booked once. Meetings and appointments have ids apart.

**Values.** Times are RFC 3339 with a zone, and answered in UTC. Fields that are not known are ignored, and so is a comma \
before a closing bracket. A request body is at most 1 MiB.

**Failures.** An answer that is not 200 has an `errorCode` and names each field that is wrong. A list is 200 although entries \
of it failed: each has an `errorCode` of its own. A path that does not exist is answered with 404, and a method that the path \
does not have with 405 and `Allow`. What reaches no endpoint is answered by the gateway in front, with a `message` only: 404 \
for a path that has the prefix of no family, 413 for a body beyond its own limit, 429 for too many requests at a time, 431 for \
a request line and headers beyond 10,240 bytes. A 500 or 503 of the gateway's own, where no function answered, has a `message` \
only too.
";

/// Where tokens are issued.
const TOKENS: &str = "/oauth2/token";

const SIGNATURE: &str = "\
A signature of the request (RFC 9421, `hmac-sha256`), where the deployment has a single tenant. Good for one request.";

const SIGNATURE_INPUT: &str = "\
What is signed: `@method`, `@authority`, `@path`, `@query`, and `content-digest` (RFC 9530) where there is a body; with \
`created`, `nonce` and `keyid`.";

/// The description of every endpoint, as `docs/openapi.yaml` has it.
pub fn openapi() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Convene")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build();
    let mut document = OpenApiBuilder::new().info(info).servers(Some([deployment()])).build();
    document.merge(convene_oauth::OAuthApi::openapi());
    document.merge(convene_salesforce::SalesforceApi::openapi());
    document.merge(convene_operations::OperationsApi::openapi());
    add_access(&mut document);
    add_correlation(&mut document);
    document
}

/// Wherever somebody runs it.
fn deployment() -> Server {
    let url = ServerVariableBuilder::new()
        .default_value("http://127.0.0.1:9000")
        .description(Some("Where your deployment is, without a slash at the end. By default `cargo local`."));
    ServerBuilder::new().url("{TENANT_URL}").description(Some("Your deployment")).parameter("TENANT_URL", url).build()
}

/// What families name `bearer`: a token by OAuth, which tools fetch by themselves, or one that the caller has already, or a
/// signature in its place. OpenAPI has no flow for a refresh token that was handed out, so it is the second that stands for
/// it; and none for signatures, so what stands for them is the headers that they are in.
fn add_access(document: &mut OpenApi) {
    let scopes =
        [(Scope::CalendarRead, "Read a meeting, ask for availability."), (Scope::CalendarWrite, "Everything else.")];
    let scopes = Scopes::from_iter(scopes.map(|(scope, meaning)| (scope.as_str(), meaning)));
    let fetched = SecurityScheme::OAuth2(OAuth2::with_description(
        [
            Flow::ClientCredentials(ClientCredentials::with_refresh_url(TOKENS, scopes.clone(), TOKENS)),
            Flow::Password(Password::new(TOKENS, scopes)),
        ],
        "An access token by the grant `client_credentials`; or by `password`, where the deployment and the tenant still allow logins.",
    ));
    let given = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token that `POST /oauth2/token` issued, by whichever grant."));
    let header = |name, meaning| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, meaning)));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("signature", header("Signature", SIGNATURE));
    components.add_security_scheme("signature_input", header("Signature-Input", SIGNATURE_INPUT));
    components.add_security_scheme("bearer", fetched);
    components.add_security_scheme("access_token", SecurityScheme::Http(given.build()));
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let Some(securities) = &mut operation.security else { continue };
        let needs = |scope: Scope| securities.contains(&SecurityRequirement::new("bearer", [scope.as_str()]));
        if needs(Scope::CalendarRead) || needs(Scope::CalendarWrite) {
            securities.push(SecurityRequirement::new::<_, _, String>("access_token", []));
            let signed = SecurityRequirement::new::<_, _, String>("signature", []);
            securities.push(signed.add::<_, _, String>("signature_input", []));
        }
    }
}

/// The header that the edge adds to each answer.
fn add_correlation(document: &mut OpenApi) {
    const NAME: &str = "x-correlation-id";
    let header = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(
            "The caller's `salesforceCorrelationId`, percent-encoded, or one made for this request. It is in the log.",
        ))
        .example(Some("ac7b40b4-2c33-723b-8aaie-8bpf077z7539".into()))
        .build();
    let components = document.components.get_or_insert_default();
    components.headers.insert(NAME.to_owned(), header.into());
    let shared = components.responses.values_mut();
    let own = document.paths.paths.values_mut().flat_map(operations);
    for response in shared.chain(own.flat_map(|operation| operation.responses.responses.values_mut())) {
        if let RefOr::T(Response { headers, .. }) = response {
            headers.insert(NAME.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{NAME}"))));
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.head, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete]
        .into_iter()
        .flatten()
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
        let routes = template.functions.iter().flat_map(|function| &function.routes);
        for route in routes.filter(|route| route.method != "ANY") {
            let operation = &document["paths"][&route.path][route.method.to_lowercase()];
            assert!(operation.is_object(), "{} {} is not documented", route.method, route.path);
        }
    }
}
