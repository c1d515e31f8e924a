//! Bodies: plain text in Convene, plain text or HTML in Graph.

/// A tab in HTML. Browsers use the first half of the style. Outlook on Windows renders with Word, which uses the second.
const TAB: &str = "<span style=\"white-space:pre;mso-tab-count:1\">\t</span>";

/// Plain text as HTML that looks the same, and that Exchange converts back to the same text.
pub(super) fn escape(text: &str) -> String {
    let text = lines_of(text);
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>\n"),
            '\t' => html.push_str(TAB),
            // HTML collapses runs of spaces, and drops spaces at both ends of a line.
            ' ' if is_edge(before) || chars.peek() == Some(&' ') || is_edge(chars.peek().copied()) => {
                html.push_str("&nbsp;");
            }
            _ => html.push(c),
        }
        before = Some(c);
    }
    html
}

/// Whether HTML would drop a space beside this character: the end of the text or of a line, or a tab.
fn is_edge(beside: Option<char>) -> bool {
    beside.is_none_or(|c| matches!(c, '\n' | '\t'))
}

/// Text with line endings as they were sent, and without white space at its end, both of which Exchange changes.
pub(super) fn normalize(text: &str) -> String {
    lines_of(text).trim_end().to_owned()
}

/// Like `normalize`, for text that Exchange converted from HTML: `escape` writes non-breaking spaces there.
pub(super) fn normalize_from_html(text: &str) -> String {
    normalize(&text.replace('\u{a0}', " "))
}

/// Text with `\n` as its only line ending.
pub(super) fn lines_of(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a <b> & \"c\"\r\nd\n\n  e"), "a &lt;b&gt; &amp; &quot;c&quot;<br>\nd<br>\n<br>\n&nbsp; e");
        assert_eq!(escape(""), "");
    }

    #[test]
    fn spaces_that_html_drops_are_non_breaking() {
        for (text, html) in [
            ("a b", "a b"),
            ("a  b", "a&nbsp; b"),
            ("a   b", "a&nbsp;&nbsp; b"),
            ("a    b", "a&nbsp;&nbsp;&nbsp; b"),
            (" a", "&nbsp;a"),
            ("  a", "&nbsp; a"),
            ("   a", "&nbsp;&nbsp; a"),
            ("a ", "a&nbsp;"),
            ("a\n b \n", "a<br>\n&nbsp;b&nbsp;<br>\n"),
            (" ", "&nbsp;"),
        ] {
            assert_eq!(escape(text), html, "{text:?}");
        }
    }

    #[test]
    fn tabs_are_kept() {
        assert_eq!(escape("\ta\tb"), format!("{TAB}a{TAB}b"));
        assert_eq!(escape("a \t b"), format!("a&nbsp;{TAB}&nbsp;b"));
    }

    #[test]
    fn normalize_undoes_what_exchange_changes() {
        assert_eq!(normalize("a\r\nb\rc\n  d  \r\n\r\n"), "a\nb\nc\n  d");
        // In text that was sent as text, a non-breaking space stays.
        assert_eq!(normalize("a\u{a0} b"), "a\u{a0} b");
        assert_eq!(normalize_from_html("a\u{a0}\u{a0} b\r\n"), "a   b");
    }
}
