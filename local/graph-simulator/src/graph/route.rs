//! Which operation a method and a path name.

use crate::error::GraphError;
use crate::model::Response;

/// What is asked for, of the mailbox or item that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateEvent,
    ListEvents,
    GetEvent(String),
    UpdateEvent(String),
    DeleteEvent(String),
    Respond(String, Response),
    Cancel(String),
    Forward(String),
    CalendarView,
    GetSchedule,
    GetCalendar,
    GetUser,
    Batch,
}

impl Operation {
    /// The name that fault rules and the journal use.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::CreateEvent => "create_event",
            Self::ListEvents => "list_events",
            Self::GetEvent(_) => "get_event",
            Self::UpdateEvent(_) => "update_event",
            Self::DeleteEvent(_) => "delete_event",
            Self::Respond(..) => "respond",
            Self::Cancel(_) => "cancel_event",
            Self::Forward(_) => "forward_event",
            Self::CalendarView => "calendar_view",
            Self::GetSchedule => "get_schedule",
            Self::GetCalendar => "get_calendar",
            Self::GetUser => "get_user",
            Self::Batch => "batch",
        }
    }
}

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
        // The default calendar is the only one, so its events are all events.
        let rest = match rest {
            ["calendar", rest @ ("events" | "calendarView"), more @ ..] => {
                let mut path = vec![*rest];
                path.extend_from_slice(more);
                path
            }
            rest => rest.to_vec(),
        };
        Ok(Self { owner, operation: operation(method, &rest)? })
    }
}

fn operation(method: &str, rest: &[&str]) -> Result<Operation, GraphError> {
    Ok(match (method, rest) {
        ("POST", ["events"]) => Operation::CreateEvent,
        ("GET", ["events"]) => Operation::ListEvents,
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
        ("GET", ["calendarView"]) => Operation::CalendarView,
        ("POST", ["calendar", "getSchedule" | "microsoft.graph.getSchedule"]) => Operation::GetSchedule,
        ("GET", ["calendar"]) => Operation::GetCalendar,
        ("GET", []) => Operation::GetUser,
        (_, [] | ["events" | "calendarView" | "calendar"] | ["events", _] | ["calendar", "getSchedule"]) => {
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
