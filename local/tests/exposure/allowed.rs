//! What somebody allowed: the API at one more host, and pages of one more origin.

use convene_local::Options;

use super::{host_of, listeners, send, start};

#[tokio::test]
async fn the_api_answers_at_a_host_that_was_allowed_and_nothing_else_does() {
    let allowed_hosts = vec!["book.contoso.test".to_owned()];
    let stack = start(Options { allowed_hosts, ..Options::default() }).await;
    for (name, base, requests) in listeners(&stack) {
        let (line, status) = requests[0];
        let expected = if name == "gateway" { status } else { 421 };
        for host in ["book.contoso.test", "Book.Contoso.test:8443"] {
            assert_eq!(send(&base, line, &[("Host", host)], "").status, expected, "{name} {host}");
        }
        assert_eq!(send(&base, line, &[("Host", "book.fabrikam.test")], "").status, 421, "{name}");
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_reads_what_the_api_lets_pages_read() {
    let origin = "http://127.0.0.1:3000";
    let allowed_origins = vec![origin.parse().expect("an origin")];
    let stack = start(Options { allowed_origins, ..Options::default() }).await;
    let api = stack.ready().api.clone().expect("an API");
    let from = |base: &str, line: &str, origin: &str, more: &[(&str, &str)]| {
        let headers = [&[("Host", host_of(base)), ("Origin", origin), ("Sec-Fetch-Site", "same-site")], more].concat();
        send(base, line, &headers, "")
    };
    let asked =
        [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type")];
    let preflight = from(&api, "OPTIONS /v3/scheduling/bookings", origin, &asked);
    assert_eq!(preflight.status, 204, "{}", preflight.head);
    for header in ["access-control-allow-origin: *", "access-control-allow-methods: ", "access-control-allow-headers: "]
    {
        assert!(preflight.head.contains(header), "no {header} in\n{}", preflight.head);
    }
    let failure = from(&api, "GET /v3/scheduling/ui-settings?configuration_id=unknown", origin, &[]);
    assert_eq!(failure.status, 404, "{}", failure.body);
    for header in ["access-control-allow-origin: *", "access-control-expose-headers: ", "x-frame-options: deny"] {
        assert!(failure.head.contains(header), "no {header} in\n{}", failure.head);
    }
    // What has no CORS stays unreadable for every page.
    let token = from(&api, "POST /v3/scheduling/sessions", origin, &[]);
    assert_eq!(token.status, 401, "{}", token.body);
    assert!(!token.head.contains("access-control-"), "{}", token.head);

    for other in ["http://127.0.0.1:3001", "http://localhost:3000", "https://127.0.0.1:3000", "null"] {
        for line in ["OPTIONS /v3/scheduling/bookings", "GET /v3/scheduling/ui-settings"] {
            let answer = from(&api, line, other, &asked);
            assert_eq!(answer.status, 403, "{line} {other}");
            assert!(!answer.head.contains("access-control-"), "{line} {other}: {}", answer.head);
        }
    }
    // A program, which is no page, gets what it got before.
    let program = send(&api, "GET /v3/scheduling/ui-settings", &[("Host", host_of(&api))], "");
    assert!(!program.head.contains("access-control-"), "{}", program.head);
    // The origin is for the API alone.
    for (name, base, requests) in listeners(&stack).into_iter().filter(|(name, ..)| *name != "gateway") {
        let answer = from(&base, requests[0].0, origin, &[]);
        assert_eq!(answer.status, 403, "{name}");
        assert!(!answer.head.contains("access-control-"), "{name}: {}", answer.head);
    }
}
