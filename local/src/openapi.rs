//! The API's description: one document over all families.

use utoipa::{
    OpenApi as _,
    openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder, ServerVariableBuilder},
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
    document
}
