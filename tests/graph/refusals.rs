//! When Microsoft refuses the tenant's credential, when it only seems to, and when it is our own fault.

use convene::{
    calendar::{CalendarError, Credential},
    problem::Kind,
    scheduling::SchedulingError,
};
use serde_json::json;
use tracing::Level;

use crate::{
    log,
    stage::{Entries, Process, Stage, call},
};

/// What a request is answered, and which codes operators are told of.
async fn asked(process: &Process) -> (Entries, Vec<String>) {
    let call = call(25);
    let answer = process.free_busy_by(&call, &["organizer"]).await.remove(0);
    let lines = log::events_of(&call);
    for line in &lines {
        let field = |name| line.fields.get(name).map_or("", String::as_str);
        assert_eq!((field("event"), field("tenant")), ("microsoft_credential_refused", "contoso"));
        assert_eq!(line.level, Level::WARN);
        assert!(!format!("{line:?}").contains("Told to nobody"), "{line:?}");
    }
    (answer, lines.into_iter().map(|mut line| line.fields.remove("code").expect("a code")).collect())
}

fn refused<T>(credential: Credential, code: &str) -> (Result<T, CalendarError>, Vec<String>) {
    (Err(CalendarError::CredentialRefused { credential, code: code.to_owned() }), vec![code.to_owned()])
}

#[tokio::test]
async fn a_sign_in_that_was_revoked_is_told_to_the_operator() {
    log::keep();
    let stage = Stage::start_delegated().await;
    let signed_in = stage.stored().await;
    stage.simulator.control(reqwest::Method::POST, "/tokens/revoke", Some(json!({"kind": "refresh"}))).await;
    let process = stage.process().await;
    for _ in 0..2 {
        let (answer, codes) = asked(&process).await;
        assert_eq!((answer.clone(), codes), refused(Credential::SignIn, "AADSTS50173"));
        let problem = SchedulingError::from(answer.expect_err("refused"));
        assert_eq!(problem.kind(), Some(Kind::AccessDenied));
        let SchedulingError::Problem(problem) = problem else { panic!("{problem:?}") };
        assert!(problem.message.contains("sign in again"), "{problem}");
    }
    // What the operator stored is still there, and a new sign-in counts at once.
    assert_eq!(stage.stored().await, signed_in);
    stage.store(&json!({})).await;
    let missing =
        CalendarError::CredentialRefused { credential: Credential::NoSignIn, code: "NoRefreshToken".to_owned() };
    assert_eq!(asked(&process).await, (Err(missing), Vec::new()));
}

#[tokio::test]
async fn a_secret_that_expired_and_an_application_that_is_gone_are_told_to_the_operator() {
    log::keep();
    for stage in [Stage::start().await, Stage::start_delegated().await] {
        let process = stage.process().await;
        for (error, number, credential) in [
            ("invalid_client", 7_000_222, Credential::ClientSecret),
            ("invalid_client", 7_000_215, Credential::ClientSecret),
            ("unauthorized_client", 700_016, Credential::Application),
            ("invalid_request", 90_002, Credential::Application),
        ] {
            stage.refuse_tokens(0, error, number).await;
            assert_eq!(asked(&process).await, refused(credential, &format!("AADSTS{number}")));
            stage.simulator.clear_faults().await;
        }
        assert!(asked(&process).await.0.is_ok());
    }
}

#[tokio::test]
async fn many_who_wait_for_one_refusal_ask_once() {
    log::keep();
    let stage = Stage::start().await;
    let process = stage.process().await;
    stage.refuse_tokens(0, "invalid_client", 7_000_222).await;
    stage.simulator.clear_journal().await;
    let names: Vec<_> = (0..100).map(|n| format!("person{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let call = call(25);
    let answers = process.free_busy_by(&call, &names).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CalendarError::CredentialRefused { .. }))), "{answers:?}");
    assert_eq!((stage.exchanges().await, log::events_of(&call).len()), (1, 1));
}

#[tokio::test]
async fn a_token_endpoint_that_is_busy_or_unwell_says_nothing_of_the_credential() {
    log::keep();
    for stage in [Stage::start().await, Stage::start_delegated().await] {
        let before = stage.stored().await;
        for effect in [
            json!({"status": 429, "retry_after": 60}),
            json!({"status": 400, "code": "invalid_grant", "message": "AADSTS50196: A loop.", "retry_after": 60}),
            json!({"status": 503}),
            json!({"status": 400, "code": "temporarily_unavailable"}),
            json!({"status": 403, "body": "<html>a proxy</html>"}),
            json!({"drop": "after_commit"}),
        ] {
            stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": effect})).await;
            let (answer, codes) = asked(&stage.process().await).await;
            let problem = SchedulingError::from(answer.expect_err("no token"));
            assert_eq!((problem.kind(), codes), (Some(Kind::Unavailable), Vec::new()), "{effect}");
            stage.simulator.clear_faults().await;
        }
        assert_eq!(stage.stored().await, before);
        assert!(asked(&stage.process().await).await.0.is_ok());
    }
}

/// Microsoft refuses a refresh token that somebody else has spent meanwhile.
#[tokio::test]
async fn somebody_elses_faster_refresh_is_no_refusal() {
    log::keep();
    let stage = Stage::start_delegated().await;
    let first = stage.stored().await;
    assert!(asked(&stage.process().await).await.0.is_ok());
    let renewed = stage.stored().await;
    let (process, refresh_token) = (stage.process().await, &renewed["refresh_token"]);
    // Stored while Microsoft is asked: an access token; then, for who meets that twice, refresh tokens alone.
    for meanwhile in
        [&[&renewed][..], &[&json!({"refresh_token": "spent too"}), &json!({"refresh_token": refresh_token})]]
    {
        stage.store(&first).await;
        let process = if meanwhile.len() > 1 { &stage.process().await } else { &process };
        let mut held = Vec::new();
        for _ in meanwhile {
            let effect =
                json!({"hold": true, "status": 400, "code": "invalid_grant", "message": "AADSTS70000: Spent."});
            held.push(
                stage.simulator.fault(json!({"match": {"operation": "token"}, "times": 1, "effect": effect})).await,
            );
        }
        let others = async {
            for (fault, token) in held.iter().zip(meanwhile) {
                stage.simulator.held(fault, 1).await;
                stage.store(token).await;
                stage.simulator.release(fault).await;
            }
        };
        let ((answer, codes), ()) = tokio::join!(asked(process), others);
        assert!(answer.is_ok(), "{answer:?}");
        assert_eq!(codes, Vec::<String>::new());
        stage.simulator.clear_faults().await;
    }
}

#[tokio::test]
async fn what_is_not_set_up_is_our_own_fault() {
    log::keep();
    let (stage, delegated) = (Stage::start().await, Stage::start_delegated().await);
    stage.put_secret("microsoft", "{}").await;
    let not_configured = |cause: &str| Err(CalendarError::NotConfigured { cause: cause.to_owned() });
    let malformed = not_configured("microsoft secret: the microsoft secret is malformed");
    assert_eq!(asked(&stage.process().await).await, (malformed, Vec::new()));
    let delete = json!({"SecretId": stage.secret("microsoft"), "ForceDeleteWithoutRecovery": true});
    stage.product.aws("secretsmanager", "secretsmanager.DeleteSecret", &delete).await;
    let missing = not_configured("microsoft secret: no such secret");
    assert_eq!(asked(&stage.process().await).await, (missing, Vec::new()));
    // A person's token is not renewed without a lease; here nobody ever gets one.
    let process = delegated.process().await;
    let table = json!({"TableName": delegated.product.environment()["GRANTS_TABLE"]});
    delegated.product.aws("dynamodb", "DynamoDB_20120810.DeleteTable", &table).await;
    let no_table = not_configured("lease: DynamoDB: ResourceNotFoundException");
    assert_eq!(asked(&process).await, (no_table, Vec::new()));
}

#[tokio::test]
async fn a_secrets_manager_that_is_away_passes() {
    let stage = Stage::start().await;
    let nobody = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1".to_owned());
    let (answer, _) = asked(&stage.process_with(&[nobody]).await).await;
    let cause = "microsoft secret: Secrets Manager: dispatch".to_owned();
    assert_eq!(answer, Err(CalendarError::NotSent { cause, timed_out: false }));
}
