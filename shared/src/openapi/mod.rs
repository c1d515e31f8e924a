//! What the OpenAPI documents of all families have in common. A family's crate makes its own document with [`document`].

mod access;
mod examples;
mod failure;
mod gateway;
mod operations;

use utoipa::openapi::{
    HeaderBuilder, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Server, ServerBuilder, ServerVariableBuilder,
    response::Response,
    schema::{ObjectBuilder, Type},
};

pub use examples::{Examples, add_examples};
pub use failure::{FailureExample, failure};
pub use operations::operations;

/// A family's document. `document`: its endpoints, as they describe themselves. Adds the deployment's address, the credentials,
/// and what the edge and the gateway answer for every endpoint. `description` is Markdown; a paragraph about the gateway follows
/// it.
pub fn document(mut document: OpenApi, title: &str, description: &str) -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title(title)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(format!("{}\n\n{}\n", description.trim_end(), gateway::DESCRIPTION)))
        .license(Some(license))
        .build();
    document.info = info;
    document.servers = Some(vec![deployment()]);
    access::add(&mut document);
    add_correlation(&mut document);
    gateway::add_refusals(&mut document);
    document
}

/// The address of a deployment.
fn deployment() -> Server {
    let url = ServerVariableBuilder::new()
        .default_value("http://127.0.0.1:9000")
        .description(Some("The address of your deployment, without a slash at the end. The default is `cargo local`."));
    ServerBuilder::new().url("{TENANT_URL}").description(Some("Your deployment")).parameter("TENANT_URL", url).build()
}

/// The header that the edge adds to each answer.
fn add_correlation(document: &mut OpenApi) {
    const NAME: &str = "x-correlation-id";
    let header = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(
            "The caller's correlation id, percent-encoded, or one made for this request. It is in the log.",
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
