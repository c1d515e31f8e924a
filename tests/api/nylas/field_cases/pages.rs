//! What booking pages and lists rely on. The time does not matter, so these run against a deployment too.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{
    Answer, InProcess, Product,
    nylas::{Nylas, booking, configuration, midnight},
};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{ORGANIZER, expect_error},
    booking_id, merge,
};

/// The headers of each request of the vendor's booking page.
const HEADERS: [&str; 5] =
    ["authorization", "content-type", "x-nylas-application-public-id", "x-nylas-web-elements-version", "x-source"];

fn listed<'a>(answer: &'a Answer, header: &str) -> Vec<&'a str> {
    answer.header(header).unwrap_or_else(|| panic!("no {header}: {answer:?}")).split(',').map(str::trim).collect()
}

/// Events as API Gateway sends them: the guard of `cargo local` keeps pages of other origins out, and removes these headers.
#[test]
fn cors_preflight() {
    let functions = InProcess::start();
    for (path, method, methods) in [
        (
            "/v3/scheduling/bookings/9f7419bf-f7f8-473f-9d72-50ebcd2f63a2",
            "PATCH",
            &["GET", "PATCH", "PUT", "DELETE"][..],
        ),
        ("/v3/scheduling/bookings", "POST", &["POST"]),
        ("/v3/scheduling/availability", "GET", &["GET"]),
        ("/v3/scheduling/ui-settings", "GET", &["GET"]),
    ] {
        let answer = functions.preflight(path, method);
        assert!(matches!(answer.status, 200 | 204), "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        let allowed = listed(&answer, "access-control-allow-methods");
        assert_eq!(allowed, methods, "{path}");
        let allowed: Vec<_> =
            listed(&answer, "access-control-allow-headers").iter().map(|name| name.to_lowercase()).collect();
        assert!(HEADERS.iter().all(|name| allowed.contains(&(*name).to_owned())), "{path}: {allowed:?}");
        let age = answer.header("access-control-max-age").and_then(|age| age.parse::<u32>().ok());
        assert!(age.is_some_and(|age| age > 0), "{path}: {answer:?}");
    }
    // What takes an API key is not for pages.
    for path in ["/v3/grants/me/scheduling/configurations", "/v3/scheduling/sessions"] {
        let answer = functions.preflight(path, "POST");
        assert_eq!(answer.header("access-control-allow-methods"), None, "{path}: {answer:?}");
    }
    // Errors can be read by the page as well.
    for (function, changes, status) in [
        ("list-slots", json!({"rawQueryString": ""}), 400),
        ("list-slots", json!({}), 404),
        ("nylas-fallback", json!({"rawPath": "/v3/scheduling/unknown"}), 404),
    ] {
        let mut event = functions.event(function);
        merge(&mut event, &changes);
        event["headers"]["origin"] = json!("https://crm.example");
        let answer = functions.invoke(function, &event);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, Some("*")), "{answer:?}");
    }
}

#[tokio::test]
async fn slug_rules() {
    let product = Product::start().await;
    let (nylas, other) = (Nylas::of(&product, "contoso"), Nylas::of(&product, "fabrikam"));
    let with_slug = |slug: &str| {
        let mut sent = configuration(&[ORGANIZER]);
        sent["slug"] = json!(slug);
        sent
    };
    let create = async |sent: Value| nylas.system(Method::POST, &nylas.configurations(), Some(&sent)).await;
    let a = create(with_slug("meet-nylas")).await.expect_ok()["data"]["id"].as_str().expect("an id").to_owned();
    // Compared without case.
    for taken in ["meet-nylas", "Meet-Nylas"] {
        expect_error(&create(with_slug(taken)).await, 400, "invalid_request_error");
    }
    let mut foreign = with_slug("meet-nylas");
    foreign["participants"][0]["email"] = json!(product.tenant("fabrikam").members[0].email);
    other.system(Method::POST, &other.configurations(), Some(&foreign)).await.expect_ok();

    let start = midnight(3);
    let ask = async |query: &str| {
        let path = format!("/v3/scheduling/availability?start_time={start}&end_time={}&{query}", start + 3600);
        nylas.guest(Method::GET, &path, None).await
    };
    let slots = [start, start + 1800]
        .map(|start| json!({"start_time": start, "end_time": start + 1800, "emails": [ORGANIZER]}));
    for slug in ["meet-nylas", "MEET-nylas"] {
        let answer = ask(&format!("slug={slug}&client_id={}", nylas.client_id)).await.expect_ok();
        assert_eq!(answer["data"], json!({"time_slots": slots}));
    }
    expect_error(&ask("slug=meet-nylas").await, 400, "invalid_request_error");
    expect_error(&ask("slug=meet-nylas&client_id=nobody").await, 404, "not_found_error");
    expect_error(&ask(&format!("slug=none&client_id={}", nylas.client_id)).await, 404, "not_found_error");

    let path = format!("{}/{a}", nylas.configurations());
    nylas.system(Method::PUT, &path, Some(&json!({"slug": "meet-nylas"}))).await.expect_ok();
    nylas.system(Method::DELETE, &path, None).await.expect_ok();
    create(with_slug("meet-nylas")).await.expect_ok();
    for wrong in ["Ä b/../%2e", "a b", "a/b", &"a".repeat(129)] {
        expect_error(&create(with_slug(wrong)).await, 400, "invalid_request_error");
    }
    // Of two at the same time one gets it. Several may have none.
    let raced = join_all([create(with_slug("raced")), create(with_slug("Raced"))]).await;
    let mut statuses: Vec<_> = raced.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "{raced:?}");
    for none in [json!({"slug": null}), json!({})] {
        for _ in 0..2 {
            let mut sent = configuration(&[ORGANIZER]);
            merge(&mut sent, &none);
            create(sent).await.expect_ok();
        }
    }
    product.stop().await;
}

#[tokio::test]
async fn pagination() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut ids = Vec::new();
    for _ in 0..120 {
        ids.push(nylas.configure(&configuration(&[ORGANIZER])).await);
    }
    let list = async |query: &str| nylas.system(Method::GET, &format!("{}{query}", nylas.configurations()), None).await;
    let of_page = |page: &Value| {
        let page = page["data"].as_array().expect("a page").iter();
        page.map(|found| found["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let (mut pages, mut query, mut cursors) = (Vec::new(), String::new(), Vec::new());
    loop {
        let page = list(&query).await.expect_ok();
        pages.push(of_page(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        cursors.push(cursor.to_owned());
        query = format!("?page_token={cursor}");
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(pages.concat(), ids);
    let whole = list("?limit=200").await.expect_ok();
    assert_eq!((of_page(&whole), whole.get("next_cursor").filter(|cursor| !cursor.is_null())), (ids.clone(), None));
    for query in ["?limit=201", "?limit=0", "?limit=x", "?page_token=garbage"] {
        expect_error(&list(query).await, 400, "invalid_request_error");
    }
    // By its address, and not by another tenant's key.
    let by_address = format!("/v3/grants/{ORGANIZER}/scheduling/configurations?limit=1");
    assert_eq!(of_page(&nylas.system(Method::GET, &by_address, None).await.expect_ok()), ids[..1]);
    let other = Nylas::of(&product, "fabrikam");
    expect_error(&other.system(Method::GET, &nylas.configurations(), None).await, 404, "not_found_error");
    // A cursor leads to nothing of another tenant's.
    let foreign = format!("{}?page_token={}", other.configurations(), cursors[0]);
    expect_error(&other.system(Method::GET, &foreign, None).await, 400, "invalid_request_error");
    // It survives that the entry is deleted at which it stands, and the one after it.
    for gone in &ids[49..51] {
        nylas.system(Method::DELETE, &format!("{}/{gone}", nylas.configurations()), None).await.expect_ok();
    }
    let page = list(&format!("?limit=10&page_token={}", cursors[0])).await.expect_ok();
    assert_eq!(of_page(&page), ids[51..61]);
    product.stop().await;
}

#[tokio::test]
async fn ui_settings_contract() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let mut plain = configuration(&[ORGANIZER]);
    merge(&mut plain, &json!({"slug": "plain", "scheduler": null}));
    let id = nylas.configure(&plain).await;
    let ask = async |bearer: Option<&str>, query: &str| {
        nylas.send(Method::GET, &format!("/v3/scheduling/ui-settings{query}"), bearer, None).await
    };
    let expected = json!({
        "configuration_id": id, "app_client_id": nylas.client_id, "slug": "plain", "name": "organizer",
        "booking_type": "booking", "organizer": {"name": "organizer", "email": ORGANIZER}, "appearance": {},
        "scheduler": {
            "available_days_in_future": 30, "min_booking_notice": 60, "min_cancellation_notice": 0,
            "hide_additional_guests": false, "hide_cancellation_options": false, "hide_rescheduling_options": false,
            "additional_fields": {},
        },
    });
    let session = json!({"configuration_id": id, "time_to_live": 5});
    let session = nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&session)).await.expect_ok();
    for (bearer, query) in [
        (None, format!("?configuration_id={id}")),
        (None, format!("?slug=plain&client_id={}", nylas.client_id)),
        (session["data"]["session_id"].as_str(), String::new()),
        (Some(nylas.key.as_str()), format!("?configuration_id={id}")),
    ] {
        assert_eq!(ask(bearer, &query).await.expect_ok()["data"], expected, "{query}");
    }
    for (query, status, kind) in [
        ("", 400, "invalid_request_error"),
        ("?slug=plain", 400, "invalid_request_error"),
        ("?configuration_id=x", 404, "not_found_error"),
    ] {
        expect_error(&ask(None, query).await, status, kind);
    }

    let start = midnight(3);
    let mut wanted = booking("jane", start);
    let guests = json!([{"name": "k", "email": "k@example.com"}]);
    merge(&mut wanted, &json!({"timezone": "Asia/Tokyo", "email_language": "fr", "additional_guests": guests}));
    let booked = nylas.book(&id, &wanted).await;
    let booking_ref = booked.json()["data"]["booking_ref"].as_str().expect("a reference").to_owned();
    let booking = booking_id(booked);
    let salt = URL_SAFE_NO_PAD.encode(&URL_SAFE_NO_PAD.decode(&booking_ref).expect("base64")[32..]);
    let mut expected = expected;
    expected["booking"] = json!({
        "booking_id": booking, "booking_ref": booking_ref, "booking_ref_salt": salt, "status": "booked",
        "guest": {"name": "jane", "email": "jane@example.com"}, "additional_guests": guests, "additional_fields": {},
        "timezone": "Asia/Tokyo", "email_language": "fr",
        "event_organizer": {"name": "organizer", "email": ORGANIZER, "is_organizer": true},
        "event_data": {"location": "", "when": {
            "object": "timespan", "start_time": start, "end_time": start + 1800,
            "start_timezone": "Asia/Tokyo", "end_timezone": "Asia/Tokyo",
        }},
    });
    let answer = ask(None, &format!("?configuration_id={id}&booking_id={booking}")).await.expect_ok();
    assert_eq!(answer["data"], expected);
    for unknown in [Uuid::new_v4().to_string(), "AAAA-BBBB-1111-2222".to_owned()] {
        let answer = ask(None, &format!("?configuration_id={id}&booking_id={unknown}")).await;
        expect_error(&answer, 404, "not_found_error");
    }
    product.stop().await;
}
