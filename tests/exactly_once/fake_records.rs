//! Records of meetings, as DynamoDB keeps them.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use convene::scheduling::records::{
    EventRecords, RecordsError, Write,
    event::{Record, RecordKey, State},
    requests::RecordRequest,
};

pub use crate::fake_store::Fate;
use crate::fake_store::{FakeStore, Stored, boxed};

type Items = BTreeMap<RecordKey, Record>;

/// Records of meetings.
pub type FakeRecords = FakeStore<RecordKey, Record>;

impl Stored for Record {
    fn brief(&self) -> String {
        format!("{:?}", self.state)
    }
}

#[async_trait]
impl EventRecords for FakeRecords {
    async fn apply(&self, key: &RecordKey, request: &RecordRequest) -> Result<Write, RecordsError> {
        let label = match request {
            RecordRequest::Read => {
                self.world.pause(Duration::from_millis(20)).await;
                if self.world.fault() && self.world.below(3) == 0 {
                    return Err(RecordsError::Unavailable("lost".to_owned()));
                }
                return Ok(Write::Done(boxed(self.items().get(key))));
            }
            RecordRequest::ReadAndExtend { .. } => "extend".to_owned(),
            RecordRequest::Claim(_) => "claim".to_owned(),
            RecordRequest::ClaimDelete { .. } => "claim delete".to_owned(),
            RecordRequest::Replace { next, .. } => format!("replace by {:?}", next.state),
            RecordRequest::Release(_) => "remove".to_owned(),
        };
        let (key, request) = (key.clone(), request.clone());
        self.write(&label, Box::new(move |items: &mut Items| apply(items, &key, &request))).await
    }
}

/// What a write does, as DynamoDB does it.
fn apply(items: &mut Items, key: &RecordKey, request: &RecordRequest) -> Write {
    let now = items.get(key).cloned();
    let is_version = |expected: &Record| now.as_ref().is_some_and(|now| now.is_version_of(expected));
    let (next, tells_before) = match request {
        RecordRequest::Read => return Write::Done(boxed(now.as_ref())),
        RecordRequest::ReadAndExtend { organizer, ends_at } => {
            let gives_way = |now: &Record| {
                now.state == State::Active && now.organizer == *organizer && now.ends_at < Some(*ends_at)
            };
            let extended = |now| Record { ends_at: Some(*ends_at), ..now };
            (now.clone().filter(gives_way).map(extended), true)
        }
        RecordRequest::Claim(claim) => {
            let gives_way = |now: &Record| now.state == State::Deleted && now.token < claim.token;
            let deletion = claim.deletion.clone().or_else(|| now.as_ref().and_then(|now| now.deletion.clone()));
            (now.as_ref().is_none_or(gives_way).then(|| Record { deletion, ..(**claim).clone() }), true)
        }
        RecordRequest::Replace { expected, next, .. } => (is_version(expected).then(|| (**next).clone()), false),
        RecordRequest::Release(claim) => {
            let trace =
                |now: Record| Record { state: State::Deleted, event: None, ends_at: None, in_doubt_until: None, ..now };
            (now.clone().filter(|_| is_version(claim)).map(trace), true)
        }
        RecordRequest::ClaimDelete { organizer, token, claim_expires } => {
            let gives_way =
                |now: &Record| now.state == State::Active && now.organizer == *organizer && now.token < *token;
            let (token, claim_expires) = (*token, *claim_expires);
            let deleting = |now| Record { state: State::Deleting, token, claim_expires, ..now };
            (now.clone().filter(gives_way).map(deleting), true)
        }
    };
    let Some(next) = next else { return Write::Conflict(now.map(Box::new)) };
    items.insert(key.clone(), next);
    Write::Done(now.filter(|_| tells_before).map(Box::new))
}
