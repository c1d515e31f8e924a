//! What is stored about bookings, beyond what `tests/exactly_once` compares with its model.

use std::slice;

use chrono::TimeDelta;
use convene::scheduling::records::booking::{BookingRecord, Held, TurnHold};
use convene_tests::bookings::{address, hold, hour, key, record};
use serde_json::{Value, json};

use crate::stage::{Stage, now};

impl Stage {
    async fn turns(&self) -> Vec<Value> {
        let is_turn = |item: &Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("contoso#turn#"));
        self.items().await.into_iter().filter(is_turn).collect()
    }
}

/// The item has the host's address, so it must not stay forever.
#[tokio::test]
async fn a_turn_is_kept_as_long_as_the_record_of_its_hosts_last_booking() {
    let stage = Stage::start().await;
    let host = address("host@contoso.com");
    let first = record(slice::from_ref(&host), hour(0), now());
    let second = record(slice::from_ref(&host), hour(72), now() + TimeDelta::seconds(1));
    let second = BookingRecord { configuration: first.configuration, ..second };
    let (first_key, second_key) = (key("contoso"), key("contoso"));
    let mut later = hold(second_key.id, &second);
    later.turn = Some(TurnHold { host: host.clone(), outdated: vec![first_key.id] });
    let both = [(&first_key, hold(first_key.id, &first), &first), (&second_key, later, &second)];
    for (key, hold, record) in both {
        let held = stage.bookings.hold(key, &hold).await.expect("an answer");
        assert!(matches!(held, Held::Done), "{held:?}");
        let turns = stage.turns().await;
        let [turn] = &turns[..] else { panic!("one turn: {turns:?}") };
        assert_eq!(turn["ttl"], json!({"N": record.kept_until.timestamp().to_string()}));
        let booking = format!("b#{}", key.id.0.simple());
        assert_eq!(turn[&booking], json!({"N": record.created_at.timestamp_millis().to_string()}));
    }
    stage.bookings.remove_turn(&second_key.tenant, second.configuration, &host, second_key.id).await.expect("removed");
    let ttl = second.kept_until.timestamp().to_string();
    assert_eq!(stage.turns().await[0]["ttl"], json!({"N": ttl}), "an item without bookings goes as well");
}
