//! Cases about times: a configuration, entries of calendars and a question, of which the answer is compared as a whole.

use convene_tests::{Answer, seconds};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    super::{ORGANIZER, OTHERS, expect_error},
    Stage, booking_id, merge, mondays, request,
};

/// The cases of the slot engine. `nylas` has what only the wire knows; `history` has the bookings from which the order follows that
/// the engine is given.
pub fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("../../../slots/cases.json")).expect("JSON")
}

#[tokio::test]
async fn times_are_listed_as_in_the_cases() {
    for case in cases() {
        let stage = Stage::at(text(&case["now"])).await;
        let emails = emails(&case);
        let id = stage.nylas.configure(&configuration(&case, &emails)).await;
        for turn in list(&case["history"]) {
            book_a_turn(&stage, &id, &case, &emails[index(&turn["participant"])], text(&turn["at"])).await;
        }
        stage.clock.set(text(&case["now"]));
        let entries = list(&case["busy"]).map(|entry| {
            let status = entry["status"].as_str().unwrap_or("busy");
            let mailbox = &emails[index(&entry["participant"])];
            json!({"mailbox": mailbox, "start": entry["start"], "end": entry["end"], "showAs": status})
        });
        stage.product.simulator().add_events(entries.collect()).await;

        let [start, end] = [0, 1].map(|side| seconds(text(&case["query"][side])));
        let answer = stage.nylas.availability(&id, start, end).await.expect_ok();
        let length = case["duration"].as_i64().expect("a duration") * 60;
        let slots = list(&case["starts"]).enumerate().map(|(place, start)| {
            let free = case["free"][place].as_array().map_or_else(
                || emails.clone(),
                |free| free.iter().map(|participant| emails[index(participant)].clone()).collect(),
            );
            let start = seconds(text(start));
            json!({"start_time": start, "end_time": start + length, "emails": free})
        });
        let mut expected = json!({"time_slots": slots.collect::<Vec<_>>()});
        if let Some(order) = case["order"].as_array() {
            let order = order.iter().map(|participant| emails[index(participant)].clone());
            expected["order"] = order.collect();
        }
        assert_eq!(answer["data"], expected, "{}", case["name"]);
        stage.product.stop().await;
    }
}

/// Books a host at a time, on a Monday of its own for each, while the configuration lets guests choose any host.
async fn book_a_turn(stage: &Stage, id: &str, case: &Value, host: &str, at: &str) {
    stage.clock.set(at);
    let path = format!("{}/{id}", stage.nylas.configurations());
    let put = async |method: &str| {
        let mut availability = configuration(case, &emails(case))["availability"].take();
        availability["availability_rules"]["availability_method"] = json!(method);
        stage.nylas.system(Method::PUT, &path, Some(&json!({"availability": availability}))).await.expect_ok();
    };
    put("max-availability").await;
    let mut booking = request("earlier", seconds("2027-02-08T09:00:00Z"), 60);
    booking["participants"] = json!([{"email": host}]);
    booking_id(stage.nylas.book(id, &booking).await);
    put(text(&case["method"])).await;
}

/// The organizer, or the hosts of a round-robin.
fn emails(case: &Value) -> Vec<String> {
    match case["method"].as_str() {
        Some(_) => {
            (1..=list(&case["participants"]).count()).map(|host| format!("attendee{host}@contoso.com")).collect()
        }
        None => vec![ORGANIZER.to_owned()],
    }
}

fn configuration(case: &Value, emails: &[String]) -> Value {
    let rules = json!({
        "availability_method": case["method"].as_str().unwrap_or("collective"),
        "default_open_hours": case["hours"].as_array().map(|hours| hours.iter().map(weekly).collect::<Vec<_>>()),
        "buffer": case["buffers"].as_array().map(|sides| json!({"before": sides[0], "after": sides[1]})),
        "tentative_as_busy": case["tentative_blocks"],
    });
    let participants = emails.iter().enumerate().map(|(place, email)| {
        let settings = &case["participants"][place];
        let mut participant = json!({
            "email": email, "name": email.split('@').next(), "is_organizer": case["method"].is_null(),
            "availability": {"calendar_ids": ["primary"]}, "booking": {"calendar_id": "primary"},
        });
        set(&mut participant, "timezone", &settings["zone"]);
        if let Some(hours) = settings["hours"].as_array() {
            participant["availability"]["open_hours"] = hours.iter().map(weekly).collect();
        }
        set(&mut participant, "specific_time_availability", &settings["specific"]);
        merge(&mut participant, &as_patch(&settings["nylas"]));
        participant
    });
    let mut configuration = json!({
        "participants": participants.collect::<Vec<_>>(),
        "availability": {
            "duration_minutes": case["duration"], "interval_minutes": case["interval"], "round_to": case["round_to"],
            "availability_rules": rules,
        },
        "event_booking": {"title": "Field case", "timezone": case["zone"]},
        "scheduler": {"available_days_in_future": 500, "min_booking_notice": case["notice"].as_u64().unwrap_or(0)},
    });
    merge(&mut configuration, &as_patch(&case["nylas"]));
    configuration
}

fn weekly(hours: &Value) -> Value {
    let mut block = json!({"days": hours["days"], "start": hours["start"], "end": hours["end"]});
    set(&mut block, "timezone", &hours["zone"]);
    if let Some(dates) = hours.get("exdates") {
        block["exdates"] = dates.clone();
    }
    block
}

fn set(object: &mut Value, field: &str, value: &Value) {
    if !value.is_null() {
        object[field] = value.clone();
    }
}

fn as_patch(patch: &Value) -> Value {
    if patch.is_null() { json!({}) } else { patch.clone() }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn index(value: &Value) -> usize {
    value.as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index")
}

#[tokio::test]
async fn zone_names_of_the_vendors_list_are_accepted_and_others_refused() {
    let stage = Stage::at("2026-12-01T09:00:00Z").await;
    for zone in ["US/Samoa", "US/Eastern", "W-SU", "Zulu", "Universal", "Asia/Kathmandu", "Asia/Katmandu", "GMT0"] {
        let mut named = mondays(&[ORGANIZER], 60, "9:00", "11:00");
        merge(&mut named, &json!({"event_booking": {"timezone": zone}}));
        named["participants"][0]["timezone"] = json!(zone);
        named["availability"]["availability_rules"]["default_open_hours"][0]["timezone"] = json!(zone);
        stage.create(&named).await.expect_ok();
    }
    for zone in ["Mars/Base", "Eastern Standard Time", "UTC+1", "Asia/"] {
        let mut named = mondays(&[ORGANIZER], 60, "9:00", "11:00");
        named["availability"]["availability_rules"]["default_open_hours"][0]["timezone"] = json!(zone);
        let message = expect_error(&stage.create(&named).await, 400, "invalid_request_error");
        assert!(message.contains("default_open_hours[0].timezone"), "{zone}: {message}");
    }
    stage.product.stop().await;
}

/// Colleagues invite the organizer, who declines the first invitation and leaves the third unanswered. The second is canceled.
#[tokio::test]
async fn declined_and_cancelled() {
    let stage = Stage::at("2026-12-01T09:00:00Z").await;
    let [nine, ten, eleven] = [9, 10, 11].map(|hour| format!("2027-02-01T{hour:02}:00:00Z"));
    let declined = invite(&stage, &nine, &ten).await;
    let [_, copy] = declined;
    stage.outlook.respond(ORGANIZER, &copy, "decline").await;
    let [canceled, _] = invite(&stage, &ten, &eleven).await;
    let path = format!("/users/{}/events/{}/cancel", OTHERS[0], text(&canceled["id"]));
    let answer = stage.outlook.request(Method::POST, &path, Some(json!({"comment": "No more"}))).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    invite(&stage, &eleven, "2027-02-01T12:00:00Z").await;

    let day = [seconds("2027-02-01T00:00:00Z"), seconds("2027-02-02T00:00:00Z")];
    let mut open = mondays(&[ORGANIZER], 60, "9:00", "12:00");
    let id = stage.nylas.configure(&open).await;
    let listed = stage.nylas.availability(&id, day[0], day[1]).await;
    assert_eq!(starts(listed), [&nine, &ten].map(|time| seconds(time)));
    open["availability"]["availability_rules"]["tentative_as_busy"] = json!(false);
    let lenient = stage.nylas.configure(&open).await;
    let listed = stage.nylas.availability(&lenient, day[0], day[1]).await;
    assert_eq!(starts(listed), [&nine, &ten, &eleven].map(|time| seconds(time)));

    // Who moves a booking is shown the same, by another question to Microsoft.
    let booked = booking_id(stage.nylas.book(&id, &request("jane", seconds(&nine), 60)).await);
    let path = format!(
        "/v3/scheduling/availability?configuration_id={id}&booking_id={booked}&start_time={}&end_time={}",
        day[0], day[1]
    );
    let listed = stage.nylas.guest(Method::GET, &path, None).await;
    assert_eq!(starts(listed), [&nine, &ten].map(|time| seconds(time)));
    stage.product.stop().await;
}

/// A colleague invites the organizer. Returns the colleague's event and the organizer's copy.
async fn invite(stage: &Stage, start: &str, end: &str) -> [Value; 2] {
    let at = |time: &str| json!({"dateTime": time.trim_end_matches('Z'), "timeZone": "UTC"});
    let attendees = json!([{"emailAddress": {"address": ORGANIZER}, "type": "required"}]);
    let event = json!({"subject": start, "start": at(start), "end": at(end), "attendees": attendees});
    let path = format!("/users/{}/events", OTHERS[0]);
    let event = stage.outlook.request(Method::POST, &path, Some(event)).await;
    assert_eq!(event.status, 201, "{event:?}");
    let copies = stage.outlook.events(ORGANIZER).await;
    let copy = copies.into_iter().find(|copy| copy["subject"] == start).expect("a copy");
    [event.json(), copy]
}

#[track_caller]
fn starts(answer: Answer) -> Vec<i64> {
    let body = answer.expect_ok();
    list(&body["data"]["time_slots"]).map(|slot| slot["start_time"].as_i64().expect("a time")).collect()
}
