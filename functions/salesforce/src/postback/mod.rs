//! The three endpoints on `/api/salesforce/scheduler/postback`, the Lightning Scheduler adapter's own: appointments, of which
//! everybody has a copy and to which nobody is invited. Each answers for the organizer first, then for each attendee in the
//! order sent; who is listed twice is answered for twice.

pub mod create;
pub mod delete;
#[cfg(test)]
mod tests;
pub mod update;

use convene::{
    Problem,
    domain::{Appointment, EmailAddress, ExternalId},
    edge::Answer,
    scheduling::appointments::MailboxResults,
};

use crate::{
    answer,
    fields::{Content, Faults},
    wire::AppointmentAnswer,
};

/// An appointment as POST and PUT ask for it.
struct Asked {
    id: ExternalId,
    appointment: Appointment,
    mailboxes: Vec<EmailAddress>,
}

impl Asked {
    fn finish(faults: Faults, id: Option<ExternalId>, content: Option<Content>) -> Result<Self, Problem> {
        let (id, content) = faults.finish(|| id.zip(content))?;
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

/// Whose copies a request is about, in the order in which they are answered for.
fn mailboxes(organizer: EmailAddress, attendees: impl IntoIterator<Item = EmailAddress>) -> Vec<EmailAddress> {
    std::iter::once(organizer).chain(attendees).collect()
}

/// The documented answer: a row for each mailbox.
async fn answered(mailboxes: &[EmailAddress], results: MailboxResults) -> Answer {
    let row = |(mailbox, result): (&EmailAddress, _)| AppointmentAnswer {
        email: mailbox.as_written().to_owned(),
        error_code: answer::entry_code(result),
    };
    let rows: Vec<_> = mailboxes.iter().zip(&results).map(row).collect();
    answer::list(rows, &results).await
}
