//! Request bodies: JSON as callers really send it.

use std::{borrow::Cow, fmt, io::Read as _, marker::PhantomData};

use flate2::bufread::GzDecoder;
use lambda_http::http::{HeaderMap, header};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::problem::{Kind, Problem};

/// The largest request body, in bytes: as it was sent, and decompressed.
pub const MAX_BODY: usize = 1024 * 1024;

/// The bytes that gzip begins with.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b";
/// The byte order mark that some editors and libraries put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The content of a body: decompressed, if it was sent with `Content-Encoding: gzip`. Other codings are refused with
/// [`Kind::UnsupportedCoding`].
pub(super) fn content<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Problem> {
    let too_large = || Problem::invalid_request("The body must have at most 1 MiB.");
    if body.len() > MAX_BODY {
        return Err(too_large());
    }
    let lines = headers.get_all(header::CONTENT_ENCODING).iter().map(|line| line.to_str().unwrap_or("unknown"));
    let codings = lines.flat_map(|line| line.split(',')).map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<_> = codings.filter(|coding| !coding.is_empty() && coding != "identity").collect();
    match codings.as_slice() {
        [] => Ok(Cow::Borrowed(body)),
        [coding] if coding == "gzip" || coding == "x-gzip" => {
            if !body.starts_with(GZIP_MAGIC) {
                // Some gateways decompress a body and leave its header.
                return Ok(Cow::Borrowed(body));
            }
            let (mut decoder, mut content) = (GzDecoder::new(body), Vec::new());
            // One byte more than the limit shows that there is more.
            let read = decoder.by_ref().take(MAX_BODY as u64 + 1).read_to_end(&mut content);
            if content.len() > MAX_BODY {
                return Err(too_large());
            }
            // One member only: thousands of empty ones would take long to read.
            match read {
                Ok(_) if decoder.into_inner().is_empty() => Ok(Cow::Owned(content)),
                _ => Err(Problem::invalid_request("The body must be one gzip member, as its Content-Encoding says.")),
            }
        }
        _ => {
            let message = "The Content-Encoding must be gzip or identity.";
            Err(Problem::new(Kind::UnsupportedCoding, message))
        }
    }
}

/// Reads a JSON body. Two slips are accepted, which the documents' own samples have: a comma before a closing bracket, and
/// a missing one after the closing bracket of an object's member. A byte order mark is skipped.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    if let Some(encoding) = other_encoding(body) {
        return Err(Problem::invalid_request(format!("The body must be UTF-8, but is {encoding}.")));
    }
    serde_json::from_slice(body).or_else(|strict| match with_commas_repaired(body) {
        Cow::Borrowed(_) => Err(not_json(&strict)),
        Cow::Owned(body) => serde_json::from_slice(&body).map_err(|error| not_json(&error)),
    })
}

/// The encoding of a body that is not UTF-8. JSON begins with an ASCII character, so a zero byte next to it shows UTF-16 or UTF-32.
fn other_encoding(body: &[u8]) -> Option<&'static str> {
    match body {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [_, 0, 0, 0, ..] | [0, 0, 0, _, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, _, ..] => Some("UTF-16"),
        _ if std::str::from_utf8(body).is_err() => Some("in another encoding"),
        _ => None,
    }
}

/// Says what is wrong and where, without repeating what was sent.
fn not_json(error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax => "is not JSON",
        serde_json::error::Category::Data => "does not have the documented structure",
        serde_json::error::Category::Io => "cannot be read",
    };
    Problem::invalid_request(format!("The body {what} (line {}, column {}).", error.line(), error.column()))
}

/// A value that is read from a JSON object only. A struct's derived `Deserialize` also accepts an array of the fields' values in
/// the order of their declaration, which no document promises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A comma that is wrong.
enum Slip {
    /// At this place is one that nothing follows.
    Trailing(usize),
    /// At this place, right after a closing bracket and before white space, is none.
    Missing(usize),
}

/// Blanks out every comma that has nothing but white space between it and a closing bracket; and adds one between the end
/// of an object's member, where that is a closing bracket, and the name of the next one on the other side of white space.
/// Whatever else is wrong stays where it is, by line and as a rule by column.
fn with_commas_repaired(json: &[u8]) -> Cow<'_, [u8]> {
    let slips = slips(json);
    if slips.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut repaired = Vec::with_capacity(json.len() + slips.len());
    let mut rest = 0;
    for slip in slips {
        let (place, byte) = match slip {
            Slip::Trailing(place) => (place, b' '),
            Slip::Missing(place) => (place, b','),
        };
        repaired.extend_from_slice(&json[rest..place]);
        repaired.push(byte);
        // The end of a line stays; any other white space makes room.
        rest = if json[place] == b'\n' { place } else { place + 1 };
    }
    repaired.extend_from_slice(&json[rest..]);
    Cow::Owned(repaired)
}

/// The commas that are wrong and may be forgiven, in order.
fn slips(json: &[u8]) -> Vec<Slip> {
    let (mut slips, mut open) = (Vec::new(), Vec::new());
    let mut comma = None;
    // What came last that is no white space, and where.
    let (mut before, mut last) = (b'[', 0);
    let (mut in_string, mut escaped) = (false, false);
    for (place, &byte) in json.iter().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            (before, last) = (byte, place);
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'[' | b'{' => open.push(byte),
            b'}' | b']' => {
                slips.extend(comma.map(Slip::Trailing));
                open.pop();
            }
            b'"' => {
                in_string = true;
                let follows_member = matches!(before, b'}' | b']') && open.last() == Some(&b'{');
                if follows_member && last + 1 < place {
                    slips.push(Slip::Missing(last + 1));
                }
            }
            _ => {}
        }
        // A comma right after an opening bracket or another comma separates nothing: that stays an error.
        comma = (byte == b',' && !matches!(before, b'[' | b'{' | b',')).then_some(place);
        (before, last) = (byte, place);
    }
    slips
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Result<Value, Problem> {
        super::json(text.as_bytes())
    }

    #[test]
    fn trailing_commas_are_forgiven_and_strings_left_alone() {
        let seen = read(r#"{"a": [1, 2, ], "b": {"c": ",}", "d": "\",]", },}"#).expect("JSON");
        assert_eq!(seen, json!({"a": [1, 2], "b": {"c": ",}", "d": "\",]"}}));
    }

    #[test]
    fn a_missing_comma_after_a_bracket_is_forgiven_between_members() {
        let seen = read("{\"a\": {\"b\": []\n\"c\": \"} \\\"x\"}\r\n\"d\": [1, ]\t\"e\": 1}").expect("JSON");
        assert_eq!(seen, json!({"a": {"b": [], "c": "} \"x"}, "d": [1], "e": 1}));
        // Where else one is missing, it stays an error.
        for text in [
            r#"{"a": {}"b": 1}"#,
            r#"{"a": "x" "b": 1}"#,
            r#"{"a": 1 "b": 1}"#,
            r#"{"a": null "b": 1}"#,
            r#"{"a": {} b: 1}"#,
            r#"{"a": {} , , "b": 1}"#,
            r#"[{} "x"]"#,
            "[{} {}]",
            "[[] []]",
            r#"{"a": [{} "x"]}"#,
            r#"{"a": [1 2]}"#,
            r#"{} "x""#,
            r#"{"a": {} "b"}"#,
            r#"{"a": {} "b": 1 "c": 2}"#,
            "{\"a\": {}\n\"a\"",
        ] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_repaired_body_keeps_the_lines_of_its_other_faults() {
        let problem = read("{\"a\": {}\n\"b\": [1,],\n\"c\" 1}").expect_err("not JSON");
        assert_eq!(problem.message, "The body is not JSON (line 3, column 5).");
    }

    #[test]
    fn other_slips_are_not() {
        for text in ["", "{,}", "[,]", "{\"a\":1,,}", "[1 2]", "{\"a\":,}", "nonsense", "{\"a\":\"\\"] {
            assert!(read(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn an_object_is_never_read_from_an_array() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        struct Pair {
            a: u8,
            b: u8,
        }
        type Pairs = Vec<Object<Pair>>;
        let pairs = super::json::<Pairs>(br#"[{"b": 2, "c": [], "a": 1}, {}]"#).expect("objects");
        assert_eq!(pairs, [Object(Pair { a: 1, b: 2 }), Object(Pair { a: 0, b: 0 })]);
        for text in ["[[1, 2]]", "[[1]]", "[[]]", "[null]", "[7]", "[\"a\"]", "[{\"a\":1,\"a\":1}]", "[{\"a\":[1]}]"] {
            assert!(super::json::<Pairs>(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_body_that_is_unreadable_is_no_field() {
        assert!(read("nonsense").is_err_and(|problem| problem.details.is_empty()));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_other_encodings_are_named() {
        assert_eq!(super::json::<Value>(b"\xef\xbb\xbf{\"a\": 1}").expect("JSON"), json!({"a": 1}));
        let utf_16: Vec<_> = "{\"a\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf_16_be: Vec<_> = "\u{feff}{\"a\": 1}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let utf_32: Vec<_> = "[1]".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        for (body, encoding) in [
            (utf_16.as_slice(), "UTF-16"),
            (&utf_16_be, "UTF-16"),
            (&utf_32, "UTF-32"),
            (b"{\"a\": \"\xe9\"}", "in another encoding"),
        ] {
            let problem = super::json::<Value>(body).expect_err("not UTF-8");
            assert_eq!(problem.message, format!("The body must be UTF-8, but is {encoding}."));
        }
    }

    #[test]
    fn a_body_is_decompressed_up_to_the_limit() {
        use std::io::Write as _;

        use flate2::{Compression, write::GzEncoder};

        let headers =
            |coding: &str| HeaderMap::from_iter([(header::CONTENT_ENCODING, coding.parse().expect("a header"))]);
        let gzip = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).expect("memory");
            encoder.finish().expect("memory")
        };
        let kind = |coding: &str, body: &[u8]| content(&headers(coding), body).map(drop).map_err(|error| error.kind);
        assert_eq!(content(&headers("GZip"), &gzip(b"[1]")).expect("gzip").as_ref(), b"[1]");
        assert_eq!(content(&headers("identity, gzip"), &gzip(b"[1]")).expect("gzip").as_ref(), b"[1]");
        assert_eq!(content(&headers("identity"), b"[1]").expect("as sent").as_ref(), b"[1]");
        assert_eq!(kind("gzip", &gzip(&vec![b' '; MAX_BODY])), Ok(()));
        assert_eq!(kind("gzip", &gzip(&vec![b' '; MAX_BODY + 1])), Err(Kind::InvalidRequest));
        assert_eq!(content(&headers("gzip"), b"[1]").expect("decompressed already").as_ref(), b"[1]");
        assert_eq!(kind("gzip", &gzip(b"[1]")[..12]), Err(Kind::InvalidRequest));
        assert_eq!(kind("gzip", &gzip(b"").repeat(2)), Err(Kind::InvalidRequest));
        assert_eq!(kind("identity", &vec![b' '; MAX_BODY + 1]), Err(Kind::InvalidRequest));
        for coding in ["br", "deflate", "gzip, gzip", "zstd"] {
            assert_eq!(kind(coding, b"[1]"), Err(Kind::UnsupportedCoding), "{coding}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        assert!(read(&"[".repeat(200_000)).is_err());
    }

    #[test]
    fn an_error_never_repeats_the_body() {
        let problem = read(r#"{"subject": "secret plans" oops}"#).expect_err("not JSON");
        assert!(!format!("{problem:?}").contains("secret"));
    }
}
