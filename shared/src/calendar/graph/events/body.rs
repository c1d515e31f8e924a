//! Descriptions: plain text here, plain text or HTML there.

/// A tab in HTML. Browsers go by the first half of the style, Word, which Outlook on Windows shows mail with, by the
/// second.
const TAB: &str = "<span style=\"white-space:pre;mso-tab-count:1\">\t</span>";

/// Plain text as HTML that shows the same, and that is the same text again when it is read as text.
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
            // HTML shows a run of spaces as one, and none at either end of a line.
            ' ' if is_edge(before) || chars.peek() == Some(&' ') || is_edge(chars.peek().copied()) => {
                html.push_str("&nbsp;");
            }
            _ => html.push(c),
        }
        before = Some(c);
    }
    html
}

/// Whether a space beside it would go unseen: it is a line's end, the text's, or other white space.
fn is_edge(beside: Option<char>) -> bool {
    beside.is_none_or(|c| matches!(c, '\n' | '\t'))
}

/// Text as it was sent, as far as line endings and space at its end go: Exchange writes its own.
pub(super) fn normalize(text: &str) -> String {
    lines_of(text).trim_end().to_owned()
}

/// The same of a text that Exchange made of HTML, where spaces that do not break stand for those that HTML would not show.
pub(super) fn normalize_from_html(text: &str) -> String {
    normalize(&text.replace('\u{a0}', " "))
}

/// Text with one kind of line ending.
pub(super) fn lines_of(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_shows_the_same_as_html() {
        assert_eq!(escape("a <b> & \"c\"\r\nd\n\n  e"), "a &lt;b&gt; &amp; &quot;c&quot;<br>\nd<br>\n<br>\n&nbsp; e");
        assert_eq!(escape(""), "");
    }

    #[test]
    fn no_blank_is_lost_in_html() {
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
    fn a_tab_is_a_tab_in_html() {
        assert_eq!(escape("\ta\tb"), format!("{TAB}a{TAB}b"));
        assert_eq!(escape("a \t b"), format!("a&nbsp;{TAB}&nbsp;b"));
    }

    #[test]
    fn text_reads_as_it_was_sent() {
        assert_eq!(normalize("a\r\nb\rc\n  d  \r\n\r\n"), "a\nb\nc\n  d");
        // A space that does not break is one where it was sent as text.
        assert_eq!(normalize("a\u{a0} b"), "a\u{a0} b");
        assert_eq!(normalize_from_html("a\u{a0}\u{a0} b\r\n"), "a   b");
    }
}
