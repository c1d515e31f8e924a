//! Reading a signature, and what is asked of one here.

use aws_lc_rs::hmac;
use chrono::{DateTime, TimeDelta, Utc};
use sfv::{InnerList, ListEntry};

use super::{base::base, content_digest, fields, message::Message};
use crate::secrets::Key;

/// How far a signature's time may be from ours, in either direction. A nonce is remembered for twice as long.
const CLOCK_WINDOW: TimeDelta = TimeDelta::seconds(300);
/// What every signature covers.
const COVERED: [(&str, &str); 4] = [
    ("@method", "The signature does not cover @method."),
    ("@authority", "The signature does not cover @authority."),
    ("@path", "The signature does not cover @path."),
    ("@query", "The signature does not cover @query."),
];
/// The longest nonce and the longest key id.
const LONGEST: usize = 128;

/// A signature that is well-formed, recent and about this request. Whether a key made it is yet to be seen.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) key_id: String,
    pub(super) nonce: String,
    base: String,
    mac: Vec<u8>,
}

impl Signature {
    /// Reads the one signature of a request. Fails with words for the caller: they tell about the request alone.
    pub(super) fn read(message: &Message<'_>, now: DateTime<Utc>) -> Result<Self, &'static str> {
        const MALFORMED: &str = "Signature or Signature-Input is malformed, or names a signature twice.";
        let field = |name| message.field(name).map_err(|_| "The request needs both Signature and Signature-Input.");
        let (inputs, signatures) = (field("signature-input")?, field("signature")?);
        let inputs = fields::dictionary(&inputs).ok_or(MALFORMED)?;
        let signatures = fields::dictionary(&signatures).ok_or(MALFORMED)?;
        let (Some((label, ListEntry::InnerList(input))), 1, 1) = (inputs.first(), inputs.len(), signatures.len())
        else {
            return Err("The request must have exactly one signature.");
        };
        let Some(ListEntry::Item(signature)) = signatures.get(label) else {
            return Err("Signature and Signature-Input name different signatures.");
        };
        let mac = signature.bare_item.as_byte_sequence().ok_or("The signature is no byte sequence.")?.to_vec();
        check_times(input, now)?;
        if input.params.contains_key("alg") && text(input, "alg") != Some("hmac-sha256") {
            return Err("The signature's alg is not hmac-sha256.");
        }
        let name = |name, problem| text(input, name).filter(|text| (1..=LONGEST).contains(&text.len())).ok_or(problem);
        let key_id = name("keyid", "The signature has no keyid, or one of more than 128 characters.")?.to_owned();
        let nonce = name("nonce", "The signature has no nonce, or one of more than 128 characters.")?.to_owned();
        Ok(Self { key_id, nonce, base: base_of_all(message, input)?, mac })
    }

    /// Whether this key made the signature.
    pub(super) fn is_by(&self, key: &Key) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.key.expose());
        hmac::verify(&key, self.base.as_bytes(), &self.mac).is_ok()
    }
}

fn text<'a>(input: &'a InnerList, parameter: &str) -> Option<&'a str> {
    input.params.get(parameter)?.as_string().map(sfv::StringRef::as_str)
}

fn check_times(input: &InnerList, now: DateTime<Utc>) -> Result<(), &'static str> {
    let time = |parameter| {
        let seconds = input.params.get(parameter)?.as_integer().map(i64::from);
        Some(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    };
    let created = time("created").flatten().ok_or("The signature has no created, or one that is no time.")?;
    if (now - created).abs() > CLOCK_WINDOW {
        return Err("The signature's created is more than five minutes from now.");
    }
    match time("expires") {
        None => Ok(()),
        Some(Some(expires)) if now < expires => Ok(()),
        Some(_) => Err("The signature has expired."),
    }
}

/// The signature base of a signature that covers all of the request: what it is sent to, and its body.
fn base_of_all(message: &Message<'_>, input: &InnerList) -> Result<String, &'static str> {
    let base = base(message, input)?;
    if let Some((_, problem)) = COVERED.iter().find(|(name, _)| !base.covered.contains(name)) {
        return Err(problem);
    }
    if base.covered.contains(&"content-digest") {
        content_digest::check(message)?;
    } else if !message.body.is_empty() {
        return Err("The request has a body, and the signature does not cover content-digest.");
    }
    Ok(base.text)
}
