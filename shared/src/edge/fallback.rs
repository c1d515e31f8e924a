//! What a family answers for paths and methods that none of its endpoints has.

use std::sync::Arc;

use lambda_http::http::Method;

use super::{ApiError, Cors, Endpoint, Request, Response};
use crate::problem::{Kind, Problem};

/// A route of a family: a method and a path with variables, such as `/v3/grants/{grant}`.
#[derive(Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    /// What pages of other origins may do there.
    pub cors: Option<&'static Cors>,
}

/// The endpoint for everything below a family's prefix that no other endpoint of the family serves. Answers preflights for
/// endpoints with CORS, and refuses the rest with the family's error: 404 for an unknown path, 405 for an unknown method.
pub fn fallback<E: ApiError + Send + 'static>(name: &'static str, routes: &'static [Route]) -> Endpoint {
    Endpoint::new(name, move |request| std::future::ready(answer::<E>(&request, routes)))
}

fn answer<E: ApiError>(request: &Arc<Request>, routes: &'static [Route]) -> Result<Response, E> {
    let here: Vec<_> = routes.iter().filter(|route| route.matches(&request.path)).collect();
    if here.is_empty() {
        return Err(Problem::new(Kind::UnknownPath, "There is no endpoint with this path.").into());
    }
    let methods = |routes: &[&Route]| routes.iter().map(|route| route.method).collect::<Vec<_>>().join(", ");
    let shared: Vec<_> = here.iter().copied().filter(|route| route.cors.is_some()).collect();
    // The rules of the method that the page wants to send.
    let wanted = request.header("access-control-request-method");
    let asked = shared.iter().find(|route| wanted == Some(route.method)).or(shared.first());
    let cors = asked.and_then(|route| route.cors);
    if let (&Method::OPTIONS, Some(cors)) = (&request.method, cors) {
        return Ok(cors.preflight(&methods(&shared)));
    }
    let allowed = methods(&here);
    let message = format!("This path has only the methods {allowed}.");
    let refused = E::from(Problem::new(Kind::MethodNotAllowed, message)).into_response(request);
    let refused = refused.header("allow", &allowed);
    // A page may read why its request is refused.
    Ok(if let Some(cors) = cors { cors.allow(refused) } else { refused })
}

impl Route {
    fn matches(&self, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::{Context, LambdaEvent};
    use serde_json::{Value, json, value::RawValue};

    use super::*;
    use crate::services::{Services, Settings};

    const CORS: Cors = Cors { allow_headers: "authorization, content-type", expose_headers: "x-correlation-id" };
    const ROUTES: &[Route] = &[
        Route { method: "GET", path: "/v3/grants/{grant}", cors: None },
        Route { method: "DELETE", path: "/v3/grants/{grant}", cors: None },
        Route { method: "POST", path: "/v3/slots", cors: Some(&CORS) },
        Route { method: "PUT", path: "/v3/slots", cors: Some(&CORS) },
        Route { method: "PATCH", path: "/v3/slots", cors: None },
    ];

    struct Refusal(Problem);

    impl From<Problem> for Refusal {
        fn from(problem: Problem) -> Self {
            Self(problem)
        }
    }

    impl ApiError for Refusal {
        fn into_response(self, _request: &Request) -> Response {
            let Self(Problem { kind, message, .. }) = self;
            Response::json(if kind == Kind::UnknownPath { 404 } else { 405 }, &message)
        }
    }

    /// The fallback's response to a request that API Gateway passes to it.
    async fn response(method: &str, path: &str) -> Value {
        let settings = Settings::from_lookup(|name| name.starts_with("AWS_").then(|| "x".to_owned()));
        let services = Arc::new(Services::new(settings.expect("settings")));
        let event = json!({
            "version": "2.0", "routeKey": "ANY /v3/{proxy+}", "rawPath": path, "rawQueryString": "",
            "headers": {"host": "api.example.com", "origin": "https://page.example"}, "isBase64Encoded": false,
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "timeEpoch": 0},
        });
        let event = RawValue::from_string(event.to_string()).expect("JSON");
        let endpoint = fallback::<Refusal>("made-up-fallback", ROUTES);
        let response = endpoint.invoke(&services, LambdaEvent::new(event, Context::default())).await;
        serde_json::to_value(&response).expect("JSON")
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_the_familys_errors() {
        for (method, path, status, allowed) in [
            ("GET", "/v3/grant", 404, None),
            ("OPTIONS", "/v3/grant", 404, None),
            ("POST", "/v3/grants/a", 405, Some("GET, DELETE")),
            ("OPTIONS", "/v3/grants/a", 405, Some("GET, DELETE")),
            ("GET", "/v3/slots", 405, Some("POST, PUT, PATCH")),
        ] {
            let response = response(method, path).await;
            let headers = &response["headers"];
            assert_eq!(
                (&response["statusCode"], headers["allow"].as_str()),
                (&json!(status), allowed),
                "{method} {path}"
            );
            let is_json = headers["content-type"] == "application/json" && headers["x-correlation-id"].is_string();
            assert!(is_json, "{method} {path}: {response}");
            // A page may read why its request to an endpoint with CORS is refused.
            let is_readable = headers["access-control-allow-origin"] == "*";
            assert_eq!(is_readable, path == "/v3/slots", "{method} {path}: {response}");
        }
    }

    /// For the methods that have it, and for no other one of the path.
    #[tokio::test]
    async fn a_preflight_is_answered_where_an_endpoint_has_cors() {
        let response = response("OPTIONS", "/v3/slots").await;
        let headers = &response["headers"];
        assert_eq!(
            (&response["statusCode"], &headers["access-control-allow-methods"]),
            (&json!(204), &json!("POST, PUT"))
        );
        assert_eq!(headers["access-control-allow-headers"], CORS.allow_headers);
        assert_eq!(headers["access-control-max-age"], "7200");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert!(response["body"].as_str().is_none_or(str::is_empty), "{response}");
    }

    #[test]
    fn a_route_matches_paths_of_its_form() {
        let route = Route { method: "GET", path: "/v3/grants/{grant}", cors: None };
        assert!(route.matches("/v3/grants/a"));
        for path in ["/v3/grants", "/v3/grants/", "/v3/grants/a/", "/v3/grants/a/b", "/v3/grant/a", "v3/grants/a"] {
            assert!(!route.matches(path), "{path}");
        }
    }
}
