//! The three endpoints on `/api/salesforce/scheduler/postback`, the Lightning Scheduler adapter's own: appointments, of which
//! everybody has a copy and to which nobody is invited. Each answers for the organizer first, then for each attendee in the
//! order sent; who is listed twice is answered for twice.

pub mod create;
pub mod delete;
#[cfg(test)]
mod tests;
pub mod update;

use convene::{
    domain::{Appointment, EmailAddress, ExternalId},
    edge::{FieldErrors, Response},
    scheduling::SchedulingError,
};

use crate::{content::Content, error::Failure, response, wire::AppointmentAnswer};

/// An appointment as POST and PUT ask for it.
struct Parsed {
    id: ExternalId,
    appointment: Appointment,
    mailboxes: Vec<EmailAddress>,
}

impl Parsed {
    fn finish(errors: FieldErrors, id: Option<ExternalId>, content: Option<Content>) -> Result<Self, Failure> {
        let (id, content) = errors.finish(|| id.zip(content))?;
        let span = content.span()?;
        let appointment = Appointment {
            subject: content.subject.into(),
            body: content.body.into(),
            location: content.location.into(),
            span,
        };
        let attendees = content.attendees.into_iter().map(|attendee| attendee.address);
        Ok(Self { id, appointment, mailboxes: mailboxes(content.organizer, attendees) })
    }
}

/// The mailboxes of a request, in the order of the response.
fn mailboxes(organizer: EmailAddress, attendees: impl IntoIterator<Item = EmailAddress>) -> Vec<EmailAddress> {
    std::iter::once(organizer).chain(attendees).collect()
}

/// The documented response: an entry for each mailbox.
async fn rows(mailboxes: &[EmailAddress], results: &[Result<(), SchedulingError>]) -> Response {
    let results = response::results(results);
    let row = |(mailbox, result): (&EmailAddress, _)| AppointmentAnswer {
        email: mailbox.as_written().to_owned(),
        error_code: response::entry_code(result),
    };
    let rows: Vec<_> = mailboxes.iter().zip(&results).map(row).collect();
    response::list(rows, &results).await
}
