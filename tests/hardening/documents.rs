//! The documented bodies, and ways to spoil them. Every one of these makes the request a bad one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use convene_tests::samples;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{described::described, functions::WITH_BODY};

/// A documented body, with what a spoiler needs to know of it. Entries of lists whose response is a list fail by themselves, so
/// what is wrong in one does not make the request a bad one.
pub struct Document {
    pub body: Value,
    /// Pointers to the fields that must be there.
    pub required: Vec<&'static str>,
    /// Pointers to fields whose content matters, with contents that are wrong.
    pub wrong: Vec<(&'static str, Vec<Value>)>,
}

fn ids() -> Vec<Value> {
    [String::new(), " \t\n".to_owned(), "x".repeat(513), "é".repeat(257)].map(Value::from).to_vec()
}

fn addresses() -> Vec<Value> {
    [
        "",
        "@",
        "ann",
        "ann@",
        "@contoso.com",
        "a b@contoso.com",
        "a@b@c.d",
        "Ann <ann@contoso.com>",
        "a\0@contoso.com",
        "a/b@contoso.com",
    ]
    .map(Value::from)
    .to_vec()
}

fn times() -> Vec<Value> {
    [
        "",
        "now",
        "2020-10-16",
        "2020-10-16T10:00:00",
        "2020-13-16T10:00:00Z",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2020-10-16T25:00:00Z",
        "1602842400",
    ]
    .map(Value::from)
    .to_vec()
}

fn flags() -> Vec<Value> {
    ["", "yes", "1", "truefalse", "null"].map(Value::from).to_vec()
}

fn meeting() -> Vec<(&'static str, Vec<Value>)> {
    let crowd = vec![json!({"email": "a@contoso.com", "isRequired": "true"}); 501];
    vec![
        ("/id", ids()),
        ("/organizerEmail", addresses()),
        ("/startTime", times()),
        ("/endTime", [times(), vec![json!("2020-10-16T10:00:00Z"), json!("1999-01-01T00:00:00Z")]].concat()),
        ("/attendees/1/email", addresses()),
        ("/attendees/0/isRequired", flags()),
        ("/attendees", vec![json!(crowd)]),
    ]
}

/// The document of a function that has a body. Where nothing more is known, it is what the API's description says.
pub fn document(function: &'static str) -> Document {
    let whole = samples::meeting_with(
        samples::ID,
        &json!({"startTime": "2020-10-16T10:00:00Z", "endTime": "2020-10-16T11:00:00Z"}),
    );
    let person = ["/attendees/0/email", "/attendees/0/isRequired"];
    let reference = ["/id", "/organizerEmail"];
    let (body, required, wrong) = match function {
        "schedule-meeting" => {
            let own = ["/attendees", "/body", "/subject", "/startTime", "/endTime", "/location"];
            (whole, [&reference[..], &own, &person].concat(), meeting())
        }
        "create-appointments" => {
            let own = ["/body", "/subject", "/startTime", "/endTime", "/location"];
            let lists = vec![json!(null), json!("a@contoso.com"), json!({}), json!(7)];
            let mut wrong = vec![("/attendees", lists)];
            wrong.extend(meeting().into_iter().filter(|(field, _)| !field.starts_with("/attendees/")));
            (whole, [&reference[..], &own].concat(), wrong)
        }
        "update-meeting" => {
            let mut wrong = meeting();
            for (_, values) in wrong.iter_mut().filter(|(field, _)| field.starts_with("/attendees/")) {
                // GET may have returned it.
                values.retain(|value| value != "Ann <ann@contoso.com>");
            }
            (whole, [reference, person].concat(), wrong)
        }
        "delete-meeting" => {
            let body = json!({"id": samples::ID, "organizerEmail": samples::ORGANIZER});
            (body, reference.to_vec(), vec![("/id", ids()), ("/organizerEmail", addresses())])
        }
        "get-availability" => {
            let entry =
                |number: u8| json!({"email": format!("attendee{number}@contoso.com"), "serviceResourceId": "7"});
            let many = vec![entry(1); 1001];
            let wrong = vec![("", vec![json!(many), json!({}), json!("ann@contoso.com"), json!(null)])];
            (json!([entry(1), entry(2)]), Vec::new(), wrong)
        }
        "update-appointments" => {
            let body = json!({"original": {"id": samples::ID, "subject": [7]}, "new": whole});
            let required = vec![
                "/original",
                "/original/id",
                "/new",
                "/new/organizerEmail",
                "/new/attendees",
                "/new/attendees/0/email",
                "/new/attendees/0/isRequired",
                "/new/body",
                "/new/subject",
                "/new/startTime",
                "/new/endTime",
                "/new/location",
            ];
            let wrong = vec![
                ("/original/id", ids()),
                ("/new/organizerEmail", addresses()),
                ("/new/endTime", times()),
                ("/new/attendees/1/email", addresses()),
                ("/new/attendees/0/isRequired", flags()),
            ];
            (body, required, wrong)
        }
        "delete-appointments" => {
            let listed = json!(["attendee1@contoso.com", {"email": "attendee2@contoso.com", "isRequired": 7}]);
            let body = json!({"id": samples::ID, "organizerEmail": samples::ORGANIZER, "attendees": listed});
            let crowd = vec![json!("a@contoso.com"); 501];
            let lists = vec![json!("a@contoso.com"), json!({}), json!(7), json!(crowd)];
            let wrong = vec![("/id", ids()), ("/organizerEmail", addresses()), ("/attendees", lists)];
            (body, reference.to_vec(), wrong)
        }
        other => described(other),
    };
    Document { body, required, wrong }
}

/// A documented body that was spoiled in one place, of a function with access tokens.
pub fn spoiled() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    spoiled_of(WITH_BODY.to_vec())
}

/// The same for these functions.
pub fn spoiled_of(functions: Vec<&'static str>) -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    (prop::sample::select(functions), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_u8)
        .prop_map(|(function, first, second, way)| (function, spoil(&document(function), first, second, way)))
}

fn spoil(document: &Document, first: prop::sample::Index, second: prop::sample::Index, way: u8) -> Vec<u8> {
    let mut body = document.body.clone();
    // Without required fields, only the whole can be spoiled.
    let way = if document.required.is_empty() && ![2, 3].contains(&way) { 5 } else { way };
    let field = document.required.get(first.index(document.required.len().max(1))).copied().unwrap_or_default();
    let at = |body: &mut Value, field: &str, value: Value| {
        *body.pointer_mut(field).expect("a field") = value;
    };
    match way {
        0 => {
            let (parent, name) = field.rsplit_once('/').expect("a pointer");
            body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name);
        }
        1 => {
            let mut others =
                vec![json!(null), json!(7), json!(1.5), json!({"a": 1}), json!([[]]), json!([1, "x"]), json!({})];
            // Another number can be as good.
            let is_number = body.pointer(field).is_some_and(Value::is_number);
            others.retain(|other| !(is_number && other.is_i64()));
            at(&mut body, field, others[second.index(others.len())].clone());
        }
        2 => {
            let (field, values) = &document.wrong[first.index(document.wrong.len())];
            at(&mut body, field, values[second.index(values.len())].clone());
        }
        3 => {
            let whole = body.to_string().into_bytes();
            return whole[..=second.index(whole.len() - 1)].to_vec();
        }
        4 => return broken_text(&body, field, second),
        _ => {
            let whole = body.to_string();
            let around = ["%\u{feff}", "%}", "%,%", "//\n%", "'%'", "%\0", "[%", "<%>", "%null"];
            return around[second.index(around.len())].replace('%', &whole).into_bytes();
        }
    }
    body.to_string().into_bytes()
}

/// What a field holds that no JSON can hold, or that no parser should follow.
fn broken_text(body: &Value, field: &str, choice: prop::sample::Index) -> Vec<u8> {
    const MARK: &str = "put-it-here";
    let mut body = body.clone();
    *body.pointer_mut(field).expect("a field") = json!(MARK);
    let deep =
        |open: &str, close: &str| [open.repeat(100_000), "1".to_owned(), close.repeat(100_000)].concat().into_bytes();
    let contents = [
        b"1e999".to_vec(),
        b"-1e999999999".to_vec(),
        b"01".to_vec(),
        b"NaN".to_vec(),
        br#""\ud800""#.to_vec(),
        br#""\udc00\ud800""#.to_vec(),
        br#""\uD83D""#.to_vec(),
        br#""\x41""#.to_vec(),
        b"\"\x01\"".to_vec(),
        b"\"\xff\xfe\"".to_vec(),
        b"\"\xed\xa0\x80\"".to_vec(),
        b"\"\xc0\xaf\"".to_vec(),
        b"'x'".to_vec(),
        b"".to_vec(),
        format!("\"{}\"", "x".repeat(1024 * 1024)).into_bytes(),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        deep("[", ""),
    ];
    let name = field.rsplit('/').next().unwrap_or_default();
    let text = body.to_string();
    let quoted = format!("\"{MARK}\"");
    let place = text.find(&quoted).expect("the mark");
    let (before, after) = (&text.as_bytes()[..place], &text.as_bytes()[place + quoted.len()..]);
    let choice = choice.index(contents.len() + 1);
    // One way more: the field twice.
    let content = contents.get(choice).cloned().unwrap_or_else(|| format!("\"x\",\"{name}\":\"x\"").into_bytes());
    [before, &content, after].concat()
}

/// Puts bytes into an event: as text where they are text, or encoded, as API Gateway does with most types of content.
pub fn put_bytes(event: &mut Value, body: &[u8]) {
    match std::str::from_utf8(body) {
        // Either way can be met, so both are tried.
        Ok(text) if text.len().is_multiple_of(2) => {
            event["body"] = json!(text);
            event["isBase64Encoded"] = json!(false);
        }
        _ => {
            event["body"] = json!(STANDARD.encode(body));
            event["isBase64Encoded"] = json!(true);
        }
    }
}
