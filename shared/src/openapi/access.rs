//! The credentials of endpoints that accept a bearer token or a signature.

use utoipa::openapi::{
    OpenApi, SecurityRequirement,
    security::{
        ApiKey, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes,
        SecurityScheme,
    },
};

use super::operations::operations;
use crate::domain::Scope;

/// Where tokens are issued.
const TOKENS: &str = "/oauth2/token";

const SIGNATURE: &str = "\
A signature of the request (RFC 9421, `hmac-sha256`), where the deployment has a single tenant. Good for one request.";

const SIGNATURE_INPUT: &str = "\
What is signed: `@method`, `@authority`, `@path`, `@query`, and `content-digest` (RFC 9530) where there is a body; with \
`created`, `nonce` and `keyid`.";

/// Describes the scheme that families name `bearer`, if the document has it: a token that tools fetch by OAuth, a token that the
/// caller has already, or a signature. OpenAPI has no flow for a refresh token that the caller was given, so the second one
/// describes it; and no scheme for signatures, so their two headers describe them.
pub(super) fn add(document: &mut OpenApi) {
    let scopes = [
        (Scope::CalendarRead, "Read what is in calendars, and when people are not available."),
        (Scope::CalendarWrite, "Change what is in calendars."),
    ];
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
    let mut is_used = false;
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let Some(securities) = &mut operation.security else { continue };
        let needs = |scope: &Scope| securities.contains(&SecurityRequirement::new("bearer", [scope.as_str()]));
        if Scope::ALL.iter().any(needs) {
            is_used = true;
            securities.push(SecurityRequirement::new::<_, _, String>("access_token", []));
            let signed = SecurityRequirement::new::<_, _, String>("signature", []);
            securities.push(signed.add::<_, _, String>("signature_input", []));
        }
    }
    if !is_used {
        return;
    }
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("signature", header("Signature", SIGNATURE));
    components.add_security_scheme("signature_input", header("Signature-Input", SIGNATURE_INPUT));
    components.add_security_scheme("bearer", fetched);
    components.add_security_scheme("access_token", SecurityScheme::Http(given.build()));
}
