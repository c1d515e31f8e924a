//! Which operation a method and a path name.

use crate::error::GraphError;
use crate::model::Response;

/// What is asked for, of the mailbox or item that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateEvent(CalendarRef),
    ListEvents(CalendarRef),
    GetEvent(String),
    UpdateEvent(String),
    DeleteEvent(String),
    Respond(String, Response),
    Cancel(String),
    Forward(String),
    CalendarView(CalendarRef),
    GetSchedule,
    GetCalendar,
    ListCalendars,
    CreateCalendar,
    GetMailboxSettings,
    GetUser,
    Batch,
}

impl Operation {
    /// The name that fault rules and the journal use.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::CreateEvent(_) => "create_event",
            Self::ListEvents(_) => "list_events",
            Self::GetEvent(_) => "get_event",
            Self::UpdateEvent(_) => "update_event",
            Self::DeleteEvent(_) => "delete_event",
            Self::Respond(..) => "respond",
            Self::Cancel(_) => "cancel_event",
            Self::Forward(_) => "forward_event",
            Self::CalendarView(_) => "calendar_view",
            Self::GetSchedule => "get_schedule",
            Self::GetCalendar => "get_calendar",
            Self::ListCalendars => "list_calendars",
            Self::CreateCalendar => "create_calendar",
            Self::GetMailboxSettings => "get_mailbox_settings",
            Self::GetUser => "get_user",
            Self::Batch => "batch",
        }
    }
}

/// A calendar of the mailbox, by its id. `None`: the default one.
pub(crate) type CalendarRef = Option<String>;

/// Whose mailbox a path starts at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Me,
    User(String),
    /// `$batch`.
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) owner: Owner,
    pub(crate) operation: Operation,
}

impl Route {
    pub(crate) fn find(method: &str, segments: &[String]) -> Result<Self, GraphError> {
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (owner, rest) = match parts.as_slice() {
            ["$batch"] if method == "POST" => {
                return Ok(Self { owner: Owner::Nobody, operation: Operation::Batch });
            }
            ["me", rest @ ..] => (Owner::Me, rest),
            ["users", user, rest @ ..] => (Owner::User((*user).to_owned()), rest),
            [other, ..] => return Err(unknown(other)),
            [] => return Err(unknown("")),
        };
        // `/events` is those of the default calendar, and an event's id is good for the whole mailbox.
        let (calendar, rest) = match rest {
            ["calendar", "events" | "calendarView", ..] => (None, &rest[1..]),
            ["calendars", id, "events" | "calendarView", ..] => (Some((*id).to_owned()), &rest[2..]),
            _ => (None, rest),
        };
        Ok(Self { owner, operation: operation(method, calendar, rest)? })
    }
}

fn operation(method: &str, calendar: CalendarRef, rest: &[&str]) -> Result<Operation, GraphError> {
    Ok(match (method, rest) {
        ("POST", ["events"]) => Operation::CreateEvent(calendar),
        ("GET", ["events"]) => Operation::ListEvents(calendar),
        ("GET", ["events", id]) => Operation::GetEvent((*id).to_owned()),
        ("PATCH", ["events", id]) => Operation::UpdateEvent((*id).to_owned()),
        ("DELETE", ["events", id]) => Operation::DeleteEvent((*id).to_owned()),
        ("POST", ["events", id, action]) => {
            let id = (*id).to_owned();
            match action.strip_prefix("microsoft.graph.").unwrap_or(action) {
                "accept" => Operation::Respond(id, Response::Accepted),
                "decline" => Operation::Respond(id, Response::Declined),
                "tentativelyAccept" => Operation::Respond(id, Response::TentativelyAccepted),
                "cancel" => Operation::Cancel(id),
                "forward" => Operation::Forward(id),
                other => return Err(unknown(other)),
            }
        }
        ("GET", ["calendarView"]) => Operation::CalendarView(calendar),
        ("POST", ["calendar", "getSchedule" | "microsoft.graph.getSchedule"]) => Operation::GetSchedule,
        ("GET", ["calendar"]) => Operation::GetCalendar,
        ("GET", ["calendars"]) => Operation::ListCalendars,
        ("POST", ["calendars"]) => Operation::CreateCalendar,
        ("GET", ["mailboxSettings"]) => Operation::GetMailboxSettings,
        ("GET", []) => Operation::GetUser,
        (
            _,
            []
            | ["events" | "calendarView" | "calendar" | "calendars" | "mailboxSettings"]
            | ["events", _]
            | ["calendar", "getSchedule"],
        ) => {
            return Err(GraphError::new(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
            ));
        }
        (_, [other, ..]) => return Err(unknown(other)),
    })
}

fn unknown(segment: &str) -> GraphError {
    GraphError::bad_request(format!("Resource not found for the segment '{segment}'."))
}
