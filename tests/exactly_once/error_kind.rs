//! The errors of the use cases as one list, so that scenarios can compare them.

use convene::{problem, scheduling::SchedulingError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    InvalidRequest,
    InvalidTimeInterval,
    AccessDenied,
    MeetingNotFound,
    MailboxNotFound,
    MeetingAlreadyExists,
    InProgress,
    ServerBusy,
    TimedOut,
    Internal,
}

impl Kind {
    pub fn of(error: &SchedulingError) -> Self {
        match error {
            SchedulingError::NotFound => Self::MeetingNotFound,
            SchedulingError::AlreadyExists { .. } => Self::MeetingAlreadyExists,
            SchedulingError::InProgress { .. } => Self::InProgress,
            SchedulingError::MailboxNotFound => Self::MailboxNotFound,
            SchedulingError::EndNotAfterStart => Self::InvalidTimeInterval,
            SchedulingError::Problem(problem) => match problem.kind {
                problem::Kind::InvalidRequest => Self::InvalidRequest,
                problem::Kind::AccessDenied => Self::AccessDenied,
                problem::Kind::Unavailable => Self::ServerBusy,
                problem::Kind::TimedOut => Self::TimedOut,
                problem::Kind::Internal => Self::Internal,
                other => panic!("scheduling does not fail with {other:?}"),
            },
        }
    }
}
