//! Whether the participants' mailboxes and calendars exist: a page that can never be booked is refused when it is written.

use chrono::TimeDelta;
use convene::{
    auth::Principal,
    calendar::{CalendarError, CalendarView, Request as CalendarRequest},
    domain::TimeSpan,
    edge::{FieldErrors, Request},
    problem::Problem,
    scheduling::SchedulingError,
};
use futures_util::future::join;

use crate::{configuration::Configuration, error::Failure};

/// Fails with each participant whose mailbox or calendar does not exist. A participant who is only invited may be of another
/// organization.
pub async fn check(request: &Request, principal: &Principal, configuration: &Configuration) -> Result<(), Failure> {
    let calendar = request.services.calendar(&principal.tenant);
    let participants = configuration.participants.iter();
    let must_exist =
        participants.clone().filter(|one| one.default_calendar || one.is_organizer || configuration.is_round_robin());
    let mailboxes: Vec<_> = must_exist.map(|participant| participant.address.clone()).collect();
    let now = request.services.now();
    let window = TimeSpan::new(now, now + TimeDelta::hours(1)).map_err(|_| Problem::internal("an hour"))?;
    let views = participants.flat_map(|participant| {
        let view = |id: &convene::domain::CalendarId| CalendarView {
            mailbox: participant.address.clone(),
            calendar: Some(id.clone()),
            except: None,
        };
        participant.calendars.iter().map(view)
    });
    let views: Vec<_> = views.collect();
    let checks = mailboxes.iter().map(|mailbox| CalendarRequest::CheckMailbox { mailbox: mailbox.clone() });
    let (found, shown) = join(
        calendar.execute(&request.context, checks.collect()),
        calendar.calendar_views(&request.context, &views, window),
    )
    .await;
    let mut errors = FieldErrors::default();
    for (mailbox, result) in mailboxes.iter().zip(found) {
        match result {
            Ok(_) => {}
            Err(CalendarError::MailboxNotFound) => {
                errors
                    .add("participants", format!("must have mailboxes of this organization: {}", mailbox.as_written()));
            }
            Err(error) => return Err(SchedulingError::from(error).into()),
        }
    }
    for (view, result) in views.iter().zip(shown) {
        match result {
            Ok(_) => {}
            Err(CalendarError::CalendarNotFound | CalendarError::MailboxNotFound) => {
                errors.add("participants", format!("must have calendars that exist: of {}", view.mailbox.as_written()));
            }
            Err(error) => return Err(SchedulingError::from(error).into()),
        }
    }
    Ok(errors.finish(|| Some(()))?)
}
