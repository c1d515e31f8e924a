//! A refresh token is replaced, and DynamoDB's answer to that is lost: the real SDK repeats the write, which must not be taken
//! for a second use of the token.

use std::time::Duration;

use convene_tests::{
    Answer, Bootstraps, Deployment, PLENTY,
    Step::Rotate,
    Trouble,
    When::{self, *},
    events,
};

/// Without a grace, in which a second use is forgiven, a write that did not know itself would revoke the family.
const NO_GRACE: (&str, &str) = ("REFRESH_GRACE_SECONDS", "0");

/// What a refresh token is exchanged for.
async fn refresh(issuing: &Bootstraps, deployment: &Deployment, tenant: &str, token: &str) -> Answer {
    let tenant = deployment.backends.tenant(tenant);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", &tenant.client_id),
        ("client_secret", &tenant.client_secret),
    ];
    issuing.call(&events::token_form(&form), PLENTY).await
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")), "{answer:?}");
}

#[track_caller]
fn successor(answer: Answer) -> String {
    answer.expect_ok()["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[tokio::test]
async fn a_rotation_that_the_sdk_repeats_revokes_nothing() {
    let deployment = Deployment::start_with(Duration::from_secs(2), &[NO_GRACE]).await;
    let issuing = deployment.launch("issue-token", 1).await;
    let mut token = deployment.backends.tenant("contoso").refresh_token.clone();
    let stall = || Trouble::Stall(Duration::from_secs(4));
    let broken = || Trouble::Refuse(500, "InternalServerError");
    let troubles: [(When, usize, Trouble); 7] = [
        (After, 1, Trouble::Lose),
        (After, 2, Trouble::Lose),
        (Before, 2, Trouble::Lose),
        (After, 1, stall()),
        (After, 2, broken()),
        (Before, 1, Trouble::Refuse(400, "ThrottlingException")),
        (Before, 2, Trouble::Refuse(400, "TransactionConflictException")),
    ];
    let mut used = Vec::new();
    let mut struck = 0;
    for (when, times, trouble) in troubles {
        struck += times;
        deployment.dynamodb.trouble("", Rotate, when, times, trouble);
        let next = successor(refresh(&issuing, &deployment, "contoso", &token).await);
        assert_eq!(deployment.dynamodb.struck(), struck, "the answers were lost");
        used.push(std::mem::replace(&mut token, next));
        assert!(!used.contains(&token), "a token that was given before");
    }
    // Nor does a rotation that nothing disturbs.
    token = successor(refresh(&issuing, &deployment, "contoso", &token).await);
    // A use that really is the second one does, here without a grace.
    for token in [&used[6], &token] {
        assert_refused(&refresh(&issuing, &deployment, "contoso", token).await);
    }
    let others = deployment.backends.tenant("fabrikam").refresh_token.clone();
    successor(refresh(&issuing, &deployment, "fabrikam", &others).await);
}

/// The answer to a rotation is lost as often as the SDK tries: whether there was one is open, and the same request again
/// gets what the token was replaced by, if it was.
#[tokio::test]
async fn a_rotation_that_is_never_answered_may_be_asked_for_again() {
    let deployment = Deployment::start(Duration::from_secs(2)).await;
    let issuing = deployment.launch("issue-token", 1).await;
    let mut token = deployment.backends.tenant("contoso").refresh_token.clone();
    for (when, trouble) in [
        (After, Trouble::Lose),
        (Before, Trouble::Lose),
        (After, Trouble::Refuse(503, "ServiceUnavailable")),
        (Before, Trouble::Refuse(400, "TransactionConflictException")),
    ] {
        let before = deployment.dynamodb.struck();
        deployment.dynamodb.trouble("", Rotate, when, 3, trouble.clone());
        let answer = refresh(&issuing, &deployment, "contoso", &token).await;
        let told = (answer.status, answer.json()["error"].as_str().map(str::to_owned));
        assert_eq!(told, (504, Some("temporarily_unavailable".to_owned())), "{when:?} {trouble:?}: {answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        assert_eq!(deployment.dynamodb.struck() - before, 3, "{when:?} {trouble:?}");
        let next = successor(refresh(&issuing, &deployment, "contoso", &token).await);
        assert_ne!(std::mem::replace(&mut token, next.clone()), next);
    }
}
