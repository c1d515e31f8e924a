//! Every grant of the token endpoint, and every way in which it writes.

use std::collections::BTreeSet;

use convene_local::{Options, TenantSeed};
use convene_tests::events;

use crate::{compare::Used, watched::Watched};

/// Tokens by client credentials, refresh tokens that rotate and that do not, and logins.
pub async fn scene() -> BTreeSet<Used> {
    let contoso = TenantSeed::new("contoso", 1).expect("a tenant");
    let contoso = TenantSeed { legacy_password_auth: true, ..contoso };
    let fabrikam = TenantSeed::new("fabrikam", 1).expect("a tenant");
    let fabrikam = TenantSeed { rotate_refresh_tokens: false, ..fabrikam };
    let watched = Watched::start(Options { tenants: vec![contoso, fabrikam], ..Options::default() }).await;
    watched.token().await;
    let first = refresh_token(&watched, "contoso");
    let second = exchange(&watched, "contoso", &first, 200).await;
    let third = exchange(&watched, "contoso", &second, 200).await;
    // Older than the last but one: the family ends.
    exchange(&watched, "contoso", &first, 400).await;
    exchange(&watched, "contoso", &third, 400).await;
    let kept = refresh_token(&watched, "fabrikam");
    assert_eq!(exchange(&watched, "fabrikam", &kept, 200).await, kept);
    log_in(&watched).await;
    watched.used()
}

fn refresh_token(watched: &Watched, tenant: &str) -> String {
    watched.product.tenant(tenant).refresh_token.clone()
}

/// Presents a refresh token; the next one.
async fn exchange(watched: &Watched, tenant: &str, token: &str, expected: u16) -> String {
    let tenant = watched.product.tenant(tenant);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", tenant.client_id.as_str()),
        ("client_secret", tenant.client_secret.as_str()),
    ];
    let answer = watched.call("issue-token", &events::token_form(&form)).await;
    assert_eq!(answer.status, expected, "{answer:?}");
    answer.json()["refresh_token"].as_str().unwrap_or_default().to_owned()
}

async fn log_in(watched: &Watched) {
    let known = watched.product.tenant("contoso").administrator.as_ref().expect("an administrator");
    for (password, allowed) in [("wrong", false), ("wrong again", false), (known.password.as_str(), true)] {
        let form = [("grant_type", "password"), ("username", known.login.as_str()), ("password", password)];
        let answer = watched.call("issue-token", &events::token_form(&form)).await;
        assert_eq!(answer.status == 200, allowed, "{answer:?}");
    }
}
