//! `POST /v3/grants/{grant_id}/scheduling/configurations`: creates a configuration.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    domain::ConfigurationId,
    edge::{Endpoint, Request, Response},
    problem::Problem,
    store::{Saved, StoredConfiguration},
};
use serde_json::Value;
use uuid::Uuid;

use super::{body, expect_saved, mailboxes, owner};
use crate::{
    access::{self, configuration_id},
    configuration::{Configuration, Document},
    error::Failure,
    failures::FailuresWithBody,
    reply::{self, Reply},
    wire::{ConfigurationAnswer, ConfigurationRequest},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("create-configuration", create_configuration)
}

/// Create a configuration
///
/// The mailboxes and calendars of the participants must exist. With an `id` that is a UUID and not in use, the configuration has this
/// id: so configurations can be moved here from elsewhere. A repeat with the same `id` and content succeeds.
#[utoipa::path(
    post,
    path = "/v3/grants/{grant_id}/scheduling/configurations",
    operation_id = "createConfiguration",
    tag = "Configurations",
    params(("grant_id" = String, Path, description = "A member: its grant id or mail address.", example = "organizer@contoso.com")),
    request_body = ConfigurationRequest,
    responses(
        (status = 200, description = "It is stored.", body = Reply<ConfigurationAnswer>, content_type = "application/json"),
        FailuresWithBody
    ),
    security(("api_key" = []))
)]
pub async fn create_configuration(request: Arc<Request>) -> Result<Response, Failure> {
    let (principal, member) = access::grant(&request, Prefetch::Calendar).await?;
    let body = body(&request)?;
    let id = match body.get("id") {
        None | Some(Value::Null) => ConfigurationId(Uuid::new_v4()),
        Some(given) => {
            given.as_str().and_then(configuration_id).ok_or_else(|| Failure::invalid("id must be a UUID."))?
        }
    };
    let document = Document::of_request(body);
    let (content, version, now) = (document.text()?, Uuid::new_v4(), request.services.now());
    let configuration = Configuration::parse(id, version, &content)?;
    mailboxes::check(&request, &principal, &configuration).await?;
    let stored = StoredConfiguration {
        id,
        tenant: principal.tenant.id.clone(),
        owner: owner(&member),
        slug: configuration.slug.map(|slug| slug.to_ascii_lowercase()),
        version,
        content,
        created_at: now,
        updated_at: now,
    };
    let saved = request.context.deadline.work(request.services.configurations().create(&stored)).await;
    match saved.ok_or_else(Problem::timed_out)?.map_err(Problem::from)? {
        Saved::IdTaken if is_stored(&request, &stored, &document).await? => {}
        saved => expect_saved(saved)?,
    }
    Ok(reply::data(&request, document.answer(id)))
}

/// Whether the configuration is stored as it was sent: the caller repeats a request whose answer was lost.
async fn is_stored(request: &Request, sent: &StoredConfiguration, document: &Document) -> Result<bool, Failure> {
    let found = access::read(request, sent.id).await?;
    let Some(found) = found.filter(|found| found.tenant == sent.tenant && found.owner == sent.owner) else {
        return Ok(false);
    };
    Ok(Document::of_store(&found.content)? == *document)
}
