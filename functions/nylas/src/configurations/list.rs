//! `GET /v3/grants/{grant_id}/scheduling/configurations`: lists a member's configurations.

use std::sync::Arc;

use convene::{
    auth::Prefetch,
    edge::{Endpoint, Field, FieldErrors, Request, Response},
    problem::Problem,
};

use super::owner;
use crate::{
    access,
    configuration::Document,
    error::Failure,
    failures::Failures,
    reply::{self, PageReply},
    wire::ConfigurationAnswer,
};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

pub fn endpoint() -> Endpoint {
    Endpoint::new("list-configurations", list_configurations).when_too_large("Ask for fewer with a smaller limit.")
}

/// List a member's configurations
///
/// In the order of creation.
#[utoipa::path(
    get,
    path = "/v3/grants/{grant_id}/scheduling/configurations",
    operation_id = "listConfigurations",
    tag = "Configurations",
    params(
        ("grant_id" = String, Path, description = "A member: its grant id or mail address.", example = "organizer@contoso.com"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "The most configurations of a page. Without it, 50."),
        ("page_token" = Option<String>, Query, description = "The `next_cursor` of the page before.")
    ),
    responses(
        (status = 200, description = "A page of them.", body = PageReply<ConfigurationAnswer>, content_type = "application/json"),
        Failures
    ),
    security(("api_key" = []))
)]
pub async fn list_configurations(request: Arc<Request>) -> Result<Response, Failure> {
    let (principal, member) = access::grant(&request, Prefetch::Nothing).await?;
    let (limit, token) = parse(&request)?;
    let (configurations, owner) = (request.services.configurations(), owner(&member));
    let page = configurations.list(&principal.tenant.id, &owner, limit, token.as_deref());
    let page = request.context.deadline.work(page).await.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?;
    let page = page.ok_or_else(|| Failure::invalid("page_token must be the next_cursor of a page of this list."))?;
    let answers = page.configurations.into_iter().map(|found| Ok(Document::of_store(&found.content)?.answer(found.id)));
    let answers = answers.collect::<Result<Vec<_>, Failure>>()?;
    Ok(reply::page(&request, answers, page.next))
}

fn parse(request: &Request) -> Result<(usize, Option<String>), Problem> {
    let mut errors = FieldErrors::default();
    let limit = errors.optional("limit", Field::of_query(request.query.get("limit")));
    let limit = errors.parsed("limit", limit, |text| {
        let limit = text.trim().parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or("must be from 1 to 200")
    });
    let token = errors.optional("page_token", Field::of_query(request.query.get("page_token")));
    let token = token.filter(|token| !token.is_empty());
    errors.finish(|| Some((limit.unwrap_or(DEFAULT_LIMIT), token)))
}
