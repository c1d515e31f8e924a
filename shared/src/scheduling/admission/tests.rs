//! Admission over a store that notes what is written.

use std::sync::Mutex;

use super::*;
use crate::{
    domain::{Fingerprint, MeetingId, TenantId},
    problem::Kind,
    scheduling::record::State,
};

/// What becomes of a claim.
#[derive(Clone, Copy, Default, PartialEq)]
enum Answer {
    #[default]
    Told,
    /// The SDK repeats it, and it meets itself.
    Lost,
    /// The SDK gives up.
    Never,
    /// Somebody else was there before.
    Rival,
}

/// A store that notes what is written.
#[derive(Default)]
struct OneRecord {
    answer: Answer,
    writes: Mutex<Vec<&'static str>>,
}

impl OneRecord {
    fn write(&self, name: &'static str) -> Write {
        self.writes.lock().expect("not poisoned").push(name);
        Write::Done(None)
    }

    fn written(&self) -> Vec<&'static str> {
        self.writes.lock().expect("not poisoned").clone()
    }
}

#[async_trait]
impl MeetingRecords for OneRecord {
    async fn read(&self, _: &RecordKey) -> Result<Option<Record>, RecordsError> {
        Ok(None)
    }

    async fn claim(&self, _: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let written = self.write("claim");
        match self.answer {
            Answer::Told => Ok(written),
            Answer::Lost => Ok(Write::Conflict(Some(Box::new(claim.clone())))),
            Answer::Never => Err(RecordsError::Unavailable("away".to_owned())),
            Answer::Rival => Ok(Write::Conflict(Some(Box::new(record(State::Active))))),
        }
    }

    async fn replace(&self, _: &RecordKey, _: &Record, _: &Record) -> Result<Write, RecordsError> {
        Ok(self.write("replace"))
    }

    async fn remove(&self, _: &RecordKey, _: &Record) -> Result<Write, RecordsError> {
        Ok(self.write("remove"))
    }

    async fn claim_delete(
        &self,
        _: &RecordKey,
        _: &EmailAddress,
        _: Uuid,
        _: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        Ok(self.write("claim_delete"))
    }
}

fn record(state: State) -> Record {
    Record {
        state,
        incarnation: Uuid::new_v4(),
        attempt: Uuid::now_v7(),
        claim_expires: Utc::now(),
        unsettled_until: None,
        unanswered: 0,
        inconclusive: 0,
        payload: Fingerprint::from_stored("payload"),
        organizer: "organizer@contoso.com".parse().expect("an address"),
        event: None,
        deletion: None,
    }
}

fn key() -> RecordKey {
    let tenant = TenantId::new("contoso").expect("a tenant's name");
    RecordKey { tenant, id: MeetingId::new("m").expect("an id"), copy_of: None }
}

fn refused() -> Admission {
    Admission::pending(async { Err(Problem::new(Kind::Unauthorized, "no")) }.boxed())
}

#[tokio::test]
async fn a_claim_that_was_not_admitted_is_taken_back() {
    for (answer, writes) in [
        (Answer::Told, &["claim", "remove"][..]),
        (Answer::Lost, &["claim", "remove"]),
        // Nobody knows whose the record is.
        (Answer::Never, &["claim"]),
        (Answer::Rival, &["claim"]),
    ] {
        let store = Arc::new(OneRecord { answer, ..OneRecord::default() });
        let records: Arc<dyn MeetingRecords> = store.clone();
        refused().guard(&records).claim(&key(), &record(State::Creating)).await.expect_err("not admitted");
        assert_eq!(store.written(), writes);
    }
}

#[tokio::test]
async fn nothing_else_is_written_without_admission() {
    let store = Arc::new(OneRecord::default());
    let records: Arc<dyn MeetingRecords> = store.clone();
    let (guarded, one) = (refused().guard(&records), record(State::Active));
    guarded.replace(&key(), &one, &one).await.expect_err("not admitted");
    guarded.remove(&key(), &one).await.expect_err("not admitted");
    guarded.claim_delete(&key(), &one.organizer, one.attempt, Utc::now()).await.expect_err("not admitted");
    guarded.read(&key()).await.expect_err("not admitted");
    assert!(store.written().is_empty());
}

#[tokio::test]
async fn whoever_is_admitted_sees_the_result_and_nobody_else() {
    let admitted = Admission::pending(async { Ok(()) }.boxed());
    for (admission, expected) in
        [(Admission::granted(), Ok(7)), (admitted, Ok(7)), (refused(), Err(Kind::Unauthorized))]
    {
        assert_eq!(admission.over(async { Ok(7) }).await.map_err(|problem| problem.kind), expected);
        // The verdict is the same, however often it is asked for.
        let failed = admission.over(async { Err::<(), _>(Problem::timed_out()) }).await;
        let kind = failed.expect_err("failed").kind;
        assert_eq!(kind, expected.err().unwrap_or(Kind::TimedOut));
    }
}
