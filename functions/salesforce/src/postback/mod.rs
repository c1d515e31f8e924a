//! The three endpoints on `/api/salesforce/scheduler/postback`, the Lightning Scheduler adapter's own: appointments, of which
//! everybody has a copy and for which Outlook sends no invitations. Each answers for the organizer first, then for each attendee in the
//! order sent; who is listed twice is answered for twice.

pub mod create;
pub mod delete;
#[cfg(test)]
mod tests;
pub mod update;

use convene::{
    Problem,
    domain::{Appointment, EmailAddress, ExternalId},
    edge::{FieldErrors, Response},
    scheduling::SchedulingError,
};

use crate::{
    content::Content,
    error::Failure,
    response::{self, entry_code},
    wire::AppointmentAnswer,
};

/// An appointment as POST and PUT ask for it.
struct Parsed {
    id: ExternalId,
    appointment: Appointment,
    rows: Vec<Row>,
}

impl Parsed {
    fn finish(errors: FieldErrors, id: Option<ExternalId>, content: Option<Content<Row>>) -> Result<Self, Failure> {
        let (id, content) = errors.finish(|| id.zip(content))?;
        let span = content.span()?;
        let Content { organizer, attendees, subject, body, location, .. } = content;
        let appointment = Appointment { subject, body, location, span };
        Ok(Self { id, appointment, rows: rows(organizer, attendees) })
    }
}

/// A row of the response: the organizer, or an entry of the list of attendees.
struct Row {
    /// The address as it was sent. Empty if it is not a text.
    email: String,
    /// The mailbox, or why the entry cannot be understood.
    mailbox: Result<EmailAddress, Problem>,
}

impl From<EmailAddress> for Row {
    fn from(mailbox: EmailAddress) -> Self {
        Self { email: mailbox.as_written().to_owned(), mailbox: Ok(mailbox) }
    }
}

impl Row {
    /// The row of an entry whose address was sent as `email`.
    fn of_entry(email: String, mailbox: Result<EmailAddress, Problem>) -> Self {
        mailbox.map_or_else(|problem| Self { email, mailbox: Err(problem) }, Self::from)
    }
}

/// The rows of a response, in order.
fn rows(organizer: EmailAddress, attendees: impl IntoIterator<Item = Row>) -> Vec<Row> {
    std::iter::once(organizer.into()).chain(attendees).collect()
}

/// The mailboxes of a request. An entry that cannot be understood has none.
fn mailboxes(rows: &[Row]) -> Vec<EmailAddress> {
    rows.iter().filter_map(|row| row.mailbox.as_ref().ok().cloned()).collect()
}

/// The documented response: an entry for each row. `results` are those of [`mailboxes`].
async fn answer(rows: Vec<Row>, results: Vec<Result<(), SchedulingError>>) -> Response {
    let mut done = response::results(results);
    let mut results = Vec::with_capacity(rows.len());
    for row in &rows {
        results.push(match &row.mailbox {
            Ok(_) => done.next().unwrap_or_else(|| Err(Problem::internal("a mailbox without a result").into())),
            Err(problem) => Err(problem.clone().into()),
        });
    }
    let answers = rows.into_iter().zip(&results);
    let answers = answers.map(|(row, result)| AppointmentAnswer { email: row.email, error_code: entry_code(result) });
    let answers: Vec<_> = answers.collect();
    response::list(answers, &results).await
}
