//! A request as a signature sees it: the components of RFC 9421, section 2, that are served here.

use std::borrow::Cow;

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, header};

/// A request as it arrived. API Gateway's HTTP APIs decode the path's percent-encodings before anybody sees it, and join
/// the lines of a header by a comma without a blank: a signer must not need either.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query, as it was sent, without its question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, decoded from the transport's base64 where it came so.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// The value that a component of this name has in the signature base.
    pub(super) fn component(&self, name: &str) -> Result<Cow<'_, str>, &'static str> {
        let value: Cow<'_, str> = match name {
            "@method" => self.method.into(),
            "@authority" => self.authority()?.into(),
            "@path" if self.path.is_empty() => "/".into(),
            "@path" => self.path.into(),
            "@query" => format!("?{}", self.query).into(),
            name if name.starts_with('@') => return Err("The signature covers a component that is not served here."),
            name => return self.field(name),
        };
        // A line break, which a path may have once it is decoded, could pass for the next component's line.
        if value.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(value)
        } else {
            Err("The request's method, host, path or query has characters that must be percent-encoded.")
        }
    }

    /// The host in lower case, without the port that its scheme implies.
    fn authority(&self) -> Result<String, &'static str> {
        let mut hosts = self.headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err("The request has not one Host header.");
        };
        let host = text(host)?.to_ascii_lowercase();
        // Set by API Gateway, whatever the caller sent.
        let is_plain = self.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "http");
        let implied = if is_plain { ":80" } else { ":443" };
        Ok(host.strip_suffix(implied).unwrap_or(&host).to_owned())
    }

    /// All lines of a header field, as RFC 9421, section 2.1, joins them.
    pub(super) fn field(&self, name: &str) -> Result<Cow<'_, str>, &'static str> {
        // Names are written in lower case, which also keeps whatever would need escaping out of the signature base.
        let name =
            HeaderName::from_lowercase(name.as_bytes()).map_err(|_| "The signature covers an unknown component.")?;
        let mut lines = self.headers.get_all(name).iter();
        let first = lines.next().ok_or("The signature covers a header that the request does not have.")?;
        lines.try_fold(Cow::Borrowed(text(first)?), |all, line| Ok(Cow::Owned(format!("{all}, {}", text(line)?))))
    }
}

fn text(line: &HeaderValue) -> Result<&str, &'static str> {
    line.to_str().map(str::trim).map_err(|_| "A header that the signature covers is not text.")
}
