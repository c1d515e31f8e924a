//! Bodies: HTML to text and text to HTML, about as Exchange converts them.

use crate::html;
use crate::model::{Body, ContentType};

const TAB: &str = "<span style=\"white-space:pre\">\t</span>";

/// The body as HTML, a whole document.
pub(crate) fn as_html(body: &Body) -> String {
    const HEAD: &str = "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";
    match body.kind {
        ContentType::Html if body.content.to_ascii_lowercase().contains("<html") => body.content.clone(),
        ContentType::Html => format!("{HEAD}</head><body>{}</body></html>", body.content),
        ContentType::Text => format!(
            "{HEAD}<!-- converted from text --></head><body><div class=\"PlainText\">{}</div></body></html>",
            spaced(&escape(&body.content)).replace("\r\n", "<br>\r\n")
        ),
    }
}

/// The body as text, with CRLF line endings.
pub(crate) fn as_text(body: &Body) -> String {
    match body.kind {
        ContentType::Text => body.content.clone(),
        ContentType::Html => html::to_text(&body.content),
    }
}

/// Line endings as Exchange stores them.
pub(crate) fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

/// The first 255 characters, on one line as far as a preview is.
pub(crate) fn preview(body: &Body) -> String {
    as_text(body).trim().chars().take(255).collect()
}

/// Blanks as HTML shows them: all but the last of a run, and those at either end of a line.
fn spaced(text: &str) -> String {
    let lines = text.split("\r\n").map(|line| {
        let inner = line.trim_matches(' ');
        let (before, after) =
            (line.len() - line.trim_start_matches(' ').len(), line.len() - line.trim_end_matches(' ').len());
        let inner = inner.replace("  ", "&nbsp; ").replace("  ", " &nbsp;").replace('\t', TAB);
        if inner.is_empty() {
            "&nbsp;".repeat(line.len())
        } else {
            "&nbsp;".repeat(before) + &inner + &"&nbsp;".repeat(after)
        }
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(html: &str) -> String {
        as_text(&Body { kind: ContentType::Html, content: html.to_owned() })
    }

    #[test]
    fn html_becomes_lines() {
        assert_eq!(text_of("Hello<br>you &amp; <b>me</b> &#8211; &lt;3"), "Hello\r\nyou & me – <3");
        assert_eq!(text_of("<p>One</p><p>Two</p>"), "One\r\n\r\nTwo");
        assert_eq!(text_of("<div>One</div>\n<div>Two</div>"), "One\r\nTwo");
        assert_eq!(text_of("<html><head><style>p{}</style></head><body><!-- x -->a\n  b</body></html>"), "a b");
        assert_eq!(text_of("<a href=\"https://e.test/?a=1&amp;b\">Go</a>"), "Go<https://e.test/?a=1&b>");
        assert_eq!(text_of("<pre>a  b\nc</pre>"), "a  b\r\nc");
        assert_eq!(text_of("a<br><br>b"), "a\r\n\r\nb");
    }

    #[test]
    fn text_survives_its_html_form() {
        for content in ["a <b>\r\n\r\n  two & \"three\"", "a   b    c", " a\r\n   b \r\n\r\n  \r\nc", "\ta\tb \t c"] {
            let body = Body { kind: ContentType::Text, content: content.into() };
            assert_eq!(text_of(&as_html(&body)), body.content);
        }
    }
}
