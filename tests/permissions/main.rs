//! Least privilege, observed: every function's own code at work, and what its role in `template.yaml` allows. Neither may
//! have what the other has not.
//!
//! Lambda itself writes logs and traces; that those permissions are no wider is for `scripts/check-permissions` to say.

mod appointments;
mod callers;
mod compare;
mod granted;
mod meetings;
mod nylas;
mod operations;
mod prefetch;
#[expect(dead_code, reason = "the suite that it comes from signs in every wrong way too")]
#[path = "../api/signed/signer.rs"]
mod signer;
mod tokens;
mod watched;

use std::collections::BTreeSet;

use compare::{Used, differences};
use convene_tests::endpoints::manifest;
use watched::invoked;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_may_do_what_they_do_and_nothing_else() {
    let scenes = tokio::join!(
        meetings::scene(),
        appointments::scene(),
        callers::signed(),
        callers::delegated(),
        tokens::scene(),
        nylas::scene(),
        operations::tenant(),
        operations::rotation(),
        operations::erasure(),
    );
    let (meetings, appointments, signed, delegated, tokens, nylas, tenant, rotation, erasure) = scenes;
    let scenes = [meetings, appointments, signed, delegated, tokens, nylas, tenant, rotation, erasure];
    let used: BTreeSet<Used> = scenes.into_iter().flatten().collect();
    let listed = manifest().functions().map(|(_, function)| function.name.clone()).collect::<BTreeSet<_>>();
    let left_out: Vec<_> = listed.difference(&invoked()).cloned().collect();
    assert!(left_out.is_empty(), "functions.yaml lists functions that no scene invokes: {}", left_out.join(", "));
    let differences = differences(&granted::all(), &used);
    assert!(differences.is_empty(), "template.yaml and the code disagree:\n  {}", differences.join("\n  "));
}
