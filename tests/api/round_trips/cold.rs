//! Cold: tenant and secrets in one round more, and no token from Microsoft while the stored one lives.

use convene_tests::{Rendezvous, samples};
use serde_json::json;

use super::Counted;

/// What a function of the meeting family fetches before it can begin.
const FETCHED: usize = 4;

#[tokio::test]
async fn a_cold_start_takes_one_round_more() {
    let counted = Counted::start().await;
    // Somebody's first call of all stores Microsoft's token.
    let first = counted.launch("schedule-meeting").await;
    counted.call(&first, "schedule-meeting", &samples::meeting("warm-up")).await.expect(200, "NoError");
    assert!(counted.spent().await.graph.contains(&"token".to_owned()));

    let meetings = counted.environment["MEETINGS_TABLE"].clone();
    let reference = json!({"id": "warm-up", "organizerEmail": samples::ORGANIZER, "subject": "S"});
    let entries = json!([{"email": samples::ORGANIZER}]);
    let sample = samples::meeting("m");
    for (function, request, dynamodb, graph) in [
        ("schedule-meeting", &sample, &["UpdateItem", "PutItem"][..], &["create_event"][..]),
        ("get-meeting", &reference, &["GetItem"], &["get_event"]),
        ("update-meeting", &reference, &["GetItem"], &["update_event"]),
        ("get-availability", &entries, &[], &["get_schedule"]),
        ("delete-meeting", &reference, &["UpdateItem", "PutItem"], &["delete_event"]),
    ] {
        // They are let go on only when all of them are there: made one after another, they would never be.
        let rendezvous = Rendezvous::of(FETCHED);
        counted.dynamodb.meet(&rendezvous);
        counted.secrets.meet(&rendezvous);
        let process = counted.launch(function).await;
        let answer = counted.call(&process, function, request).await;
        assert_eq!(answer.status, 200, "{function}: {answer:?}");
        let mut spent = counted.spent().await;
        spent.secrets.sort();
        let secrets = ["keys", "microsoft", "token"].map(|name| format!("GetSecretValue convene/contoso/{name}"));
        assert_eq!(spent.secrets, secrets, "{function}");
        let mut expected = vec![format!("GetItem {}", counted.environment["TENANTS_TABLE"])];
        expected.extend(dynamodb.iter().map(|operation| format!("{operation} {meetings}")));
        assert_eq!(spent.dynamodb, expected, "{function}");
        assert_eq!(spent.graph, graph, "{function}");
    }
}
