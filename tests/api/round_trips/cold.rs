//! Cold: tenant and secrets in one round more, and no token from Microsoft while the stored one lives. Tenants that are made
//! up change nothing about that.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use convene_tests::{PLENTY, Rendezvous, events, samples};
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

/// An access token like another one, for a tenant that does not exist.
fn made_up(token: &str, tenant: &str) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("text");
    assert!(claims.contains("contoso"), "{claims}");
    [parts[0], &URL_SAFE_NO_PAD.encode(claims.replace("contoso", tenant)), parts[2]].join(".")
}

#[tokio::test]
async fn after_a_tenant_that_does_not_exist_a_cold_call_takes_no_round_more() {
    let counted = Counted::start().await;
    let first = counted.launch("schedule-meeting").await;
    counted.call(&first, "schedule-meeting", &samples::meeting("m")).await.expect(200, "NoError");
    let reference = json!({"id": "m", "organizerEmail": samples::ORGANIZER});
    let process = counted.launch("get-meeting").await;
    let event = events::meeting("get-meeting", &made_up(&counted.token, "nowhere"), &reference);
    process.call(&event, PLENTY).await.expect(401, "Unauthorized");
    counted.spent().await;

    // As in a process that heard of no other tenant: all at once, or never.
    let rendezvous = Rendezvous::of(FETCHED);
    counted.dynamodb.meet(&rendezvous);
    counted.secrets.meet(&rendezvous);
    assert_eq!(counted.call(&process, "get-meeting", &reference).await.status, 200);
    let mut spent = counted.spent().await;
    spent.secrets.sort();
    assert_eq!(
        spent.secrets,
        ["keys", "microsoft", "token"].map(|kind| format!("GetSecretValue convene/contoso/{kind}"))
    );
}

#[tokio::test]
async fn clients_of_tenants_that_do_not_exist_cause_few_reads_of_secrets_and_hold_up_no_other() {
    const MADE_UP: usize = 12;
    const READ: usize = 5;
    let counted = Counted::start().await;
    let contoso = counted.backends.tenant("contoso");
    let process = counted.launch("issue-token").await;
    let ask = async |id: &str| process.call(&events::token(id, &contoso.client_secret), PLENTY).await;
    let sign_in = async || ask(&contoso.client_id).await.expect_ok();
    counted.spent().await;
    assert_eq!(ask("nowhere.crm").await.status, 401);
    assert_eq!(counted.spent().await.secrets, ["GetSecretValue convene/nowhere/keys"]);

    // Contoso's first, and its tenant and keys come at once.
    let rendezvous = Rendezvous::of(2);
    counted.dynamodb.meet(&rendezvous);
    counted.secrets.meet(&rendezvous);
    sign_in().await;
    let spent = counted.spent().await;
    assert_eq!(spent.secrets, ["GetSecretValue convene/contoso/keys"]);
    // Once: the SDK would send it again after a while, and so there would be two that meet.
    assert_eq!(spent.dynamodb, [format!("GetItem {}", counted.environment["TENANTS_TABLE"])]);

    for n in 1..MADE_UP {
        assert_eq!(ask(&format!("nowhere{n}.crm")).await.status, 401);
    }
    let spent = counted.spent().await;
    assert_eq!(spent.secrets.len(), READ - 1, "{:?}", spent.secrets);
    assert_eq!(spent.dynamodb.len(), MADE_UP - 1, "each is looked for once");
    sign_in().await;
}
