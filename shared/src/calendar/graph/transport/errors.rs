//! What Graph's error responses mean, by status and `error.code`. The message does not count: it changes with the language and
//! over time.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::{calendar::CalendarError, domain::EventId};

/// What a request's URL names, since a 404 may be about either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A mailbox, or a resource that every mailbox has.
    Mailbox,
    /// A mailbox, by a request that has nothing of the caller's input but the address.
    MailboxReference,
    Event,
    /// An event, by a request that has nothing but Convene's reference to it.
    EventReference,
    /// A calendar of a mailbox, by its id.
    Calendar,
}

impl Target {
    /// The target, and whether the request has nothing that a caller could have got wrong.
    fn parts(self) -> (Self, bool) {
        match self {
            Self::MailboxReference => (Self::Mailbox, true),
            Self::EventReference => (Self::Event, true),
            target => (target, false),
        }
    }
}

/// The error that a response other than a success stands for.
pub(crate) fn classify(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
    target: Target,
) -> CalendarError {
    let error = serde_json::from_slice::<Value>(body).ok().and_then(|mut body| body.get_mut("error").map(Value::take));
    let raw_code = error.as_ref().and_then(|error| error["code"].as_str()).map(for_log).unwrap_or_default();
    let code = if raw_code.is_empty() { status.as_u16().to_string() } else { raw_code.clone() };
    let cause = format!("Graph {} {raw_code}", status.as_u16()).trim_end().to_owned();
    match status.as_u16() {
        429 => return CalendarError::Throttled { retry_after },
        408 | 504 => return CalendarError::NoAnswer { cause },
        400..=499 => {}
        // 5xx, and statuses that do not answer the request.
        _ => return CalendarError::Failed { cause, retry_after },
    }
    let (target, is_ours) = target.parts();
    match (raw_code.as_str(), status.as_u16(), target) {
        ("ErrorDuplicateTransactionId", ..) => {
            CalendarError::DuplicateTransaction { existing: error.as_ref().and_then(existing_event) }
        }
        ("ErrorItemNotFound", _, Target::Event) => CalendarError::EventNotFound,
        // The reference is Convene's own, and callers never see it. Graph rejects it if it names no event of this mailbox,
        // for example after the mailbox was deleted and created again.
        (refused, _, Target::Event) if refuses_reference(refused) => CalendarError::EventNotFound,
        ("ErrorItemNotFound" | "ErrorFolderNotFound", _, Target::Calendar) => CalendarError::CalendarNotFound,
        (refused, _, Target::Calendar) if refuses_reference(refused) => CalendarError::CalendarNotFound,
        ("ErrorCannotDeleteObject", _, Target::Event) => CalendarError::CannotDelete { code },
        (
            "ErrorInvalidUser"
            | "ResourceNotFound"
            | "Request_ResourceNotFound"
            | "MailboxNotEnabledForRESTAPI"
            | "MailboxNotSupportedForRESTAPI"
            | "ErrorNonExistentMailbox",
            ..,
        ) => CalendarError::MailboxNotFound,
        ("ErrorAccessDenied", ..) | (_, 401 | 403, _) => CalendarError::AccessDenied { code },
        // Without a code that names what is missing, a proxy may have sent it.
        (_, 404, Target::Event | Target::Calendar) | ("" | "UnknownError", 404, Target::Mailbox) => {
            CalendarError::Failed { cause, retry_after }
        }
        (_, 404, _) => CalendarError::MailboxNotFound,
        // A concurrent write of the same item, which may be retried where that does no harm. Graph does not say which of the
        // writes it kept, and the other write may be an earlier attempt of this request: the outcome is not definite.
        (_, 409 | 412, _) => CalendarError::UnknownResult { cause },
        _ if is_ours => CalendarError::ReferenceRejected { code },
        _ => CalendarError::Rejected { code },
    }
}

/// Whether a code says that an id is rejected: it belongs to another mailbox, or is malformed.
fn refuses_reference(code: &str) -> bool {
    code == "ErrorInvalidMailboxItemId" || code.starts_with("ErrorInvalidId")
}

/// The free/busy error of one mailbox, by its `responseCode`. The codes are numbers of the Exchange protocols; more may come.
pub(crate) fn classify_schedule(response_code: &str) -> CalendarError {
    match response_code {
        // No such recipient, or an invalid address.
        "5009" | "5035" => CalendarError::MailboxNotFound,
        // No access to free/busy. Or the mailbox's free/busy is in another organization or on premises, and the connection to
        // it is not set up. Both last until an administrator acts, so a retry does not help.
        "5037" | "5003" | "5012" | "5013" | "5016" | "5046" => {
            CalendarError::AccessDenied { code: response_code.to_owned() }
        }
        other => CalendarError::Failed { cause: format!("free/busy {}", for_log(other)), retry_after: None },
    }
}

/// The event that already has the transaction id. Its place in the JSON varies; the end of its property name does not.
fn existing_event(value: &Value) -> Option<EventId> {
    match value {
        Value::Object(members) => {
            let named = |name: &str| name.to_ascii_lowercase().ends_with("existingeventid");
            let here = members.iter().find_map(|(name, value)| value.as_str().filter(|_| named(name)));
            let here = here.filter(|id| !id.is_empty()).map(|id| EventId(id.to_owned()));
            here.or_else(|| members.values().find_map(existing_event))
        }
        Value::Array(values) => values.iter().find_map(existing_event),
        _ => None,
    }
}

/// An error code that is safe to log, whatever a server sends.
pub(crate) fn for_log(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{problem::Kind, scheduling::SchedulingError};

    fn of(status: u16, code: &str, target: Target) -> CalendarError {
        let body = json!({"error": {"code": code, "message": "who@contoso.com is not here"}}).to_string();
        classify(StatusCode::from_u16(status).expect("a status"), None, body.as_bytes(), target)
    }

    #[test]
    fn codes_say_what_is_missing() {
        use CalendarError::{CalendarNotFound, EventNotFound, MailboxNotFound};
        assert_eq!(of(404, "ErrorItemNotFound", Target::Event), EventNotFound);
        assert_eq!(of(404, "CalendarNotFound", Target::Mailbox), MailboxNotFound);
        assert_eq!(of(404, "ErrorInvalidUser", Target::Event), MailboxNotFound);
        assert_eq!(of(404, "ErrorInvalidUser", Target::Calendar), MailboxNotFound);
        for code in ["ErrorItemNotFound", "ErrorInvalidMailboxItemId", "ErrorInvalidIdMalformed"] {
            assert_eq!(of(404, code, Target::Calendar), CalendarNotFound, "{code}");
            assert_eq!(of(400, code, Target::Calendar), CalendarNotFound, "{code}");
        }
        // A proxy may have sent it.
        assert!(matches!(of(404, "", Target::Calendar), CalendarError::Failed { .. }));
        assert_eq!(of(404, "MailboxNotEnabledForRESTAPI", Target::Mailbox), MailboxNotFound);
    }

    #[test]
    fn refusals_have_the_code_and_nothing_else() {
        let denied = |code: &str| CalendarError::AccessDenied { code: code.to_owned() };
        assert_eq!(of(403, "ErrorAccessDenied", Target::Event), denied("ErrorAccessDenied"));
        assert_eq!(of(403, "", Target::Mailbox), denied("403"));
        assert_eq!(of(401, "InvalidAuthenticationToken", Target::Mailbox), denied("InvalidAuthenticationToken"));
        assert_eq!(of(400, "Error <b>x@y.z", Target::Event), CalendarError::Rejected { code: "Errorbxy.z".to_owned() });
        assert_eq!(of(405, "", Target::Event), CalendarError::Rejected { code: "405".to_owned() });
    }

    #[test]
    fn statuses_of_unknown_outcome_are_not_definite() {
        for status in [408, 500, 502, 503, 504, 302, 409, 412] {
            assert!(!of(status, "UnknownError", Target::Mailbox).is_definite(), "{status}");
        }
        for status in [409, 412] {
            let clash = of(status, "ErrorIrresolvableConflict", Target::Event);
            assert!(matches!(clash, CalendarError::UnknownResult { .. }), "{status}: {clash:?}");
        }
        assert!(matches!(of(504, "UnknownError", Target::Mailbox), CalendarError::NoAnswer { .. }));
        assert!(matches!(of(503, "", Target::Mailbox), CalendarError::Failed { cause, .. } if cause == "Graph 503"));
        assert!(of(429, "ApplicationThrottled", Target::Mailbox).is_definite());
    }

    #[test]
    fn a_rejected_id_is_event_not_found() {
        for code in ["ErrorInvalidMailboxItemId", "ErrorInvalidIdMalformed", "ErrorInvalidIdEmpty"] {
            for status in [400, 404] {
                assert_eq!(of(status, code, Target::Event), CalendarError::EventNotFound, "{status} {code}");
            }
        }
        // It says nothing about the mailbox.
        let rejected = CalendarError::Rejected { code: "ErrorInvalidIdMalformed".to_owned() };
        assert_eq!(of(400, "ErrorInvalidIdMalformed", Target::Mailbox), rejected);
    }

    #[test]
    fn a_rejection_of_our_own_reference_is_an_internal_error() {
        for target in [Target::EventReference, Target::MailboxReference] {
            let ours = CalendarError::ReferenceRejected { code: "ErrorInvalidRequest".to_owned() };
            assert_eq!(of(400, "ErrorInvalidRequest", target), ours);
            assert_eq!(SchedulingError::from(ours).kind(), Some(Kind::Internal));
        }
        for (target, gone) in [
            (Target::EventReference, CalendarError::EventNotFound),
            (Target::MailboxReference, CalendarError::MailboxNotFound),
        ] {
            assert_eq!(of(404, "ErrorItemNotFound", target), gone);
        }
    }

    #[test]
    fn a_refusal_to_delete_is_cannot_delete() {
        for status in [400, 403] {
            let refused = CalendarError::CannotDelete { code: "ErrorCannotDeleteObject".to_owned() };
            assert_eq!(of(status, "ErrorCannotDeleteObject", Target::Event), refused);
        }
    }

    #[test]
    fn a_404_without_a_code_is_not_mailbox_not_found() {
        for code in ["", "UnknownError"] {
            let unknown = of(404, code, Target::Mailbox);
            assert!(matches!(unknown, CalendarError::Failed { .. }), "{code}: {unknown:?}");
        }
        let page = classify(StatusCode::NOT_FOUND, None, b"<html>", Target::Mailbox);
        assert!(matches!(page, CalendarError::Failed { .. }), "{page:?}");
    }

    #[test]
    fn a_404_without_a_code_is_not_event_not_found() {
        for code in ["", "UnknownError", "NotFound", "itemNotFound"] {
            let unknown = of(404, code, Target::Event);
            assert!(matches!(unknown, CalendarError::Failed { .. }), "{code}: {unknown:?}");
        }
        let page = classify(StatusCode::NOT_FOUND, None, b"<html>", Target::Event);
        assert!(matches!(page, CalendarError::Failed { .. }), "{page:?}");
    }

    #[test]
    fn the_existing_event_is_found_anywhere_in_the_error() {
        for error in [
            json!({"code": "ErrorDuplicateTransactionId", "@event.existingEventId": "AAMk="}),
            json!({"code": "ErrorDuplicateTransactionId", "innerError": {"x": [{"existingEventID": "AAMk="}]}}),
        ] {
            let body = json!({ "error": error }).to_string();
            for status in [StatusCode::BAD_REQUEST, StatusCode::CONFLICT] {
                let existing = Some(EventId("AAMk=".to_owned()));
                let found = classify(status, None, body.as_bytes(), Target::Mailbox);
                assert_eq!(found, CalendarError::DuplicateTransaction { existing });
            }
        }
        let untold = of(409, "ErrorDuplicateTransactionId", Target::Mailbox);
        assert_eq!(untold, CalendarError::DuplicateTransaction { existing: None });
    }

    #[test]
    fn a_body_that_is_not_json_gives_the_status_as_code() {
        let html = classify(StatusCode::BAD_REQUEST, None, b"<html>", Target::Mailbox);
        assert_eq!(html, CalendarError::Rejected { code: "400".to_owned() });
    }
}
