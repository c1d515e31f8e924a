//! What a batch is answered.

use std::collections::HashMap;

use chrono::Utc;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::payload;
use crate::calendar::{
    CalendarError,
    graph::transport::{
        errors::Target,
        limits::Told,
        response::{Answer, Body, failed},
        retry_state::{Miss, parse_retry_after},
        send::unanswered,
    },
};

#[derive(Deserialize)]
struct BatchIn<'a> {
    #[serde(borrow)]
    responses: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct ItemIn<'a> {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

impl ItemIn<'_> {
    fn into_answer(self) -> Option<Answer> {
        let mut headers = self.headers.iter().flatten();
        let retry_after = headers.find(|(name, _)| name.eq_ignore_ascii_case("retry-after")).and_then(|(_, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            parse_retry_after(&text, Utc::now())
        });
        // An answer without a body is a whole one.
        let body = self.body.map_or_else(Vec::new, |body| body.get().as_bytes().to_vec());
        Some(Answer { status: StatusCode::from_u16(self.status).ok()?, retry_after, body: Body::Whole(body) })
    }
}

/// What came of each item, given what their paths name. One of which the answer says nothing that can be read may have been
/// carried out, or may be yet.
pub(super) fn read(answer: &[u8], targets: impl Iterator<Item = Target>) -> Result<Vec<Result<Vec<u8>, Miss>>, Miss> {
    let batch: BatchIn<'_> =
        serde_json::from_slice(answer).map_err(|_| Miss::Error(failed("an answer to a batch that cannot be read")))?;
    let items = batch.responses.iter().filter_map(|item| serde_json::from_str::<ItemIn<'_>>(item.get()).ok());
    let mut answers: HashMap<String, Answer> = HashMap::new();
    for mut item in items {
        let id = std::mem::take(&mut item.id);
        answers.extend(item.into_answer().map(|answer| (id, answer)));
    }
    let judged = targets.enumerate().map(|(place, target)| match answers.remove(&payload::id(place)) {
        Some(answer) => answer.judge(target),
        None => Err(Miss::Error(unanswered("a batch was answered without this item"))),
    });
    Ok(judged.collect())
}

/// What the answers to the items say about how many requests may be in flight.
pub(super) fn told(answers: &[Result<Vec<u8>, Miss>]) -> Told {
    let throttled = answers.iter().filter_map(|answer| match answer {
        Err(Miss::Error(CalendarError::Throttled { retry_after })) => Some(*retry_after),
        _ => None,
    });
    let refused = throttled.clone().count();
    throttled.max().map_or(Told::Taken, |retry_after| Told::Throttled { refused, retry_after })
}

/// What the refusal of a batch says of its items. It names no mailbox and no event: where it seems to tell that one is not
/// there, it is no answer to what was asked.
pub(super) fn of_a_batch(miss: Miss) -> Miss {
    match miss {
        Miss::Error(
            CalendarError::EventNotFound | CalendarError::MailboxNotFound | CalendarError::DuplicateTransaction { .. },
        ) => {
            let cause = "Graph does not know what a batch is".to_owned();
            Miss::Error(CalendarError::Failed { cause, retry_after: None })
        }
        miss => miss,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn of(responses: &Value, count: usize) -> Vec<Result<Vec<u8>, Miss>> {
        let targets = std::iter::repeat_n(Target::Mailbox, count);
        read(json!({ "responses": responses }).to_string().as_bytes(), targets).expect("readable")
    }

    #[test]
    fn answers_are_known_by_their_ids() {
        let answers = of(
            &json!([
                {"id": "3", "status": 204, "headers": {}, "body": null},
                {"id": "1", "status": 201, "body": {"id": "AAMk="}},
                {"id": "2", "status": 404, "headers": null, "body": {"error": {"code": "ErrorInvalidUser"}}},
            ]),
            3,
        );
        let missing = Err(Miss::Error(CalendarError::MailboxNotFound));
        assert_eq!(answers, [Ok(br#"{"id":"AAMk="}"#.to_vec()), missing, Ok(Vec::new())]);
    }

    #[test]
    fn each_waits_for_what_it_was_asked_to() {
        for (header, seconds) in [
            (json!({"retry-after": "2.5"}), Some(2.5)),
            (json!({"RETRY-AFTER": 7}), Some(7.0)),
            (json!({"Retry-After": "soon"}), None),
            (json!({}), None),
        ] {
            let answers = of(&json!([{"id": "1", "status": 429, "headers": header}]), 1);
            let retry_after = seconds.map(Duration::from_secs_f64);
            assert_eq!(answers, [Err(Miss::Error(CalendarError::Throttled { retry_after }))], "{header}");
        }
    }

    #[test]
    fn a_batch_tells_how_many_of_its_items_were_too_many() {
        let throttled = |id: &str, seconds: u64| json!({"id": id, "status": 429, "headers": {"retry-after": seconds}});
        let taken = json!({"id": "2", "status": 201});
        let longest = Some(Duration::from_secs(9));
        for (items, expected) in [
            (
                json!([throttled("1", 3), taken, throttled("3", 9)]),
                Told::Throttled { refused: 2, retry_after: longest },
            ),
            (
                json!([{"id": "1", "status": 404}, taken, throttled("3", 9)]),
                Told::Throttled { refused: 1, retry_after: longest },
            ),
            (json!([{"id": "1", "status": 404}, taken]), Told::Taken),
        ] {
            assert_eq!(told(&of(&items, 3)), expected, "{items}");
        }
    }

    #[test]
    fn an_item_without_an_answer_may_have_been_carried_out() {
        for responses in [
            json!([]),
            json!([{"id": "2", "status": 201}]),
            json!([{"id": "1"}]),
            json!([{"id": "1", "status": 9}]),
            json!([{"status": 201}, 7, null]),
        ] {
            let answers = of(&responses, 1);
            let lost = matches!(&answers[..], [Err(Miss::Error(CalendarError::Unanswered { .. }))]);
            assert!(lost, "{responses}: {answers:?}");
        }
        for page in ["<html>", "", "{}", r#"{"responses": 1}"#, r#"{"error": {"code": "Nothing"}}"#] {
            let unread = read(page.as_bytes(), [Target::Event].into_iter());
            assert!(matches!(unread, Err(Miss::Error(CalendarError::Failed { .. }))), "{page}: {unread:?}");
        }
        // Graph gave up on it, and may not have stopped.
        let late = of(&json!([{"id": "1", "status": 504, "body": {"error": {"code": "UnknownError"}}}]), 1);
        assert!(matches!(&late[..], [Err(Miss::Error(CalendarError::Unanswered { .. }))]), "{late:?}");
    }

    #[test]
    fn a_token_that_one_item_is_refused_for_is_told_apart() {
        let answers = of(&json!([{"id": "1", "status": 401}]), 1);
        assert!(matches!(&answers[..], [Err(Miss::Unauthorized(_))]), "{answers:?}");
    }

    #[test]
    fn the_refusal_of_a_batch_is_no_word_of_a_mailbox() {
        for error in [CalendarError::EventNotFound, CalendarError::MailboxNotFound] {
            let miss = of_a_batch(Miss::Error(error));
            assert!(matches!(miss, Miss::Error(CalendarError::Failed { .. })), "{miss:?}");
        }
        let throttled = || Miss::Error(CalendarError::Throttled { retry_after: None });
        assert_eq!(of_a_batch(throttled()), throttled());
    }
}
