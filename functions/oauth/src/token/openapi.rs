//! The family's OpenAPI document: what the wire types and the endpoint cannot say of themselves.

use std::{collections::BTreeMap, time::Duration};

use convene::{
    Problem,
    openapi::{FailureExample, failure},
    problem::Kind,
};
use serde_json::{Value, json};
use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        self, Content, RefOr,
        example::ExampleBuilder,
        response::Response,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{issue, refusal::Refusal, wire};

const DESCRIPTION: &str = "\
Issues the access tokens that the other endpoints of Convene take (OAuth 2.0, RFC 6749). A token is good for an hour.

**Failures.** As RFC 6749, section 5.2, has them.
";

/// The document, as `docs/openapi/oauth.yaml` has it.
pub fn openapi() -> openapi::OpenApi {
    convene::openapi::document(OAuthApi::openapi(), "Convene: access tokens", DESCRIPTION)
}

#[derive(OpenApi)]
#[openapi(
    paths(issue::issue_token),
    components(schemas(wire::TokenRequest, wire::TokenResponse, wire::ErrorResponse, wire::ErrorCode)),
    tags((name = "OAuth 2.0", description = "Access tokens for the other endpoints.")),
    modifiers(&Additions)
)]
struct OAuthApi;

struct Additions;

impl Modify for Additions {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "The OAuth client's id and secret, each form-urlencoded (RFC 6749, section 2.3.1). As they are will do too.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("client_basic", SecurityScheme::Http(scheme));
        let operations = document.paths.paths.values_mut().filter_map(|path| path.post.as_mut());
        for operation in operations {
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                body.content.values_mut().for_each(|content| give(content, requests()));
            }
            if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
                response.content.values_mut().for_each(|content| give(content, answers()));
            }
        }
    }
}

fn give(content: &mut RefOr<Content>, examples: [(&str, Value); 2]) {
    let RefOr::T(content) = content else { return };
    for (grant, value) in examples {
        let example = ExampleBuilder::new().summary(format!("The grant {grant}")).value(Some(value)).build();
        content.examples.insert(grant.to_owned(), example.into());
    }
}

const REFRESH_TOKEN: &str = "contoso.9f1c2a7e4b5d4c3e8a6f0b1d2c3e4f5a.1.3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NEXT_REFRESH_TOKEN: &str =
    "contoso.9f1c2a7e4b5d4c3e8a6f0b1d2c3e4f5a.2.vu_erQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn requests() -> [(&'static str, Value); 2] {
    let secret = "contoso.s3cr3t";
    [
        (
            "refresh_token",
            json!({"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN,
                "client_id": "contoso.crm", "client_secret": secret}),
        ),
        (
            "client_credentials",
            json!({"grant_type": "client_credentials", "scope": "calendar.read",
                "client_id": "contoso.crm", "client_secret": secret}),
        ),
    ]
}

fn answers() -> [(&'static str, Value); 2] {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.e30.c2lnbmF0dXJl";
    [
        (
            "refresh_token",
            json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": NEXT_REFRESH_TOKEN, "scope": "calendar.read calendar.write"}),
        ),
        (
            "client_credentials",
            json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "calendar.read"}),
        ),
    ]
}

/// What the endpoint may answer beside success, with the very bodies that the code makes.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |kind| Refusal::from(Problem::new(kind, ""));
        let busy = Problem::new(Kind::Unavailable, "").retry_after(Some(Duration::from_secs(5)));
        let refusals = [
            Refusal::invalid_request("The parameter grant_type is missing."),
            Refusal::invalid_grant(""),
            Refusal::unsupported_grant_type(false),
            Refusal::invalid_scope("A scope is unknown, or more than the client has."),
            problem(Kind::Unauthorized),
            Problem::new(Kind::UnsupportedCoding, "The Content-Encoding must be gzip or identity.").into(),
            problem(Kind::Internal),
            busy.into(),
            Problem::unavailable("").with_unknown_result().into(),
        ];
        let mut statuses = BTreeMap::<String, Vec<FailureExample>>::new();
        for refusal in refusals {
            let name = refusal.code.as_str();
            let response = refusal.response();
            let status = response.as_http().status().as_str().to_owned();
            statuses.entry(status).or_default().push(FailureExample { name, summary: "", response });
        }
        let response = |examples: Vec<FailureExample>| {
            let codes: Vec<_> = examples.iter().map(|example| format!("`{}`", example.name)).collect();
            failure("TokenError", codes.join(", "), "`Basic`, with the realm `convene`.", examples)
        };
        statuses.into_iter().map(|(status, examples)| (status, response(examples).into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_described() {
        let document = serde_json::to_value(OAuthApi::openapi()).expect("JSON");
        let endpoint = &document["paths"]["/oauth2/token"]["post"];
        let body = "/requestBody/content/application~1x-www-form-urlencoded/schema/$ref";
        assert_eq!(endpoint.pointer(body).and_then(|name| name.as_str()), Some("#/components/schemas/TokenRequest"));
        for status in ["200", "400", "401", "500", "503", "504"] {
            assert!(endpoint["responses"][status]["content"]["application/json"].is_object(), "{status}");
        }
        assert_eq!(document["components"]["securitySchemes"]["client_basic"]["scheme"], "basic");
    }
}
