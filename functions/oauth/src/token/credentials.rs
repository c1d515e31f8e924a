//! How a client proves itself: HTTP Basic, or parameters of the form (RFC 6749, section 2.3.1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::{refusal::Refusal, wire::TokenRequest};

/// A client's id and secret, yet to be checked.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) secret: SecretString,
}

/// Reads the credentials of a request from its Authorization headers and its form.
pub(super) fn read<'a>(
    authorization: impl IntoIterator<Item = &'a str>,
    request: &TokenRequest,
) -> Result<Credentials, Refusal> {
    let mut headers = authorization.into_iter();
    let Some(header) = headers.next() else { return from_form(request) };
    if headers.next().is_some() {
        return Err(Refusal::invalid_client("there is more than one Authorization header"));
    }
    let credentials =
        basic(header).ok_or_else(|| Refusal::invalid_client("the Authorization header is no valid Basic header"))?;
    // Many clients name themselves in the form too. That proves nothing, so it is no second way of proving.
    let names_another = request.client_id.as_ref().is_some_and(|id| *id != credentials.client_id);
    if request.client_secret.is_some() || names_another {
        return Err(Refusal::invalid_request("The client proves itself in two ways."));
    }
    Ok(credentials)
}

fn from_form(request: &TokenRequest) -> Result<Credentials, Refusal> {
    match (&request.client_id, &request.client_secret) {
        (Some(id), Some(secret)) => {
            Ok(Credentials { client_id: id.clone(), secret: SecretString::from(secret.as_str()) })
        }
        _ => Err(Refusal::invalid_client("the request has no client credentials")),
    }
}

fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim_start()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let (client_id, secret) = (decoded(id)?, decoded(secret)?);
    (!client_id.is_empty() && !secret.is_empty()).then(|| Credentials { client_id, secret: SecretString::from(secret) })
}

/// Undoes the encoding of forms, which the RFC asks for within Basic as well.
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

    fn read_header(header: &str, request: &TokenRequest) -> Result<Credentials, ErrorCode> {
        read([header], request).map_err(|refusal| refusal.code)
    }

    fn form(id: Option<&str>, secret: Option<&str>) -> TokenRequest {
        TokenRequest {
            client_id: id.map(str::to_owned),
            client_secret: secret.map(str::to_owned),
            ..TokenRequest::default()
        }
    }

    #[test]
    fn basic_is_decoded_twice() {
        for (text, id, secret) in [
            ("contoso.crm:secret", "contoso.crm", "secret"),
            ("contoso%2Ecrm:a%3Ab+c%25", "contoso.crm", "a:b c%"),
            ("contoso.crm:with:colons:", "contoso.crm", "with:colons:"),
            ("contoso.crm:100%", "contoso.crm", "100%"),
        ] {
            let read = read_header(&basic_header(text), &TokenRequest::default()).expect(text);
            assert_eq!((read.client_id.as_str(), read.secret.expose_secret()), (id, secret));
        }
        let lower_case = basic_header("contoso.crm:secret").replacen("Basic", "basic ", 1);
        assert!(read_header(&lower_case, &TokenRequest::default()).is_ok());
    }

    #[test]
    fn a_malformed_basic_header_is_an_invalid_client() {
        let headers = ["", "Basic", "Basic ", "Basic !!!!", "Basic YQ", "Bearer abc", "Basic é", "Basic YTpi YTpi"];
        let texts = ["no-colon", ":secret", "id:", ":", "id:%ff"];
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
