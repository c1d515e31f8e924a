//! The OAuth 2.0 token endpoint (RFC 6749).

pub mod token;

use convene::edge::Function;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// Every function of this family.
pub fn functions() -> Vec<Function> {
    vec![token::issue::function()]
}

/// This family's part of the API's description.
#[derive(OpenApi)]
#[openapi(
    paths(token::issue::issue_token),
    components(schemas(
        token::wire::TokenRequest,
        token::wire::TokenResponse,
        token::wire::ErrorResponse,
        token::wire::ErrorCode
    )),
    tags((name = "OAuth 2.0", description = "Access tokens for the other endpoints.")),
    modifiers(&ClientBasic)
)]
pub struct OAuthApi;

struct ClientBasic;

impl Modify for ClientBasic {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some("The OAuth client's id and secret, each form-urlencoded (RFC 6749, section 2.3.1)."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("client_basic", SecurityScheme::Http(scheme));
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
