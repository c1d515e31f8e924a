use axum::http::Request;

use super::*;

fn verdict(guard: &Guard, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Sender, Refusal> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    guard.check(&request.body(()).expect("a request").into_parts().0)
}

fn host(guard: &Guard, host: &str) -> Result<Sender, Refusal> {
    verdict(guard, "GET", "/", &[("host", host)])
}

#[test]
fn only_the_loopback_names_with_the_port_are_hosts() {
    let guard = Guard::at(9000);
    for own in ["127.0.0.1:9000", "localhost:9000", "LocalHost:9000", "[::1]:9000"] {
        assert_eq!(host(&guard, own), Ok(Sender::Own), "{own}");
    }
    for foreign in [
        "evil.test",
        "evil.test:9000",
        "127.0.0.1",
        "127.0.0.1:9001",
        "127.0.0.1:09000",
        "localhost",
        "localhost.:9000",
        "localhost.evil.test:9000",
        "127.0.0.1.evil.test:9000",
        "127.0.0.1:9000.evil.test",
        "evil.test@127.0.0.1:9000",
        "127.0.0.1:9000@evil.test",
        "127.0.0.1:9000 ",
        "127.0.0.1:9000,evil.test",
        "127.1:9000",
        "2130706433:9000",
        "0.0.0.0:9000",
        "[::]:9000",
        "[::ffff:127.0.0.1]:9000",
    ] {
        assert_eq!(host(&guard, foreign), Err(Refusal::ForeignHost), "{foreign}");
    }
    assert_eq!(host(&Guard::at(80), "localhost"), Ok(Sender::Own));
}

#[test]
fn a_request_has_one_host() {
    let guard = Guard::at(9000);
    for headers in [
        &[][..],
        &[("host", "")],
        &[("host", "127.0.0.1:9000"), ("host", "evil.test")],
        &[("host", "127.0.0.1:9000"), ("host", "127.0.0.1:9000")],
        &[("host", "127.0.0.1:9000é")],
    ] {
        assert_eq!(verdict(&guard, "GET", "/", headers), Err(Refusal::NoHost), "{headers:?}");
    }
    let own = [("host", "127.0.0.1:9000")];
    assert_eq!(verdict(&guard, "GET", "http://127.0.0.1:9000/", &own), Ok(Sender::Own));
    assert_eq!(verdict(&guard, "GET", "http://evil.test/", &own), Err(Refusal::NoHost));
    assert_eq!(verdict(&guard, "GET", "http://evil.test/", &[]), Err(Refusal::ForeignHost));
}

#[test]
fn a_host_that_was_allowed_is_one_with_any_port_unless_it_names_one() {
    let guard = Guard::at(9000).allow(["book.contoso.test".to_owned(), "127.0.0.1:1".to_owned()]);
    for own in ["book.contoso.test", "BOOK.Contoso.test:8443", "127.0.0.1:1", "127.0.0.1:9000"] {
        assert_eq!(host(&guard, own), Ok(Sender::Own), "{own}");
    }
    for foreign in [
        "book.contoso.test.evil.test",
        "x.book.contoso.test",
        "book.contoso.test:",
        "book.contoso.test:x",
        "127.0.0.1:11",
        "127.0.0.1:2",
    ] {
        assert_eq!(host(&guard, foreign), Err(Refusal::ForeignHost), "{foreign}");
    }
}

#[test]
fn a_page_of_another_origin_is_refused() {
    let guard = Guard::at(9000).allow(["book.contoso.test".to_owned()]);
    let from = |host, origin| verdict(&guard, "POST", "/", &[("host", host), ("origin", origin)]);
    for (host, origin) in [
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("localhost:9000", "http://LOCALHOST:9000"),
        ("book.contoso.test", "https://book.contoso.test"),
    ] {
        assert_eq!(from(host, origin), Ok(Sender::Own), "{origin}");
    }
    for origin in [
        "",
        "null",
        "http://evil.test",
        "http://127.0.0.1:9001",
        "http://localhost:9000",
        "http://127.0.0.1:9000.evil.test",
        "http://127.0.0.1:9000/",
        "chrome-extension://127.0.0.1:9000",
        "127.0.0.1:9000",
    ] {
        assert_eq!(from("127.0.0.1:9000", origin), Err(Refusal::ForeignOrigin), "{origin}");
    }
    let two = [("host", "127.0.0.1:9000"), ("origin", "http://127.0.0.1:9000"), ("origin", "http://evil.test")];
    assert_eq!(verdict(&guard, "POST", "/", &two), Err(Refusal::ForeignOrigin));
}

#[test]
fn a_page_may_link_to_a_page_and_do_nothing_else() {
    let guard = Guard::at(9000);
    let fetched = |method, site, mode, dest| {
        let headers =
            [("host", "127.0.0.1:9000"), ("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        verdict(&guard, method, "/", &headers)
    };
    assert_eq!(fetched("GET", "cross-site", "navigate", "document"), Ok(Sender::Own));
    assert_eq!(fetched("GET", "same-site", "navigate", "document"), Ok(Sender::Own));
    assert_eq!(fetched("POST", "same-origin", "cors", "empty"), Ok(Sender::Own));
    assert_eq!(fetched("GET", "none", "navigate", "document"), Ok(Sender::Own));
    for (method, site, mode, dest) in [
        ("GET", "cross-site", "no-cors", "script"),
        ("GET", "same-site", "no-cors", "image"),
        ("GET", "cross-site", "navigate", "iframe"),
        ("POST", "cross-site", "navigate", "document"),
        ("GET", "é", "no-cors", "script"),
    ] {
        assert_eq!(fetched(method, site, mode, dest), Err(Refusal::ForeignOrigin), "{method} {site} {mode} {dest}");
    }
}

#[test]
fn a_page_of_an_origin_that_was_allowed_is_let_in_by_its_exact_origin() {
    let origins = ["http://127.0.0.1:3000", "https://www.contoso.test"].map(|text| text.parse().expect(text));
    let guard = Guard::at(9000).allow_origins(origins);
    let from = |method, host, origin| {
        let headers =
            [("host", host), ("origin", origin), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")];
        verdict(&guard, method, "/", &headers)
    };
    let own = "127.0.0.1:9000";
    for method in ["GET", "POST", "OPTIONS", "DELETE"] {
        for origin in ["http://127.0.0.1:3000", "https://www.contoso.test"] {
            assert_eq!(from(method, own, origin), Ok(Sender::AllowedPage), "{method} {origin}");
        }
    }
    for origin in [
        "null",
        "https://127.0.0.1:3000",
        "http://127.0.0.1",
        "http://127.0.0.1:30000",
        "http://localhost:3000",
        "http://127.0.0.1:3000/",
        "http://www.contoso.test",
        "https://www.contoso.test:8443",
        "https://www.contoso.test.evil.test",
        "https://evil.www.contoso.test",
    ] {
        assert_eq!(from("GET", own, origin), Err(Refusal::ForeignOrigin), "{origin}");
    }
    // The host is checked as for every request: by a name that was made to resolve to this machine nothing is reached.
    assert_eq!(from("GET", "evil.test", "http://127.0.0.1:3000"), Err(Refusal::ForeignHost));
    let two = [("host", own), ("origin", "http://127.0.0.1:3000"), ("origin", "http://evil.test")];
    assert_eq!(verdict(&guard, "POST", "/", &two), Err(Refusal::ForeignOrigin));
    // An image or a frame names no origin.
    for (mode, dest) in [("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe")] {
        let headers =
            [("host", own), ("sec-fetch-site", "same-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        assert_eq!(verdict(&guard, "GET", "/", &headers), Err(Refusal::ForeignOrigin), "{dest}");
    }
}
