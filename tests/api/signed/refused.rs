//! Whatever is changed, left out or made up: 401 in the documented shape, and nobody behind the functions hears of it.

use convene_tests::{Answer, Product};

use super::{
    MEETING, draft, each_endpoint, items,
    signer::{Draft, Sent, content_digest},
    start,
};
use crate::errors::assert_failed;

/// What a request with no valid credential is told, whatever is wrong with it.
const NO_CREDENTIAL: &str = "no valid credential";
const MALFORMED: &str = "malformed";
const ONE: &str = "exactly one signature";

/// Asserts the refusal, by a part of its message.
#[track_caller]
fn assert_refused(answer: &Answer, name: &str, message: &str) {
    assert_failed(answer, 401, "Unauthorized", "");
    let told = answer.json()["message"].as_str().expect("a message").to_owned();
    assert!(told.contains(message), "{name}: {told}");
}

async fn assert_that_nobody_heard(product: &Product) {
    assert!(product.simulator().journal().await.is_empty());
    assert!(items(product, "MEETINGS_TABLE", "").await.is_empty());
    assert!(items(product, "GRANTS_TABLE", "#nonce#").await.is_empty());
}

type Signing = (&'static str, &'static str, fn(&mut Draft));

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// Signed by the right key (but for the first), and not what may be signed.
const SIGNED_WRONGLY: [Signing; 37] = [
    ("another key", NO_CREDENTIAL, |draft| draft.key[0] ^= 1),
    ("an unknown key id", NO_CREDENTIAL, |draft| draft.set("keyid", "\"contoso.other\"")),
    ("another tenant's key id", NO_CREDENTIAL, |draft| draft.set("keyid", "\"fabrikam.local-1\"")),
    ("a key id in capitals", NO_CREDENTIAL, |draft| draft.set("keyid", "\"CONTOSO.LOCAL-1\"")),
    ("no key id", "keyid", |draft| draft.unset("keyid")),
    ("a key id that is a token", "keyid", |draft| draft.set("keyid", "contoso.local-1")),
    ("created long ago", "five minutes", |draft| draft.set("created", now() - 302)),
    ("created far ahead", "five minutes", |draft| draft.set("created", now() + 302)),
    ("created before time began", "five minutes", |draft| draft.set("created", "-999999999999")),
    ("created after all time", "created", |draft| draft.set("created", "999999999999999")),
    ("created by half", "created", |draft| draft.set("created", format!("{}.5", now()))),
    ("created in words", "created", |draft| draft.set("created", "\"now\"")),
    ("not created", "created", |draft| draft.unset("created")),
    ("expired", "expired", |draft| draft.set("expires", now() - 1)),
    ("expired now", "expired", |draft| draft.set("expires", now())),
    ("expires in words", "expired", |draft| draft.set("expires", "\"never\"")),
    ("no nonce", "nonce", |draft| draft.unset("nonce")),
    ("an empty nonce", "nonce", |draft| draft.set("nonce", "\"\"")),
    ("a nonce too long", "nonce", |draft| draft.set("nonce", format!("\"{}\"", "x".repeat(129)))),
    ("a nonce that is a number", "nonce", |draft| draft.set("nonce", "7")),
    ("another algorithm", "alg", |draft| draft.set("alg", "\"hmac-sha512\"")),
    ("an algorithm of another kind", "alg", |draft| draft.set("alg", "\"ed25519\"")),
    ("an algorithm that is a token", "alg", |draft| draft.set("alg", "hmac-sha256")),
    ("no method", "does not cover @method", |draft| draft.uncover("@method")),
    ("no authority", "does not cover @authority", |draft| draft.uncover("@authority")),
    ("no path", "does not cover @path", |draft| draft.uncover("@path")),
    ("no query", "does not cover @query", |draft| draft.uncover("@query")),
    ("nothing", "does not cover @method", |draft| draft.components.clear()),
    ("a component twice", "twice", |draft| draft.components.push(draft.components[0].clone())),
    ("a component with a parameter", "with parameters", |draft| {
        draft.components[2].0.push_str(";bs");
    }),
    ("one parameter of the query", "with parameters", |draft| {
        draft.components.push(("\"@query-param\";name=\"id\"".to_owned(), "m".to_owned()));
    }),
    ("a component of an answer", "not served", |draft| draft.cover("@status", "200")),
    ("the signature's own parameters", "not served", |draft| draft.cover("@signature-params", "x")),
    ("a header that is not there", "does not have", |draft| draft.cover("x-none", "x")),
    ("a header in capitals", "unknown component", |draft| draft.cover("Content-Type", "application/json")),
    ("a component that is a token", "not a string", |draft| {
        draft.components.push(("content-type".to_owned(), "application/json".to_owned()));
    }),
    ("a header of another value", NO_CREDENTIAL, |draft| draft.cover("content-type", "text/plain")),
];

/// The same, where there is a body.
const DIGESTED_WRONGLY: [Signing; 7] = [
    ("no digest covered", "does not cover content-digest", |draft| draft.uncover("content-digest")),
    ("no digest sent", "does not have", |draft| draft.request.remove("content-digest")),
    ("another body's digest", "not that of the body", |draft| digest_as(draft, &content_digest("other"))),
    ("a digest nobody uses", "neither sha-256", |draft| digest_as(draft, "md5=:AAAA:")),
    ("a digest in hex", MALFORMED, |draft| digest_as(draft, "sha-256=\"abcdef\"")),
    ("a right digest and a wrong one", "not that of the body", |draft| {
        digest_as(draft, &format!("{}, sha-512=:AAAA:", content_digest(&draft.request.body)));
    }),
    ("a digest twice", "twice", |draft| {
        digest_as(draft, &format!("sha-256=:AAAA:, {}", content_digest(&draft.request.body)));
    }),
];

fn digest_as(draft: &mut Draft, digest: &str) {
    draft.request.set("content-digest", digest);
    draft.uncover("content-digest");
    draft.cover("content-digest", digest);
}

type Tampering = (&'static str, &'static str, fn(&mut Sent));

/// Changed on the way.
const TAMPERED: [Tampering; 29] = [
    ("something in the query", NO_CREDENTIAL, |sent| sent.query += "&x=1"),
    ("another host", NO_CREDENTIAL, |sent| sent.set("host", "example.com")),
    ("another port", NO_CREDENTIAL, |sent| sent.set("host", "127.0.0.1:1")),
    ("a second earlier", NO_CREDENTIAL, |sent| change_time(sent, -1)),
    ("a second later", NO_CREDENTIAL, |sent| change_time(sent, 1)),
    ("another nonce", NO_CREDENTIAL, |sent| sent.edit("signature-input", "nonce=\"", "nonce=\"0")),
    ("another key id", NO_CREDENTIAL, |sent| sent.edit("signature-input", "keyid=\"", "keyid=\"x.")),
    ("an algorithm added", NO_CREDENTIAL, |sent| {
        sent.edit("signature-input", ";created", ";alg=\"hmac-sha256\";created");
    }),
    ("an end added", NO_CREDENTIAL, |sent| sent.edit("signature-input", ";created", ";expires=99999999999;created")),
    ("parameters moved", NO_CREDENTIAL, |sent| sent.edit("signature-input", ";created", ";tag=\"a\";created")),
    ("components moved", NO_CREDENTIAL, |sent| {
        sent.edit("signature-input", "\"@method\" \"@authority\"", "\"@authority\" \"@method\"");
    }),
    ("a component dropped", "does not cover @path", |sent| sent.edit("signature-input", "\"@path\" ", "")),
    ("a shorter signature", NO_CREDENTIAL, |sent| sent.set("signature", "sig=:AAAA:")),
    ("an empty signature", NO_CREDENTIAL, |sent| sent.set("signature", "sig=::")),
    ("a longer signature", NO_CREDENTIAL, |sent| sent.edit("signature", "sig=:", "sig=:AAAA")),
    ("a signature that is a string", "no byte sequence", |sent| sent.set("signature", "sig=\"AAAA\"")),
    ("a signature that is a list", "different signatures", |sent| sent.set("signature", "sig=(:AAAA:)")),
    ("a signature by another name", "different signatures", |sent| sent.edit("signature", "sig=", "other=")),
    ("no signature", "both Signature and", |sent| sent.remove("signature")),
    ("no input", "both Signature and", |sent| sent.remove("signature-input")),
    ("a signature and no credential at all", MALFORMED, |sent| sent.set("signature", "Basic abc")),
    ("an input that breaks off", MALFORMED, |sent| sent.set("signature-input", "sig=(\"@method\"")),
    ("an input that is no list", ONE, |sent| sent.set("signature-input", "sig=\"@method\"")),
    ("an empty input", ONE, |sent| sent.set("signature-input", "")),
    ("an input in no letters", "both Signature and", |sent| sent.set("signature-input", "sig=é")),
    ("two signatures", ONE, |sent| {
        for name in ["signature", "signature-input"] {
            sent.set(name, &format!("{0}, {1}", sent.header(name), sent.header(name).replace("sig=", "two=")));
        }
    }),
    ("two signatures, one of them announced", ONE, |sent| {
        sent.set("signature", &format!("{0}, two=:AAAA:", sent.header("signature")));
    }),
    ("a signature twice", "twice", |sent| {
        let again = (*b"signature", sent.header("signature"));
        sent.headers.push((String::from_utf8_lossy(&again.0).into_owned(), again.1.into_bytes()));
    }),
    ("an input twice", "twice", |sent| {
        sent.set("signature-input", &format!("{0},{0}", sent.header("signature-input")));
    }),
];

fn change_time(sent: &mut Sent, seconds: i64) {
    let input = sent.header("signature-input");
    let (_, rest) = input.split_once("created=").expect("a time");
    let created: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let changed = created.parse::<i64>().expect("a time") + seconds;
    sent.edit("signature-input", &format!("created={created}"), &format!("created={changed}"));
}

#[tokio::test]
async fn what_may_not_be_signed_is_refused_everywhere() {
    let product = start().await;
    for endpoint in each_endpoint(&product, "m") {
        let where_there_is_a_body = if endpoint.request.body.is_empty() { &[][..] } else { &DIGESTED_WRONGLY };
        for (name, message, change) in SIGNED_WRONGLY.iter().chain(where_there_is_a_body) {
            let mut draft = endpoint.again();
            change(&mut draft);
            assert_refused(&draft.sign().send(&product).await, name, message);
        }
    }
    assert_that_nobody_heard(&product).await;
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_refused_everywhere() {
    let product = start().await;
    for endpoint in each_endpoint(&product, "m") {
        for (name, message, tamper) in TAMPERED {
            let mut sent = endpoint.again().sign();
            tamper(&mut sent);
            assert_refused(&sent.send(&product).await, name, message);
        }
        // Other endpoints at the same path, and another path.
        for method in ["POST", "PATCH", "DELETE", "GET"] {
            let mut sent = Sent { method: method.to_owned(), ..endpoint.again().sign() };
            sent.path = MEETING.to_owned();
            if (method, MEETING) != (&endpoint.request.method, &endpoint.request.path) {
                assert_refused(&sent.send(&product).await, method, NO_CREDENTIAL);
            }
        }
    }
    let meeting = draft(&product, "POST", MEETING, "[]").sign();
    let elsewhere = Sent { path: MEETING.replace("/meeting", "/availability"), ..meeting };
    assert_refused(&elsewhere.send(&product).await, "another path", NO_CREDENTIAL);
    assert_that_nobody_heard(&product).await;
}

#[tokio::test]
async fn another_body_is_refused_with_and_without_its_digest() {
    let product = start().await;
    for endpoint in each_endpoint(&product, "m") {
        let mut sent = endpoint.again().sign();
        sent.body = if sent.body.is_empty() { "{}".to_owned() } else { sent.body.replacen("contoso", "fabrikam", 1) };
        let message =
            if endpoint.request.body.is_empty() { "does not cover content-digest" } else { "that of the body" };
        assert_refused(&sent.send(&product).await, "another body", message);
        let digest = content_digest(&sent.body);
        sent.set("content-digest", &digest);
        let message = if endpoint.request.body.is_empty() { message } else { NO_CREDENTIAL };
        assert_refused(&sent.send(&product).await, "another body and its digest", message);
        if !endpoint.request.body.is_empty() {
            let gone = Sent { body: String::new(), ..endpoint.again().sign() };
            assert_refused(&gone.send(&product).await, "no body", "that of the body");
        }
    }
    assert_that_nobody_heard(&product).await;
}
