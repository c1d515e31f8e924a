//! Attempts to log in with a wrong password, which anybody can make: they take a process no memory that it keeps.

use std::{fs, time::Duration};

use convene_tests::{Deployment, PLENTY, events};
use serde_json::Value;

/// How many attempts there are.
const ATTEMPTS: usize = 60;
/// What a process may grow by meanwhile, in KiB. One buffer of a slow hash would be more.
const MAX_GROWTH: u64 = 8 * 1024;

/// The memory that a process has, in KiB. `None`: this machine does not tell.
fn memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn attempt(login: &str) -> Value {
    events::token_form(&[("grant_type", "password"), ("username", login), ("password", "wrong")])
}

#[tokio::test]
async fn a_wrong_password_costs_no_memory() {
    let deployment = Deployment::start_with(Duration::from_secs(2), &[("PASSWORD_GRANT", "true")]).await;
    let mut issuing = deployment.launch("issue-token", 1).await;
    let process = issuing.running()[0];
    // The first call reaches everything that later ones do.
    let tenant = deployment.backends.tenant("contoso");
    issuing.call(&events::token(&tenant.client_id, &tenant.client_secret), PLENTY).await.expect_ok();
    let before = memory(process);
    for number in 0..ATTEMPTS {
        let answer = issuing.call(&attempt(&format!("contoso.admin{number}")), PLENTY).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")), "{answer:?}");
    }
    if let (Some(before), Some(after)) = (before, memory(process)) {
        assert!(after.saturating_sub(before) < MAX_GROWTH, "{before} KiB before, {after} KiB after");
    }
}
