//! HTML pages.

use maud::Markup;

use super::Response;

/// A page loads nothing, runs no script, sends no form, and is shown in no frame.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl Response {
    /// An HTML page. [`maud::html!`] makes the markup and escapes every text in it; only `maud::PreEscaped` leaves a text as it is.
    ///
    /// The page's `Content-Security-Policy` allows nothing. A page that needs styles or a form sets the header to a policy that
    /// allows these.
    pub fn html(status: u16, page: Markup) -> Self {
        let response = Self::of_text(status, "text/html; charset=utf-8", page.into_string());
        response.header("content-security-policy", POLICY).header("x-content-type-options", "nosniff")
    }
}

#[cfg(test)]
mod tests {
    use maud::{DOCTYPE, html};

    use super::*;

    #[test]
    fn a_page_is_escaped_and_allows_nothing_by_default() {
        let name = "<script>\"&";
        let page = Response::html(404, html! { (DOCTYPE) p title=(name) { (name) } });
        let http = page.as_http();
        let header = |name| http.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((http.status().as_u16(), header("content-type")), (404, Some("text/html; charset=utf-8")));
        assert_eq!(
            (header("content-security-policy"), header("x-content-type-options")),
            (Some(POLICY), Some("nosniff"))
        );
        let escaped = "&lt;script&gt;&quot;&amp;";
        let expected = format!("<!DOCTYPE html><p title=\"{escaped}\">{escaped}</p>");
        assert_eq!(std::str::from_utf8(http.body()), Ok(expected.as_str()));
        let own = page.header("content-security-policy", "default-src 'self'");
        assert_eq!(own.as_http().headers().get_all("content-security-policy").iter().count(), 1);
    }
}
