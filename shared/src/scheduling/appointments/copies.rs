//! Executes a plan: one protocol task for each copy.

use uuid::Uuid;

use super::plan::{CopyAction, Plan, is_transient};
use crate::{
    calendar::{Calendar, Detail},
    call::CallContext,
    domain::{EmailAddress, Fingerprint, NewEvent},
    scheduling::{
        SchedulingError,
        driver::{AppointmentSession, Driver, FinalState},
        protocol::{
            change::NewContent,
            claim::{OnExisting, schedule},
            context::{Context, Profile, Timing, claim_expires},
            create::create,
            delete::{AfterDelete, DeleteClaim, delete, finish_delete},
            errors::{already_exists, answered, best_effort, conflict},
            reconcile::{Settled, read_active, settle},
        },
        records::{
            AppointmentRecords,
            event::{EventKind, Record, RecordKey, State},
        },
    },
};

/// Reading before changing would double the batches, and copies are shown to no caller.
const PROFILE: Profile = Profile {
    detail: Detail::Summary,
    keep_join_block: false,
    update_replaces_payload: true,
    delete_outlives_mailbox: true,
    keeps_uid: false,
};

/// Executes a plan and releases the lock. The results are in the order of the plan.
pub async fn execute(
    calendar: &dyn Calendar,
    records: &dyn AppointmentRecords,
    timing: &Timing,
    call: &CallContext,
    plan: &Plan<'_>,
) -> Vec<Result<(), SchedulingError>> {
    let session = AppointmentSession::new(
        plan.key.clone(),
        records,
        plan.mailboxes.clone(),
        plan.record.clone(),
        plan.final_state,
        (claim_expires(call), timing.clock.clone()),
    );
    let driver = Driver { call, calendar, records: &session };
    let tasks = plan.mailboxes.iter().zip(&plan.actions).map(|(mailbox, action)| {
        let kind = EventKind::AppointmentCopy(mailbox.clone());
        let key = RecordKey { tenant: plan.key.tenant.clone(), id: plan.key.id.clone(), kind };
        |effects| {
            let ctx = Context { effects, call, key, timing, profile: PROFILE, cancellation: None };
            process_copy(ctx, mailbox, action, plan.lock_token)
        }
    });
    let results = driver.run_all(tasks).await;
    let release = async {
        match plan.final_state {
            FinalState::Deleted { until } if plan.only_orphans_remain(&results) => {
                session.release_with_orphans(until, timing.doubt_window).await
            }
            _ => session.release().await,
        }
    };
    best_effort(async { answered(call.deadline.closing(release).await) }).await;
    results
}

/// Processes one copy. `lock_token`: the token of this request's lock; a copy's claim with this token is its own.
async fn process_copy(
    ctx: Context<'_>,
    mailbox: &EmailAddress,
    action: &CopyAction<'_>,
    lock_token: Option<Uuid>,
) -> Result<(), SchedulingError> {
    let is_own = |copy: &Record| lock_token == Some(copy.token);
    match action {
        CopyAction::Create(appointment, payload) => {
            let event = appointment.copy_for(mailbox);
            create_copy(&ctx, &event, payload, OnExisting::RequireSame, is_own).await
        }
        CopyAction::Update { appointment, change, full_change, payload, previous } => {
            let event = appointment.copy_for(mailbox);
            let content = NewContent { change, full_change, payload, previous: previous.as_ref() };
            match create_copy(&ctx, &event, payload, OnExisting::Change(content), is_own).await {
                // It was created, and then another request took it over.
                Err(SchedulingError::AlreadyExists { .. }) => Err(conflict()),
                result => result,
            }
        }
        CopyAction::CheckStale => match ctx.read_record().await? {
            Some(found) if found.state == State::Creating => settle_stale(&ctx, &found).await,
            Some(found) if found.state == State::Active => verify_deleted(&ctx, &found).await,
            _ => Ok(()),
        },
        CopyAction::Delete => match ctx.read_record().await? {
            None => Ok(()),
            Some(own) if own.state == State::Deleting && is_own(&own) => {
                finish_delete(&ctx, own, DeleteClaim::Started, AfterDelete::Return).await
            }
            Some(_) => match delete(&ctx, mailbox).await {
                // It was never created, or is gone already.
                Err(SchedulingError::NotFound) => Ok(()),
                result => result,
            },
        },
        CopyAction::CheckMailbox => match ctx.check_mailbox(mailbox).await.map_err(SchedulingError::from) {
            Err(SchedulingError::MailboxNotFound) => Err(SchedulingError::MailboxNotFound),
            // Any other failure leaves it certain that there is no copy.
            _ => Ok(()),
        },
    }
}

/// Creates a copy under this request's own claim, which the lock's intent made. Without one, schedules the copy.
async fn create_copy(
    ctx: &Context<'_>,
    event: &NewEvent,
    payload: &Fingerprint,
    on_existing: OnExisting<'_>,
    is_own: impl Fn(&Record) -> bool,
) -> Result<(), SchedulingError> {
    match ctx.read_record().await? {
        Some(own) if own.state == State::Creating && is_own(&own) => create(ctx, own, event, false).await,
        _ => schedule(ctx, event, payload, on_existing).await,
    }
    .map(drop)
}

/// Succeeds if a copy with other content is gone because a person deleted it. Otherwise the id is taken.
async fn verify_deleted(ctx: &Context<'_>, found: &Record) -> Result<(), SchedulingError> {
    let asked_at = ctx.now();
    match read_active(ctx, found).await {
        Ok(None) => {}
        Err(error) if is_transient(&error) || matches!(error, SchedulingError::MailboxNotFound) => return Err(error),
        // A copy that cannot be read may exist.
        Ok(Some(_)) | Err(_) => return Err(already_exists()),
    }
    found.in_doubt_at(asked_at).map_or(Ok(()), |doubt_ends_at| Err(ctx.retry_at(doubt_ends_at)))
}

/// Settles the claim of a dead request for a copy with other content. If the copy exists, the id is taken.
async fn settle_stale(ctx: &Context<'_>, found: &Record) -> Result<(), SchedulingError> {
    if !found.is_expired(ctx.now()) {
        return Err(ctx.retry_at(found.claim_expires));
    }
    // If the search is refused, the answer is that refusal: it is not known whether a copy exists.
    match settle(ctx, found).await? {
        Settled::Active(_) => Err(already_exists()),
        Settled::NeverCreated => {
            ctx.release(found).await;
            Ok(())
        }
        Settled::Superseded => Err(conflict()),
    }
}
