//! Events: what is written back after it was read, and writes that nobody can be sure of.

use convene::{
    calendar::{CalendarError, Detail, Reply, Request},
    domain::{Attendee, EventChange, EventUid, ExternalId, Marker, NewEvent, TenantId},
};
use convene_tests::samples;
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, call, mailbox, span};

#[tokio::test]
async fn a_description_that_is_read_and_written_back_does_not_grow() {
    let stage = Stage::start().await;
    let caller = stage.product.contoso().await;
    let meeting =
        samples::meeting_with("teams", &json!({"location": "MS Teams", "body": "First\n\nSign: ____________________"}));
    caller.schedule(&meeting).await.expect(200, "NoError");
    let outlook = stage.product.outlook("contoso").await;
    let mut lengths = Vec::new();
    for round in 0..4 {
        let read = caller.get("teams", samples::ORGANIZER).await.expect_ok();
        let body = read["body"].as_str().expect("a body");
        assert_eq!(body.matches("/l/meetup-join/").count(), 1, "{body}");
        lengths.push(body.len());
        let body = body.replacen("First", "Again", usize::from(round == 0));
        let change = json!({"id": "teams", "organizerEmail": samples::ORGANIZER, "body": body});
        caller.update(&change).await.expect(200, "NoError");
        let event = outlook.only_event(samples::ORGANIZER).await;
        assert_eq!(event["isOnlineMeeting"], true);
        let html = event["body"]["content"].as_str().expect("HTML");
        assert_eq!(html.matches("/l/meetup-join/").count(), 1, "{html}");
        assert_eq!(html.matches("Microsoft Teams meeting").count(), 1, "{html}");
        assert!(html.contains("Again") && html.contains("Sign: ____________________"), "{html}");
    }
    assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]), "{lengths:?}");
}

#[tokio::test]
async fn a_write_that_may_have_happened_stays_in_doubt() {
    let stage = Stage::start().await;
    let caller = stage.product.contoso().await;
    caller.schedule(&samples::meeting("doubt")).await.expect(200, "NoError");
    let event = stage.product.outlook("contoso").await.only_event(samples::ORGANIZER).await;
    let id = convene::domain::EventId(event["id"].as_str().expect("an id").to_owned());
    let process = stage.process().await;
    let change = EventChange { subject: Some("New".into()), ..EventChange::default() };
    let organizer = mailbox("organizer");
    for later in [403, 429, 400] {
        let matching = json!({"operation": "update_event"});
        stage.simulator.fault(json!({"match": matching, "times": 1, "effect": {"drop": "after_commit"}})).await;
        let effect = json!({"status": later, "retry_after": 60});
        stage.simulator.fault(json!({"match": matching, "times": 0, "effect": effect})).await;
        let outcome = process.change(&organizer, &id, &change).await;
        assert!(matches!(outcome, Err(CalendarError::NoAnswer { .. })), "{later}: {outcome:?}");
        stage.simulator.clear_faults().await;
    }
    // Of an event that is gone nothing is left to doubt.
    stage.simulator.fault(json!({"match": {"operation": "delete_event"}, "effect": {"drop": "after_commit"}})).await;
    assert_eq!(process.delete(&organizer, &id).await, Err(CalendarError::EventNotFound));
}

#[tokio::test]
async fn events_have_an_id_that_all_copies_share_and_show_as_tentative_if_wanted() {
    let stage = Stage::start().await;
    let (process, outlook) = (stage.process().await, stage.product.outlook("contoso").await);
    let single = async |request: Request| process.calendar.execute(&call(25), vec![request]).await.remove(0);
    let new = |tentative| NewEvent {
        organizer: mailbox("organizer"),
        attendees: vec![Attendee { address: "attendee1@contoso.com".parse().expect("an address"), required: true }],
        subject: "Review".into(),
        body: "".into(),
        location: "".into(),
        online_meeting: false,
        tentative,
        hides_attendees: tentative,
        span: span("2027-03-04T09:00:00Z", "2027-03-04T10:00:00Z"),
    };
    let (tenant, id) = (TenantId::new("contoso").expect("an id"), ExternalId::new("one").expect("an id"));
    for (tentative, shown) in [(false, "busy"), (true, "tentative")] {
        let incarnation = Uuid::new_v4();
        let marker = Marker::of_meeting(&tenant, &id, incarnation);
        let create = Request::Create { event: new(tentative), transaction_id: incarnation, marker };
        let Ok(Reply::Written(written)) = single(create).await else { panic!("not written") };
        let copy = outlook.only_event("attendee1@contoso.com").await;
        let uid = Some(EventUid(copy["iCalUId"].as_str().expect("an id").to_owned()));
        assert_eq!(written.uid, uid);
        let event = outlook.only_event("organizer@contoso.com").await;
        assert_eq!((&event["showAs"], &event["hideAttendees"]), (&json!(shown), &json!(tentative)));
        for detail in [Detail::Full, Detail::Summary] {
            let read = Request::Read { mailbox: mailbox("organizer"), event: written.id.clone(), detail };
            let Ok(Reply::Event(read)) = single(read).await else { panic!("not read") };
            assert_eq!(read.uid, uid);
        }
        for (change, shown) in [(None, shown), (Some(true), "tentative"), (Some(false), "busy"), (None, "busy")] {
            let change = EventChange { tentative: change, subject: Some("New".into()), ..EventChange::default() };
            let changed = process.change(&mailbox("organizer"), &written.id, &change).await.expect("changed");
            assert_eq!(changed.uid, uid);
            assert_eq!(outlook.only_event("organizer@contoso.com").await["showAs"], shown);
        }
        process.delete(&mailbox("organizer"), &written.id).await.expect("deleted");
    }
}

#[tokio::test]
async fn a_comment_reaches_the_attendees_and_without_attendees_there_is_only_a_delete() {
    let stage = Stage::start().await;
    let (process, outlook) = (stage.process().await, stage.product.outlook("contoso").await);
    let (organizer, attendee) = ("organizer@contoso.com", "attendee1@contoso.com");
    let (tenant, id) = (TenantId::new("contoso").expect("an id"), ExternalId::new("one").expect("an id"));
    let create = async |attendees: &[&str], hour: u8| {
        let attendee = |address: &&str| Attendee { address: address.parse().expect("an address"), required: true };
        let event = NewEvent {
            organizer: mailbox("organizer"),
            attendees: attendees.iter().map(attendee).collect(),
            subject: "Review".into(),
            body: "What we talk about".into(),
            location: "".into(),
            online_meeting: false,
            tentative: false,
            hides_attendees: false,
            span: span(&format!("2027-03-04T{hour:02}:00:00Z"), &format!("2027-03-04T{hour:02}:30:00Z")),
        };
        let incarnation = Uuid::new_v4();
        let create = Request::Create {
            event,
            transaction_id: incarnation,
            marker: Marker::of_meeting(&tenant, &id, incarnation),
        };
        match process.calendar.execute(&call(25), vec![create]).await.remove(0) {
            Ok(Reply::Written(written)) => written.id,
            other => panic!("not written: {other:?}"),
        }
    };
    let cancel = |event| Request::Delete {
        mailbox: mailbox("organizer"),
        event,
        comment: Some("I am <b>ill</b>.\nSorry.".into()),
    };
    let (meeting, alone) = (create(&[attendee], 9).await, create(&[], 10).await);
    stage.simulator.clear_journal().await;
    // Neither travels in a batch.
    for cancelled in process.calendar.execute(&call(25), vec![cancel(meeting.clone()), cancel(alone)]).await {
        assert!(matches!(cancelled, Ok(Reply::Done)), "{cancelled:?}");
    }
    let mut sent = stage.simulator.operations().await;
    sent.sort();
    assert_eq!(sent, ["cancel_event", "cancel_event", "delete_event"]);
    assert!(outlook.events(organizer).await.is_empty());
    let copy = outlook.only_event(attendee).await;
    assert_eq!(copy["isCancelled"], true);
    let body = copy["body"]["content"].as_str().expect("HTML");
    // Graph does not say whether it takes the comment as HTML.
    assert!(body.contains("I am ‹b›ill‹/b›.<br>\r\nSorry.") && body.contains("What we talk about"), "{body}");

    // What is gone is not found, also if an earlier attempt cancelled it.
    let again = process.calendar.execute(&call(25), vec![cancel(meeting)]).await.remove(0);
    assert!(matches!(again, Err(CalendarError::EventNotFound)), "{again:?}");
    stage.simulator.fault(json!({"match": {"operation": "cancel_event"}, "effect": {"drop": "after_commit"}})).await;
    let late = process.calendar.execute(&call(25), vec![cancel(create(&[attendee], 11).await)]).await.remove(0);
    assert!(matches!(late, Err(CalendarError::EventNotFound)), "{late:?}");
    assert!(outlook.events(organizer).await.is_empty());
}
