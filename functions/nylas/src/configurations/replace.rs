//! `PUT /v3/grants/{grant_id}/scheduling/configurations/{configuration_id}`: changes a configuration.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    edge::{Endpoint, Request, Response},
    problem::Problem,
    store::{Saved, StoredConfiguration},
};
use uuid::Uuid;

use super::{body, expect_saved, mailboxes, of_grant};
use crate::{
    access,
    configuration::{Configuration, Document},
    error::Failure,
    failures::FailuresWithBody,
    reply::{self, Reply},
    wire::{ConfigurationAnswer, ConfigurationChange},
};

/// How often a change is merged again because another one was faster.
const MAX_MERGES: usize = 3;

pub fn endpoint() -> Endpoint {
    Endpoint::new("replace-configuration", replace_configuration)
}

/// Change a configuration
///
/// Each field that is sent replaces the stored one as a whole; fields that are left out stay. `id` and `version` are ignored.
#[utoipa::path(
    put,
    path = "/v3/grants/{grant_id}/scheduling/configurations/{configuration_id}",
    operation_id = "replaceConfiguration",
    tag = "Configurations",
    params(
        ("grant_id" = String, Path, description = "A member: its grant id or mail address.", example = "organizer@contoso.com"),
        ("configuration_id" = String, Path, description = "The configuration.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11")
    ),
    request_body = ConfigurationChange,
    responses(
        (status = 200, description = "It is stored.", body = Reply<ConfigurationAnswer>, content_type = "application/json"),
        FailuresWithBody
    ),
    security(("api_key" = []))
)]
pub async fn replace_configuration(request: Arc<Request>) -> Result<Response, Failure> {
    let (principal, mut before) = of_grant(&request, Prefetch::Calendar).await?;
    let change = Document::of_request(body(&request)?);
    let mut merges = 0;
    loop {
        let document = Document::of_store(&before.content)?.changed_by(change.clone());
        let (content, version) = (document.text()?, Uuid::new_v4());
        let configuration = Configuration::parse(before.id, version, &content)?;
        mailboxes::check(&request, &principal, &configuration).await?;
        let slug = configuration.slug.map(|slug| slug.to_ascii_lowercase());
        let updated_at = request.services.now();
        let next = StoredConfiguration { slug, version, content, updated_at, ..before.clone() };
        let saved = request.context.deadline.work(request.services.configurations().replace(&before, &next)).await;
        match saved.ok_or_else(Problem::timed_out)?.map_err(Problem::from)? {
            Saved::Changed if merges < MAX_MERGES => merges += 1,
            saved => {
                expect_saved(saved)?;
                return Ok(reply::data(&request, document.answer(before.id)));
            }
        }
        let now = access::read(&request, before.id).await?;
        let is_same = |now: &StoredConfiguration| now.tenant == before.tenant && now.owner == before.owner;
        before = now.filter(is_same).ok_or_else(Failure::not_found)?;
    }
}
