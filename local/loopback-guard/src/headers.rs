//! The headers that tell a browser to keep an answer from every other site.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const FIXED: [(HeaderName, &str); 4] = [
    // A page cannot include an answer as a script by calling it one.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // No other origin may include an answer at all. What a page reads by CORS is not included.
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // A page that opened this one in a window keeps no hold of it.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

const NO_FRAMES: &str = "frame-ancestors 'none'";

/// Takes away what would let other origins read the answer.
pub(crate) fn remove_cors(headers: &mut HeaderMap) {
    let cors: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in cors {
        headers.remove(name);
    }
}

/// Sets them.
pub(crate) fn close(headers: &mut HeaderMap) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A browser applies every policy that it is sent, so an answer's own one stays beside this.
    headers.append(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_FRAMES));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_loses_its_cors_headers_and_keeps_its_own_policy() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
        remove_cors(&mut headers);
        close(&mut headers);
        assert!(!headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{headers:?}");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        let policies: Vec<_> = headers.get_all(header::CONTENT_SECURITY_POLICY).iter().collect();
        assert_eq!(policies, ["default-src 'none'", NO_FRAMES]);
    }
}
