//! Whether a request may act, where that is still being found out while its first round trip is under way.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, join},
};
use uuid::Uuid;

use super::record::{MeetingRecords, Record, RecordKey, RecordsError, Write};
use crate::{domain::EmailAddress, problem::Problem};

/// Whether a request may act: it is known, or a verdict is on its way.
#[derive(Clone)]
pub struct Admission(Option<Shared<BoxFuture<'static, Result<(), Problem>>>>);

impl Admission {
    /// The request may act.
    pub fn granted() -> Self {
        Self(None)
    }

    /// To be known when `verdict` is. It runs along with the first thing that is done under this admission.
    pub fn pending(verdict: BoxFuture<'static, Result<(), Problem>>) -> Self {
        Self(Some(verdict.shared()))
    }

    /// Runs what a request does, and lets the caller see the result only if the request was admitted. The work is not
    /// broken off where it was not: it may have a claim to take back.
    pub(super) async fn over<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        let (verdict, result) = join(self.verdict(), work).await;
        verdict.and(result)
    }

    /// The records as a request may use them that is not admitted yet.
    pub(crate) fn guard(&self, records: &Arc<dyn MeetingRecords>) -> Arc<dyn MeetingRecords> {
        match self.0 {
            None => Arc::clone(records),
            Some(_) => Arc::new(Guarded { admission: self.clone(), records: Arc::clone(records) }),
        }
    }

    /// Waits for the verdict, where what is to be done cannot be taken back, or costs others something.
    pub(super) async fn verdict(&self) -> Result<(), Problem> {
        match &self.0 {
            None => Ok(()),
            Some(verdict) => verdict.clone().await,
        }
    }
}

/// Records whose first use joins the verdict. Nothing goes beyond it before the verdict is known.
struct Guarded {
    admission: Admission,
    records: Arc<dyn MeetingRecords>,
}

impl Guarded {
    /// The caller learns the verdict itself from [`Admission::over`].
    async fn admitted(&self) -> Result<(), RecordsError> {
        self.admission.verdict().await.map_err(|_| RecordsError::Internal("not admitted".to_owned()))
    }
}

#[async_trait]
impl MeetingRecords for Guarded {
    async fn read(&self, key: &RecordKey) -> Result<Option<Record>, RecordsError> {
        let (verdict, read) = join(self.admitted(), self.records.read(key)).await;
        verdict.and(read)
    }

    /// A claim that was made meanwhile is taken back, also one that the store tells of only by meeting it when the write
    /// was repeated. Should this process die before it could, nothing was sent under it: it lapses like any other.
    async fn claim(&self, key: &RecordKey, claim: &Record) -> Result<Write, RecordsError> {
        let (verdict, written) = join(self.admitted(), self.records.claim(key, claim)).await;
        if verdict.is_err() {
            match &written {
                Ok(Write::Done(_)) => drop(self.records.remove(key, claim).await?),
                Ok(Write::Conflict(Some(met))) if is_same(met, claim) => drop(self.records.remove(key, claim).await?),
                _ => {}
            }
        }
        verdict.and(written)
    }

    async fn replace(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        self.admitted().await?;
        self.records.replace(key, expected, next).await
    }

    async fn close(&self, key: &RecordKey, expected: &Record, next: &Record) -> Result<Write, RecordsError> {
        self.admitted().await?;
        self.records.close(key, expected, next).await
    }

    async fn remove(&self, key: &RecordKey, expected: &Record) -> Result<Write, RecordsError> {
        self.admitted().await?;
        self.records.remove(key, expected).await
    }

    /// Not along with the verdict: whoever finds a claim to delete whose owner died carries it out.
    async fn claim_delete(
        &self,
        key: &RecordKey,
        organizer: &EmailAddress,
        attempt: Uuid,
        claim_expires: DateTime<Utc>,
    ) -> Result<Write, RecordsError> {
        self.admitted().await?;
        self.records.claim_delete(key, organizer, attempt, claim_expires).await
    }
}

fn is_same(met: &Record, claim: &Record) -> bool {
    met.attempt == claim.attempt && met.incarnation == claim.incarnation
}

#[cfg(test)]
mod tests;
