//! What Graph's refusals mean. Decided by status and `error.code`, never by the message, which changes with language and
//! week.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::calendar::{CalendarError, EventId};

/// What the path of a request names, since a plain 404 means the one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A mailbox, or something that every mailbox has.
    Mailbox,
    /// The same, by a request that holds nothing of the caller's but the address.
    MailboxReference,
    /// One event.
    Event,
    /// The same, by a request that holds nothing but our reference to it.
    EventReference,
}

impl Target {
    /// The target, and whether the request holds nothing that a caller could have got wrong.
    fn parts(self) -> (Self, bool) {
        match self {
            Self::MailboxReference => (Self::Mailbox, true),
            Self::EventReference => (Self::Event, true),
            target => (target, false),
        }
    }
}

/// The meaning of an answer that is no success.
pub(crate) fn classify(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
    target: Target,
) -> CalendarError {
    let error = serde_json::from_slice::<Value>(body).ok().and_then(|mut body| body.get_mut("error").map(Value::take));
    let told = error.as_ref().and_then(|error| error["code"].as_str()).map(for_log).unwrap_or_default();
    let code = if told.is_empty() { status.as_u16().to_string() } else { told.clone() };
    let cause = format!("Graph {} {told}", status.as_u16()).trim_end().to_owned();
    match status.as_u16() {
        429 => return CalendarError::Throttled { retry_after },
        408 | 504 => return CalendarError::Unanswered { cause },
        400..=499 => {}
        // 5xx, and whatever else is no answer to what was asked.
        _ => return CalendarError::Failed { cause, retry_after },
    }
    let (target, is_ours) = target.parts();
    match (told.as_str(), status.as_u16(), target) {
        ("ErrorDuplicateTransactionId", ..) => {
            CalendarError::DuplicateTransaction { existing: error.as_ref().and_then(existing_event) }
        }
        ("ErrorItemNotFound", _, Target::Event) => CalendarError::EventNotFound,
        // The reference is ours, and no other was ever told to a caller: what Graph does not accept as one names no event
        // of this mailbox, as after a mailbox was made anew.
        (refused, _, Target::Event) if refuses_reference(refused) => CalendarError::EventNotFound,
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
        // Without a code that names what is missing, it may come from something on the way, or mean anything.
        (_, 404, Target::Event) | ("" | "UnknownError", 404, Target::Mailbox) => {
            CalendarError::Failed { cause, retry_after }
        }
        (_, 404, _) => CalendarError::MailboxNotFound,
        // Somebody saved the same item in the same moment: a clash, not a refusal, so that it is tried again where that
        // does no harm. Which of the writes Graph kept it does not say, and where several servers hold a mailbox an
        // earlier attempt of ours may be the one that it clashed with: never "nothing happened".
        (_, 409 | 412, _) => CalendarError::Inconclusive { cause },
        _ if is_ours => CalendarError::ReferenceRejected { code },
        _ => CalendarError::Rejected { code },
    }
}

/// Whether a code says that an id is not accepted: it belongs to another mailbox, or is malformed.
fn refuses_reference(code: &str) -> bool {
    code == "ErrorInvalidMailboxItemId" || code.starts_with("ErrorInvalidId")
}

/// The free/busy error of one mailbox, by its `responseCode`: numbers of the Exchange protocols, an open set.
pub(crate) fn classify_schedule(response_code: &str) -> CalendarError {
    match response_code {
        // No such recipient; no valid address.
        "5009" | "5035" => CalendarError::MailboxNotFound,
        // No access to free/busy; or the mailbox is known and its free/busy is elsewhere, behind a connection between
        // organizations or to servers on premises that is not set up for it. Both last until an administrator has done
        // something about it, so that asking again helps nobody.
        "5037" | "5003" | "5012" | "5013" | "5016" | "5046" => {
            CalendarError::AccessDenied { code: response_code.to_owned() }
        }
        other => CalendarError::Failed { cause: format!("free/busy {}", for_log(other)), retry_after: None },
    }
}

/// The event that already has the transaction id. Where it is told varies; its name ends the same everywhere.
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

/// An error code fit for the log: no more than a code, whatever a server sends.
pub(crate) fn for_log(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::{Kind, Problem};

    fn of(status: u16, code: &str, target: Target) -> CalendarError {
        let body = json!({"error": {"code": code, "message": "who@contoso.com is not here"}}).to_string();
        classify(StatusCode::from_u16(status).expect("a status"), None, body.as_bytes(), target)
    }

    #[test]
    fn codes_tell_what_is_missing() {
        use CalendarError::{EventNotFound, MailboxNotFound};
        assert_eq!(of(404, "ErrorItemNotFound", Target::Event), EventNotFound);
        assert_eq!(of(404, "CalendarNotFound", Target::Mailbox), MailboxNotFound);
        assert_eq!(of(404, "ErrorInvalidUser", Target::Event), MailboxNotFound);
        assert_eq!(of(404, "MailboxNotEnabledForRESTAPI", Target::Mailbox), MailboxNotFound);
    }

    #[test]
    fn refusals_carry_their_code_and_nothing_else() {
        let denied = |code: &str| CalendarError::AccessDenied { code: code.to_owned() };
        assert_eq!(of(403, "ErrorAccessDenied", Target::Event), denied("ErrorAccessDenied"));
        assert_eq!(of(403, "", Target::Mailbox), denied("403"));
        assert_eq!(of(401, "InvalidAuthenticationToken", Target::Mailbox), denied("InvalidAuthenticationToken"));
        assert_eq!(of(400, "Error <b>x@y.z", Target::Event), CalendarError::Rejected { code: "Errorbxy.z".to_owned() });
        assert_eq!(of(405, "", Target::Event), CalendarError::Rejected { code: "405".to_owned() });
    }

    #[test]
    fn what_may_have_happened_is_not_definite() {
        for status in [408, 500, 502, 503, 504, 302, 409, 412] {
            assert!(!of(status, "UnknownError", Target::Mailbox).is_definite(), "{status}");
        }
        for status in [409, 412] {
            let clash = of(status, "ErrorIrresolvableConflict", Target::Event);
            assert!(matches!(clash, CalendarError::Inconclusive { .. }), "{status}: {clash:?}");
        }
        assert!(matches!(of(504, "UnknownError", Target::Mailbox), CalendarError::Unanswered { .. }));
        assert!(matches!(of(503, "", Target::Mailbox), CalendarError::Failed { cause, .. } if cause == "Graph 503"));
        assert!(of(429, "ApplicationThrottled", Target::Mailbox).is_definite());
    }

    #[test]
    fn an_id_that_is_not_accepted_names_no_event() {
        for code in ["ErrorInvalidMailboxItemId", "ErrorInvalidIdMalformed", "ErrorInvalidIdEmpty"] {
            for status in [400, 404] {
                assert_eq!(of(status, code, Target::Event), CalendarError::EventNotFound, "{status} {code}");
            }
        }
        // It says nothing of the mailbox.
        let rejected = CalendarError::Rejected { code: "ErrorInvalidIdMalformed".to_owned() };
        assert_eq!(of(400, "ErrorInvalidIdMalformed", Target::Mailbox), rejected);
    }

    #[test]
    fn a_refusal_of_what_is_ours_is_not_told_as_the_callers_fault() {
        for target in [Target::EventReference, Target::MailboxReference] {
            let ours = CalendarError::ReferenceRejected { code: "ErrorInvalidRequest".to_owned() };
            assert_eq!(of(400, "ErrorInvalidRequest", target), ours);
            assert_eq!(Problem::from(ours).kind, Kind::Internal);
        }
        for (target, gone) in [
            (Target::EventReference, CalendarError::EventNotFound),
            (Target::MailboxReference, CalendarError::MailboxNotFound),
        ] {
            assert_eq!(of(404, "ErrorItemNotFound", target), gone);
        }
    }

    #[test]
    fn a_refusal_to_delete_does_not_tell_that_the_event_is_gone() {
        for status in [400, 403] {
            let refused = CalendarError::CannotDelete { code: "ErrorCannotDeleteObject".to_owned() };
            assert_eq!(of(status, "ErrorCannotDeleteObject", Target::Event), refused);
        }
    }

    #[test]
    fn a_404_without_a_code_tells_nothing_of_a_mailbox() {
        for code in ["", "UnknownError"] {
            let unknown = of(404, code, Target::Mailbox);
            assert!(matches!(unknown, CalendarError::Failed { .. }), "{code}: {unknown:?}");
        }
        let page = classify(StatusCode::NOT_FOUND, None, b"<html>", Target::Mailbox);
        assert!(matches!(page, CalendarError::Failed { .. }), "{page:?}");
    }

    #[test]
    fn only_a_code_tells_that_an_event_is_gone() {
        for code in ["", "UnknownError", "NotFound", "itemNotFound"] {
            let unknown = of(404, code, Target::Event);
            assert!(matches!(unknown, CalendarError::Failed { .. }), "{code}: {unknown:?}");
        }
        let page = classify(StatusCode::NOT_FOUND, None, b"<html>", Target::Event);
        assert!(matches!(page, CalendarError::Failed { .. }), "{page:?}");
    }

    #[test]
    fn the_existing_event_is_found_wherever_it_is_told() {
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
    fn a_body_that_is_no_json_does_no_harm() {
        let html = classify(StatusCode::BAD_REQUEST, None, b"<html>", Target::Mailbox);
        assert_eq!(html, CalendarError::Rejected { code: "400".to_owned() });
    }
}
