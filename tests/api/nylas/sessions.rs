//! Sessions open one private configuration.

use convene_tests::{
    Product,
    nylas::{Nylas, booking, configuration, midnight},
};
use reqwest::Method;
use serde_json::json;

use super::{ORGANIZER, expect_error};

#[tokio::test]
async fn a_session_opens_its_own_configuration_until_it_ends() {
    let product = Product::start().await;
    let (nylas, other) = (Nylas::of(&product, "contoso"), Nylas::of(&product, "fabrikam"));
    let mut private = configuration(&[ORGANIZER]);
    private["requires_session_auth"] = json!(true);
    private["slug"] = json!("Private");
    let id = nylas.configure(&private).await;
    let public = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = midnight(3);
    expect_error(&nylas.availability(&id, start, start + 3600).await, 401, "unauthorized");

    let create = async |body| nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&body)).await;
    let session = create(json!({"configuration_id": id, "time_to_live": 10})).await.expect_ok();
    let session = session["data"]["session_id"].as_str().expect("a session").to_owned();
    let ask = async |query: &str| {
        let path = format!("/v3/scheduling/availability?start_time={start}&end_time={}{query}", start + 3600);
        nylas.send(Method::GET, &path, Some(&session), None).await
    };
    assert_eq!(ask("").await.expect_ok()["data"]["time_slots"].as_array().map(Vec::len), Some(2));
    ask(&format!("&configuration_id={id}")).await.expect_ok();
    ask("&slug=private").await.expect_ok();
    expect_error(&ask(&format!("&configuration_id={public}")).await, 401, "unauthorized");
    expect_error(&ask("&slug=another").await, 401, "unauthorized");
    let book = async || {
        nylas.send(Method::POST, "/v3/scheduling/bookings", Some(&session), Some(&booking("jane", start))).await
    };
    let booked = book().await.expect_ok();
    assert_eq!(book().await.expect_ok()["data"]["booking_id"], booked["data"]["booking_id"]);

    let path = format!("/v3/scheduling/sessions/{session}");
    expect_error(&other.system(Method::GET, &path, None).await, 404, "not_found_error");
    nylas.system(Method::GET, &path, None).await.expect_ok();
    let delete = nylas.system(Method::DELETE, &format!("{}/{id}", nylas.configurations()), None).await;
    assert!(expect_error(&delete, 400, "invalid_request_error").contains("active sessions until"));
    nylas.system(Method::DELETE, &path, None).await.expect_ok();
    expect_error(&ask("").await, 401, "unauthorized");
    expect_error(&book().await, 401, "unauthorized");
    nylas.system(Method::DELETE, &format!("{}/{id}", nylas.configurations()), None).await.expect_ok();

    create(json!({"configuration_id": public, "time_to_live": "5"})).await.expect_ok();
    for body in [
        json!({"configuration_id": public, "time_to_live": 31}),
        json!({"time_to_live": 5}),
        json!({"configuration_id": 5}),
    ] {
        expect_error(&create(body).await, 400, "invalid_request_error");
    }
    expect_error(&create(json!({"configuration_id": id})).await, 404, "not_found_error");
    expect_error(&create(json!({"configuration_id": "AAAA-BBBB-1111-2222"})).await, 404, "not_found_error");
    let foreign =
        other.system(Method::POST, "/v3/scheduling/sessions", Some(&json!({"configuration_id": public}))).await;
    expect_error(&foreign, 404, "not_found_error");
    product.stop().await;
}

/// A repeat gives the booking that exists, not one that the guest has cancelled meanwhile.
#[tokio::test]
async fn a_session_books_a_time_again_after_a_cancellation() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id = nylas.configure(&configuration(&[ORGANIZER])).await;
    let wanted = json!({"configuration_id": id});
    let session = nylas.system(Method::POST, "/v3/scheduling/sessions", Some(&wanted)).await.expect_ok();
    let session = session["data"]["session_id"].as_str().expect("a session");
    let book = async || {
        let body = booking("jane", midnight(3));
        let answer = nylas.send(Method::POST, "/v3/scheduling/bookings", Some(session), Some(&body)).await.expect_ok();
        assert_eq!(answer["data"]["status"], "booked");
        answer["data"]["booking_id"].as_str().expect("an id").to_owned()
    };
    let first = book().await;
    assert_eq!(book().await, first);
    let path = format!("/v3/scheduling/bookings/{first}");
    nylas.send(Method::DELETE, &path, Some(session), None).await.expect_ok();
    let second = book().await;
    assert_ne!(second, first);
    assert_eq!(book().await, second);
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 1);
    product.stop().await;
}

#[tokio::test]
async fn credentials_that_are_wrong_are_refused() {
    let product = Product::start().await;
    let nylas = Nylas::of(&product, "contoso");
    let id = nylas.configure(&configuration(&[ORGANIZER])).await;
    let start = midnight(3);
    let path =
        format!("/v3/scheduling/availability?configuration_id={id}&start_time={start}&end_time={}", start + 3600);
    // A public configuration tolerates the API key.
    nylas.send(Method::GET, &path, Some(&nylas.key), None).await.expect_ok();
    let other = Nylas::of(&product, "fabrikam").key;
    expect_error(&nylas.send(Method::GET, &path, Some(&other), None).await, 404, "not_found_error");
    for wrong in ["x", &nylas.key[..nylas.key.len() - 1], &"A".repeat(54), "cvk_", "cvk_nobody.x"] {
        let answer = nylas.send(Method::GET, &path, Some(wrong), None).await;
        expect_error(&answer, 401, "unauthorized");
        assert!(answer.header("www-authenticate").is_some());
        expect_error(&nylas.send(Method::GET, &nylas.configurations(), Some(wrong), None).await, 401, "unauthorized");
    }
    expect_error(&nylas.guest(Method::GET, &nylas.configurations(), None).await, 401, "unauthorized");
    product.stop().await;
}
