//! What a web page on the same machine can do to a running stack, at each socket that listens: nothing. Asked over TCP,
//! byte by byte, as a browser would.

mod allowed;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use convene_local::{Options, Stack};
use serde_json::{Value, json};

const HOST_OF_A_PAGE: &str = "rebound.example.com";

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Sends a request with exactly these headers beside the body's length.
fn send(base: &str, request_line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let address = base.trim_start_matches("http://");
    let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let length = body.len();
    let head = format!("{request_line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}");
    let mut connection = TcpStream::connect(address).expect("a connection");
    write!(connection, "{head}\r\n{body}").expect("sent");
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes).expect("an answer");
    let answer = String::from_utf8_lossy(&bytes);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

fn host_of(base: &str) -> &str {
    base.trim_start_matches("http://")
}

/// A listener's name, its address, and requests that reach it with what it answers.
type Listener = (&'static str, String, Vec<(&'static str, u16)>);

fn listeners(stack: &Stack) -> Vec<Listener> {
    let ready = stack.ready();
    let api = ready.api.clone().expect("an API");
    vec![
        (
            "gateway",
            api,
            vec![("GET /", 200), ("GET /docs/", 200), ("GET /openapi/salesforce.json", 200), ("GET /health", 200)],
        ),
        ("simulator", ready.graph.clone(), vec![("GET /simulator/requests", 200), ("GET /v1.0/me", 401)]),
        ("calendars", ready.calendars.trim_end_matches("/calendars").to_owned(), vec![("GET /calendars", 200)]),
        ("DynamoDB", ready.dynamodb.clone(), vec![("GET /", 404), ("POST /", 404)]),
        ("Secrets Manager", ready.secretsmanager.clone(), vec![("POST /", 400)]),
    ]
}

async fn start(options: Options) -> Stack {
    Stack::start(options).await.expect("a stack")
}

#[tokio::test]
async fn every_listener_refuses_what_a_page_of_another_site_sends() {
    let stack = start(Options::default()).await;
    for (name, base, requests) in listeners(&stack) {
        let own = host_of(&base).to_owned();
        let port = own.rsplit_once(':').map(|(_, port)| port).expect("a port");
        let [localhost, v6, same] = [format!("localhost:{port}"), format!("[::1]:{port}"), format!("http://{own}")];
        for (line, status) in requests {
            // What programs and its own pages send.
            for headers in [
                &[("Host", own.as_str())][..],
                &[("Host", localhost.as_str())],
                &[("Host", v6.as_str())],
                &[("Host", own.as_str()), ("Origin", same.as_str())],
                &[("Host", own.as_str()), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")],
            ] {
                assert_eq!(send(&base, line, headers, "").status, status, "{name} {line} {headers:?}");
            }
            // What a page elsewhere, or one at another port, can have a browser send.
            for (expected, headers) in [
                (421, &[("Host", HOST_OF_A_PAGE)][..]),
                (421, &[("Host", &*format!("{HOST_OF_A_PAGE}:{port}"))]),
                (421, &[("Host", "127.0.0.1"), ("Origin", "http://127.0.0.1")]),
                (421, &[("Host", "localhost:1")]),
                (421, &[("Host", &*format!("0.0.0.0:{port}"))]),
                (400, &[]),
                (400, &[("Host", own.as_str()), ("Host", HOST_OF_A_PAGE)]),
                (403, &[("Host", own.as_str()), ("Origin", "https://evil.example.com")]),
                (403, &[("Host", own.as_str()), ("Origin", "null")]),
                (403, &[("Host", own.as_str()), ("Origin", "http://127.0.0.1:3000")]),
                (403, &[("Host", own.as_str()), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "script")]),
                (403, &[("Host", own.as_str()), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "iframe")]),
            ] {
                let answer = send(&base, line, headers, "");
                assert_eq!(answer.status, expected, "{name} {line} {headers:?}: {}", answer.body);
                assert!(answer.body.starts_with(r#"{"message":"The "#), "{name} {line}: {}", answer.body);
                assert!(!answer.head.contains("access-control-"), "{name} {line}: {}", answer.head);
            }
        }
        // What a browser asks before it sends a page's own headers elsewhere.
        let asked = [
            ("Host", own.as_str()),
            ("Origin", "https://evil.example.com"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "x-amz-target"),
        ];
        let preflight = send(&base, "OPTIONS /", &asked, "");
        assert_eq!(preflight.status, 403, "{name}");
        assert!(!preflight.head.contains("access-control-"), "{name}: {}", preflight.head);
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_it_from_other_sites() {
    let stack = start(Options::default()).await;
    for (name, base, requests) in listeners(&stack) {
        let same = format!("http://{}", host_of(&base));
        let lines = requests.iter().map(|(line, _)| *line).chain(["GET /nowhere", "PUT /docs/"]);
        for (line, site) in lines.flat_map(|line| [(line, same.as_str()), (line, "https://evil.example.com")]) {
            let answer = send(&base, line, &[("Host", host_of(&base)), ("Origin", site)], "");
            for header in [
                "x-content-type-options: nosniff",
                "cross-origin-resource-policy: same-origin",
                "content-security-policy: frame-ancestors 'none'",
                "x-frame-options: deny",
            ] {
                assert!(answer.head.contains(header), "{name} {line} from {site}: no {header} in\n{}", answer.head);
            }
            assert!(!answer.head.contains("access-control-"), "{name} {line} from {site}: {}", answer.head);
        }
    }
}

/// A request to DynamoDB or Secrets Manager as the AWS SDK sends it, and with more headers.
fn aws(base: &str, target: &str, body: &str, more: &[(&str, &str)]) -> Answer {
    let service = if target.starts_with("Dynamo") { "dynamodb" } else { "secretsmanager" };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let mut headers = vec![
        ("Content-Type", "application/x-amz-json-1.0"),
        ("X-Amz-Target", target),
        ("X-Amz-Date", "20260101T000000Z"),
        ("Authorization", &authorization),
    ];
    headers.extend(more);
    send(base, "POST /", &headers, body)
}

#[tokio::test]
async fn a_page_cannot_rewrite_a_tenant_or_read_its_secrets() {
    let stack = start(Options::default()).await;
    let (dynamodb, secrets) = (&stack.ready().dynamodb, &stack.ready().secretsmanager);
    let own = [("Host", host_of(dynamodb))];
    let key = json!({"pk": {"S": "contoso#config"}});
    let get = json!({"TableName": "TenantsTable", "Key": key, "ConsistentRead": true}).to_string();
    let before = aws(dynamodb, "DynamoDB_20120810.GetItem", &get, &own);
    assert_eq!(before.status, 200);
    assert!(before.body.contains("127.0.0.1"), "{}", before.body);
    let rewrite = json!({"TableName": "TenantsTable", "Key": key, "UpdateExpression": "SET config = :c",
        "ExpressionAttributeValues": {":c": {"S": r#"{"login":"https://evil.example.com"}"#}}});
    for page in [
        &[own[0], ("Origin", "https://evil.example.com")][..],
        &[own[0], ("Origin", "null")],
        &[("Host", HOST_OF_A_PAGE), ("Origin", "http://rebound.example.com")],
    ] {
        let answer = aws(dynamodb, "DynamoDB_20120810.UpdateItem", &rewrite.to_string(), page);
        assert!([403, 421].contains(&answer.status), "{page:?}: {}", answer.status);
    }
    let after = aws(dynamodb, "DynamoDB_20120810.GetItem", &get, &own);
    let item = |answer: &Answer| serde_json::from_str::<Value>(&answer.body).expect("JSON");
    assert_eq!(item(&after), item(&before), "nothing was written");

    let read = r#"{"SecretId": "convene/contoso/credentials"}"#;
    let own = [("Host", host_of(secrets))];
    assert_eq!(aws(secrets, "secretsmanager.GetSecretValue", read, &own).status, 200);
    let rebound = [("Host", HOST_OF_A_PAGE)];
    let answer = aws(secrets, "secretsmanager.GetSecretValue", read, &rebound);
    assert_eq!(answer.status, 421);
    assert!(!answer.body.contains(&stack.ready().tenants["contoso"].client_secret));
}

#[tokio::test]
async fn no_page_or_script_of_the_api_carries_a_secret() {
    let stack = start(Options::default()).await;
    let api = stack.ready().api.as_deref().expect("an API");
    let contoso = &stack.ready().tenants["contoso"];
    for path in ["/", "/docs/", "/docs/swagger-initializer.js", "/openapi/salesforce.json", "/openapi/oauth.yaml"] {
        let answer = send(api, &format!("GET {path}"), &[("Host", host_of(api))], "");
        assert_eq!(answer.status, 200, "{path}");
        for secret in [&contoso.client_secret, &contoso.refresh_token, &contoso.hmac.key] {
            assert!(!answer.body.contains(secret.as_str()), "{path} carries a secret");
        }
        let included = [
            ("Host", host_of(api)),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "no-cors"),
            ("Sec-Fetch-Dest", "script"),
        ];
        assert_eq!(send(api, &format!("GET {path}"), &included, "").status, 403, "{path}");
    }
    let script = send(api, "GET /docs/swagger-initializer.js", &[("Host", host_of(api))], "");
    assert!(script.body.contains("contoso.crm"), "the form knows whom to sign in: {}", script.body);
}
