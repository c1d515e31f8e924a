//! What authentication alone needs: an endpoint that does not use calendars.

use std::collections::BTreeSet;

use convene::{
    Problem,
    auth::Prefetch,
    domain::Scope,
    edge::{ApiError, Endpoint, Request, Response},
};
use convene_local::{Options, TenantSeed};
use convene_tests::{Operator, Product, Traffic, events};
use serde_json::json;

use crate::{
    compare::{Used, differences},
    granted,
    signer::Draft,
    watched::done,
};

const NAME: &str = "made-up-endpoint";
const PATH: &str = "/made-up";

struct Refusal(Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl ApiError for Refusal {
    fn into_response(self, _request: &Request) -> Response {
        Response::json(self.0.kind.status(), &self.0.to_string())
    }
}

/// An endpoint that only authenticates its caller.
fn endpoint(prefetch: Prefetch) -> Endpoint {
    Endpoint::new(NAME, move |request| async move {
        request.authorize(&request.services.bearer_or_signature(prefetch), Scope::CalendarRead).await?;
        Ok::<_, Refusal>(Response::empty(204))
    })
}

/// What the endpoint does for a caller with a token and for one that signs.
async fn used(prefetch: Prefetch) -> BTreeSet<Used> {
    let contoso = TenantSeed::new("contoso", 1).expect("a tenant");
    let options = Options { single_tenant: Some(contoso.id.clone()), tenants: vec![contoso], ..Options::default() };
    let product = Product::start_with(options).await;
    let dynamodb = Traffic::start(&product.ready().dynamodb, product.http().clone()).await;
    let secrets = Traffic::start(&product.ready().secretsmanager, product.http().clone()).await;
    let operator = Operator::of(&product)
        .with("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.url())
        .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url());
    let endpoint = endpoint(prefetch);

    let mut with_token = events::sample("get-meeting");
    // A tenant's own host is looked up.
    with_token["headers"]["host"] = json!("api.example.com");
    with_token["headers"]["authorization"] = json!(format!("Bearer {}", product.contoso().await.token));
    let hmac = &product.tenant("contoso").hmac;
    let signed = Draft::new(hmac, "api.example.com", "GET", PATH, "").sign().event("get-meeting");
    for event in [with_token, signed] {
        let answer = operator.call_endpoint(&endpoint, &event).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    done(NAME, &dynamodb, &secrets)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_without_calendars_needs_no_access_to_microsofts_secrets() {
    let granted = granted::by_policies(NAME, &["AuthenticateCallers", "AcceptSignedRequests"]);
    assert_eq!(differences(&granted, &used(Prefetch::Nothing).await), Vec::<String>::new());
    // The other choice is seen here, so this one would be too.
    let with_calendars = differences(&granted, &used(Prefetch::Calendar).await);
    let expected = ["microsoft", "token"]
        .map(|kind| format!("{NAME} does secretsmanager:GetSecretValue on secret {kind}, and may not"));
    assert_eq!(with_calendars, expected);
}
