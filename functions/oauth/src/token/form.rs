//! The request's form.

use convene::edge::{NotUtf8, Query};

use super::{refusal::Refusal, wire::TokenRequest};

/// Reads the form of a request.
pub(super) fn read(content_type: Option<&str>, body: &[u8]) -> Result<TokenRequest, Refusal> {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::invalid_request("The content type must be application/x-www-form-urlencoded."));
    }
    let form = Query::parse(body).map_err(|NotUtf8| Refusal::invalid_request("The form must be UTF-8."))?;
    let mut request = TokenRequest::default();
    let mut grant_type = None;
    for (name, value) in form.iter().filter(|(_, value)| !value.is_empty()) {
        let field = match name {
            "grant_type" => &mut grant_type,
            "username" => &mut request.username,
            "password" => &mut request.password,
            "refresh_token" => &mut request.refresh_token,
            "scope" => &mut request.scope,
            "client_id" => &mut request.client_id,
            "client_secret" => &mut request.client_secret,
            _ => continue,
        };
        if field.replace(value.to_owned()).is_some() {
            return Err(Refusal::invalid_request("A parameter is repeated."));
        }
    }
    request.grant_type = grant_type.ok_or_else(|| Refusal::invalid_request("The parameter grant_type is missing."))?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::{super::wire::ErrorCode, *};

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn refused(content_type: Option<&str>, body: &[u8]) -> bool {
        read(content_type, body).is_err_and(|refusal| refusal.code == ErrorCode::InvalidRequest)
    }

    #[test]
    fn a_form_is_decoded() {
        let body = b"grant_type=refresh_token&refresh_token=a.b%2B&scope=calendar.read+calendar.write&x=1&x=2";
        let request = read(Some("Application/X-WWW-form-urlencoded; charset=UTF-8"), body).expect("a form");
        assert_eq!(request.grant_type, "refresh_token");
        assert_eq!(request.refresh_token.as_deref(), Some("a.b+"));
        assert_eq!(request.scope.as_deref(), Some("calendar.read calendar.write"));
    }

    #[test]
    fn an_empty_parameter_is_absent() {
        let request = read(FORM, b"scope=&grant_type=x&client_id&scope=a&client_secret=").expect("a form");
        assert_eq!(request.scope.as_deref(), Some("a"));
        assert!(request.client_id.is_none() && request.client_secret.is_none());
        assert!(refused(FORM, b"grant_type="));
        assert!(refused(FORM, b""));
    }

    #[test]
    fn a_parameter_may_not_be_repeated() {
        for name in ["grant_type", "username", "password", "refresh_token", "scope", "client_id", "client_secret"] {
            assert!(refused(FORM, format!("grant_type=x&{name}=a&{name}=a").as_bytes()), "{name}");
        }
    }

    #[test]
    fn only_a_form_is_read() {
        for content_type in [None, Some(""), Some("application/json"), Some("application/x-www-form-urlencodedx")] {
            assert!(refused(content_type, b"grant_type=x"), "{content_type:?}");
        }
        assert!(refused(FORM, &[0xff, 0xfe, b'%', b'%', b'&', b'=']));
    }

    #[test]
    fn what_is_not_utf_8_is_no_parameter() {
        let sent = |value: &str| format!("grant_type=refresh_token&refresh_token={value}");
        for value in ["%ff", "%ED%A0%80", "%C3"] {
            assert!(refused(FORM, sent(value).as_bytes()), "{value}");
        }
        assert!(refused(FORM, b"grant_type=client_credentials&client_secret=\xff"));
        let replaced = read(FORM, sent("%EF%BF%BD").as_bytes()).expect("a form");
        assert_eq!(replaced.refresh_token.as_deref(), Some("\u{fffd}"));
    }
}
