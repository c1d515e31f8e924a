//! Every kind of credential of one tenant, tried on everything of the other.

use convene_local::Options;
use convene_tests::{Answer, Caller, Product, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CONTOSO, FABRIKAM, ID, both, meeting_of};

const CORRELATION: &str = "x-correlation-id";
const GATEWAY: &str = "apigw-requestid";
const MEETING: &str = "/api/salesforce/scheduler/meeting";
const AVAILABILITY: &str = "/api/salesforce/scheduler/availability?from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";

/// A request to each endpoint about a meeting.
fn every_request(id: &str, organizer: &str) -> [(Method, String, String); 5] {
    let reference = json!({"id": id, "organizerEmail": organizer});
    let query = format!("{MEETING}?id={id}&organizerEmail={organizer}");
    let booking = samples::meeting_with(id, &json!({"organizerEmail": organizer, "attendees": []}));
    [
        (Method::POST, MEETING.to_owned(), booking.to_string()),
        (Method::PATCH, MEETING.to_owned(), reference.to_string()),
        (Method::DELETE, MEETING.to_owned(), reference.to_string()),
        (Method::GET, query, String::new()),
        (Method::POST, AVAILABILITY.to_owned(), json!([{"email": organizer}]).to_string()),
    ]
}

/// What a caller can learn from an answer: everything but the ids that are random.
fn told(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| ![CORRELATION, GATEWAY, "date"].contains(&name.as_str()));
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    (answer.status, answer.text.clone(), headers.map(text).collect())
}

#[tokio::test]
async fn whether_an_id_is_in_use_elsewhere_is_not_told() {
    let product = Product::start().await;
    let (contoso, fabrikam) = both(&product).await;
    contoso.schedule(&meeting_of(CONTOSO, "Contoso's")).await.expect(200, "NoError");
    for organizer in [CONTOSO, FABRIKAM] {
        // All but booking, which is another tenant's own business.
        let used = every_request(ID, organizer).into_iter().skip(1);
        let free = every_request("an-id-that-nobody-used", organizer).into_iter().skip(1);
        for ((method, path, body), (_, free_path, free_body)) in used.zip(free) {
            let mut costs = Vec::new();
            let mut answers = Vec::new();
            for (path, body) in [(path, body), (free_path, free_body)] {
                product.simulator().clear_journal().await;
                answers.push(told(&fabrikam.send(method.clone(), &path, body).await));
                costs.push(product.simulator().requests().await.len());
            }
            assert_eq!(answers[0], answers[1], "{method} {organizer}");
            assert_eq!(costs[0], costs[1], "{method} {organizer}");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_serves_its_own_tenants_client_alone() {
    let product = Product::start().await;
    let (contoso, fabrikam) = (product.tenant("contoso"), product.tenant("fabrikam"));
    let exchange = |client: &convene_local::ReadyTenant, token: &str| {
        let form = [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", token.to_owned()),
            ("client_id", client.client_id.clone()),
            ("client_secret", client.client_secret.clone()),
        ];
        let product = &product;
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            product.token(&form).await
        }
    };
    let stolen = exchange(fabrikam, &contoso.refresh_token).await;
    assert_eq!((stolen.status, stolen.json()["error"].as_str()), (400, Some("invalid_grant")));
    // That revoked nothing: whoever could do so could lock others out.
    assert_eq!(exchange(contoso, &contoso.refresh_token).await.status, 200);
    // One renamed to another tenant is nobody's.
    let renamed = contoso.refresh_token.replacen("contoso", "fabrikam", 1);
    assert_eq!(exchange(fabrikam, &renamed).await.status, 400);
    assert_eq!(exchange(fabrikam, &fabrikam.refresh_token).await.status, 200);
}

#[tokio::test]
async fn a_client_is_known_by_its_own_tenants_secret_alone() {
    let product = Product::start().await;
    let (contoso, fabrikam) = (product.tenant("contoso"), product.tenant("fabrikam"));
    let mut told_of = Vec::new();
    for (id, secret) in [
        (contoso.client_id.as_str(), fabrikam.client_secret.as_str()),
        (fabrikam.client_id.as_str(), contoso.client_secret.as_str()),
        ("nowhere.crm", contoso.client_secret.as_str()),
        ("contoso.fabrikam.crm", fabrikam.client_secret.as_str()),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        told_of.push(told(&product.token(&form).await));
    }
    assert!(told_of.iter().all(|answer| *answer == told_of[0] && answer.0 == 401), "{told_of:#?}");
}

/// The product, where these hosts lead to it as well.
async fn served_at(hosts: &[&str]) -> Product {
    let allowed_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    Product::start_with(Options { allowed_hosts, ..Options::default() }).await
}

/// Makes a host contoso's own, as its stack does.
async fn own_host(product: &Product, host: &str) {
    let item = json!({"pk": {"S": format!("@host#{host}")}, "v": {"N": "1"}, "tenant": {"S": "contoso"}});
    let request = json!({"TableName": "TenantsTable", "Item": item});
    product.aws("dynamodb", "DynamoDB_20120810.PutItem", &request).await;
}

async fn at_host(caller: &Caller, host: &str, (method, path, body): (Method, String, String)) -> Answer {
    let request = caller.request(method, &path).header("host", host).header("content-type", "application/json");
    Answer::read(request.body(body).send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_tenants_own_domain_serves_that_tenant_alone() {
    const OWN: &str = "book.contoso.test";
    let product = served_at(&[OWN, "book.example.test"]).await;
    let (contoso, fabrikam) = both(&product).await;
    own_host(&product, OWN).await;
    for host in [OWN, "BOOK.Contoso.test", "book.contoso.test:8443"] {
        for request in every_request("own-domain", FABRIKAM) {
            let refused = at_host(&fabrikam, host, request).await.expect(401, "Unauthorized");
            assert_eq!(refused.json()["email"], "");
        }
    }
    assert!(product.outlook("fabrikam").await.events(FABRIKAM).await.is_empty());
    for request in every_request("own-domain", CONTOSO) {
        assert_eq!(
            at_host(&contoso, OWN, request.clone()).await.status,
            if request.0 == Method::GET { 404 } else { 200 }
        );
    }
    // A host that is nobody's own serves everybody.
    let mut requests = every_request("own-domain", FABRIKAM).into_iter();
    let booking = requests.next().expect("a booking");
    assert_eq!(at_host(&fabrikam, "book.example.test", booking).await.status, 200);
}

#[tokio::test]
async fn a_token_is_issued_only_at_a_domain_of_the_same_tenant() {
    const OWN: &str = "book.contoso.test";
    let product = served_at(&[OWN]).await;
    own_host(&product, OWN).await;
    let url = format!("{}/oauth2/token", product.api());
    for (tenant, status) in [("contoso", 200), ("fabrikam", 401)] {
        let tenant = product.tenant(tenant);
        let form: Value = json!({"grant_type": "client_credentials", "client_id": tenant.client_id,
            "client_secret": tenant.client_secret});
        let request = product.http().post(&url).header("host", OWN).form(&form);
        assert_eq!(request.send().await.expect("an answer").status().as_u16(), status);
    }
}
