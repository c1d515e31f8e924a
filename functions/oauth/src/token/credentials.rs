//! How a client proves itself: HTTP Basic, or parameters of the form (RFC 6749, section 2.3.1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use convene::auth::ClientCredentials;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::{refusal::Refusal, wire::TokenRequest};

/// Whether a request has client credentials of any kind.
pub(super) fn are_in<'a>(authorization: impl IntoIterator<Item = &'a str>, request: &TokenRequest) -> bool {
    request.client_id.is_some() || request.client_secret.is_some() || authorization.into_iter().next().is_some()
}

/// Reads the credentials of a request from its Authorization headers and its form, in each way they can be understood.
pub(super) fn read<'a>(
    authorization: impl IntoIterator<Item = &'a str>,
    request: &TokenRequest,
) -> Result<Vec<ClientCredentials>, Refusal> {
    let mut headers = authorization.into_iter();
    let Some(header) = headers.next() else { return from_form(request) };
    if headers.next().is_some() {
        return Err(Refusal::invalid_client("there is more than one Authorization header"));
    }
    let readings = basic(header).unwrap_or_default();
    if readings.is_empty() {
        return Err(Refusal::invalid_client("the Authorization header is no valid Basic header"));
    }
    // Many clients name themselves in the form too. That proves nothing, so it is no second way of proving.
    let is_another = |id: &String| readings.iter().all(|reading| reading.client_id != *id);
    if request.client_secret.is_some() || request.client_id.as_ref().is_some_and(is_another) {
        return Err(Refusal::invalid_request("The client proves itself in two ways."));
    }
    Ok(readings)
}

fn from_form(request: &TokenRequest) -> Result<Vec<ClientCredentials>, Refusal> {
    match (&request.client_id, &request.client_secret) {
        (Some(id), Some(secret)) => {
            Ok(vec![ClientCredentials { client_id: id.clone(), secret: SecretString::from(secret.as_str()) }])
        }
        _ => Err(Refusal::invalid_client("the request has no client credentials")),
    }
}

/// The RFC has id and secret form-urlencoded within Basic; most clients send them as they are. Both are read where they
/// differ.
fn basic(header: &str) -> Option<Vec<ClientCredentials>> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim_start()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let as_sent = (id.to_owned(), secret.to_owned());
    let encoded = decoded(id).zip(decoded(secret)).filter(|encoded| *encoded != as_sent);
    let readings = encoded.into_iter().chain([as_sent]).filter(|(id, secret)| !id.is_empty() && !secret.is_empty());
    let credentials = |(client_id, secret)| ClientCredentials { client_id, secret: SecretString::from(secret) };
    Some(readings.map(credentials).collect())
}

/// Undoes the encoding of forms.
fn decoded(part: &str) -> Option<String> {
    let part = part.replace('+', " ");
    percent_decode_str(&part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{super::wire::ErrorCode, *};

    fn basic_header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn read_header(header: &str, request: &TokenRequest) -> Result<Vec<(String, String)>, ErrorCode> {
        let readings = read([header], request).map_err(|refusal| refusal.code)?;
        Ok(readings.into_iter().map(|one| (one.client_id, one.secret.expose_secret().to_owned())).collect())
    }

    fn form(id: Option<&str>, secret: Option<&str>) -> TokenRequest {
        TokenRequest {
            client_id: id.map(str::to_owned),
            client_secret: secret.map(str::to_owned),
            ..TokenRequest::default()
        }
    }

    #[test]
    fn basic_is_read_encoded_as_forms_are_and_as_it_is() {
        for (text, expected) in [
            ("contoso.crm:secret", &[("contoso.crm", "secret")][..]),
            ("contoso%2Ecrm:a%3Ab+c%25", &[("contoso.crm", "a:b c%"), ("contoso%2Ecrm", "a%3Ab+c%25")]),
            ("contoso.crm:with:colons:", &[("contoso.crm", "with:colons:")]),
            ("contoso.crm:100%", &[("contoso.crm", "100%")]),
            ("contoso.crm:a+b", &[("contoso.crm", "a b"), ("contoso.crm", "a+b")]),
            ("contoso.crm:a%ff", &[("contoso.crm", "a%ff")]),
        ] {
            let read = read_header(&basic_header(text), &TokenRequest::default()).expect(text);
            let read: Vec<_> = read.iter().map(|(id, secret)| (id.as_str(), secret.as_str())).collect();
            assert_eq!(read, expected);
        }
        let lower_case = basic_header("contoso.crm:secret").replacen("Basic", "basic ", 1);
        assert!(read_header(&lower_case, &TokenRequest::default()).is_ok());
    }

    #[test]
    fn a_malformed_basic_header_is_an_invalid_client() {
        let headers = ["", "Basic", "Basic ", "Basic !!!!", "Basic YQ", "Bearer abc", "Basic é", "Basic YTpi YTpi"];
        let texts = ["no-colon", ":secret", "id:", ":"];
        for header in headers.into_iter().map(str::to_owned).chain(texts.map(basic_header)) {
            let outcome = read_header(&header, &form(Some("contoso.crm"), Some("secret")));
            assert_eq!(outcome.err(), Some(ErrorCode::InvalidClient), "{header:?}");
        }
        let bytes = format!("Basic {}", STANDARD.encode([0xff, b':', b'a']));
        assert_eq!(read_header(&bytes, &TokenRequest::default()).err(), Some(ErrorCode::InvalidClient));
        let header = basic_header("contoso.crm:secret");
        let twice = read([header.as_str(), header.as_str()], &TokenRequest::default());
        assert!(twice.is_err_and(|refusal| refusal.code == ErrorCode::InvalidClient));
    }

    #[test]
    fn a_client_proves_itself_in_one_way() {
        let header = basic_header("contoso.crm:secret");
        assert!(read_header(&header, &form(Some("contoso.crm"), None)).is_ok());
        for request in [form(Some("contoso.crm"), Some("secret")), form(None, Some("secret")), form(Some("x"), None)] {
            assert_eq!(read_header(&header, &request).err(), Some(ErrorCode::InvalidRequest));
        }
        let encoded = basic_header("contoso.a%2Bb:secret");
        for (id, fits) in [("contoso.a+b", true), ("contoso.a%2Bb", true), ("contoso.a b", false)] {
            assert_eq!(read_header(&encoded, &form(Some(id), None)).is_ok(), fits, "{id}");
        }
    }

    #[test]
    fn the_form_needs_both_parts() {
        let none = || std::iter::empty::<&str>();
        assert!(read(none(), &form(Some("contoso.crm"), Some("secret"))).is_ok());
        for request in [form(None, None), form(Some("contoso.crm"), None), form(None, Some("secret"))] {
            assert!(read(none(), &request).is_err_and(|refusal| refusal.code == ErrorCode::InvalidClient));
        }
    }
}
