//! Descriptions: plain text here, plain text or HTML there, and the block by which people join a Teams meeting.

use std::ops::Range;

/// Plain text as HTML that shows the same.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' | '\r' => html.push_str("<br>\n"),
            _ => html.push(c),
        }
    }
    // HTML shows a run of spaces as one.
    html.replace("  ", "&nbsp; ")
}

/// Text as it was sent, as far as line endings and space at its end go: Exchange writes its own.
pub(super) fn normalize(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end().to_owned()
}

/// New text above the join block of the body that the event has now: without its block the meeting would lose its link.
pub(super) fn with_join_block(text: &str, html_now: &str, join_url: Option<&str>) -> String {
    let text = escape(text);
    match join_block(html_now, join_url) {
        Some(block) => format!("<html><body>\n{text}<br>\n{}\n</body></html>", html_now[block].trim()),
        None => text,
    }
}

/// Links into a meeting, as Teams has written them over the years and clouds.
const JOIN_LINKS: [&str; 3] = ["/l/meetup-join/", "teams.microsoft.com/meet/", "teams.live.com/meet/"];
/// The line above (and below) the block.
const RULE: &str = "____________________";

/// Where the join block is: from the line (or else the element) above the link to the end of the document. Too much is
/// kept rather than too little where the block is of no known form.
fn join_block(html: &str, join_url: Option<&str>) -> Option<Range<usize>> {
    // The same length in bytes as the original, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    // The query of a link is written with entities here and without them there.
    let url = join_url.and_then(|url| url.split('?').next()).filter(|url| !url.is_empty()).map(str::to_ascii_lowercase);
    // The last link: an earlier one is something that a person wrote.
    let link = url
        .and_then(|url| lower.rfind(&url))
        .or_else(|| JOIN_LINKS.iter().filter_map(|link| lower.rfind(link)).max())?;
    let before = &lower[..link];
    let start = if let Some(rule_end) = before.rfind(RULE) {
        let rule = before[..rule_end].trim_end_matches('_').len();
        opening_tags_before(before, rule)
    } else if let Some(class) = before.rfind("me-email-text") {
        opening_tags_before(before, before[..class].rfind('<').unwrap_or(class))
    } else {
        let element = ["<div", "<p>", "<p ", "<table"].iter().filter_map(|tag| before.rfind(tag)).max();
        element.or_else(|| before.rfind("<a")).unwrap_or(link)
    };
    let end = lower[link..].find("</body").map_or(html.len(), |end| link + end);
    Some(start..end)
}

/// The start of the opening tags directly before `at`: they belong to what begins there.
fn opening_tags_before(html: &str, at: usize) -> usize {
    let mut start = at;
    loop {
        let before = html[..start].trim_end();
        let Some(tag) = before.strip_suffix('>').and_then(|inner| inner.rfind('<')) else { return start };
        let name = before[tag + 1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !matches!(name, "div" | "span" | "p" | "font" | "table" | "tbody" | "tr" | "td" | "section") {
            return start;
        }
        start = tag;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str =
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Zz%40thread.v2/0?context=%7b%22Tid%22%7d&x=1";

    fn rule() -> String {
        "<div style=\"width:100%\"><span style=\"opacity:.36\">________________________________________</span></div>"
            .to_owned()
    }

    fn link() -> String {
        format!("<a class=\"me-email-headline\" href=\"{}\">Join</a>", URL.replace('&', "&amp;"))
    }

    /// The body Teams has written for years: rule, block, rule.
    fn block() -> String {
        format!(
            "{}\r\n<div class=\"me-email-text\" lang=\"en-US\"><div>Teams</div>{}</div>\r\n{}",
            rule(),
            link(),
            rule()
        )
    }

    fn document(inner: &str) -> String {
        format!("<html><head></head>\r\n<body>\r\n{inner}\r\n</body>\r\n</html>")
    }

    #[test]
    fn text_shows_the_same_as_html() {
        assert_eq!(escape("a <b> & \"c\"\r\nd\n\n  e"), "a &lt;b&gt; &amp; &quot;c&quot;<br>\nd<br>\n<br>\n&nbsp; e");
        assert_eq!(escape(""), "");
    }

    #[test]
    fn text_reads_as_it_was_sent() {
        assert_eq!(normalize("a\r\nb\rc\n  d  \r\n\r\n"), "a\nb\nc\n  d");
    }

    #[test]
    fn the_block_stays_and_the_text_before_it_goes() {
        let now = document(&format!("Old &amp; text<br>\r\n<br>\r\n{}", block()));
        let next = with_join_block("New", &now, Some(URL));
        assert_eq!(next, format!("<html><body>\nNew<br>\n{}\n</body></html>", block()));
        // Again and again: nothing piles up.
        assert_eq!(with_join_block("New", &next, Some(URL)), next);
    }

    #[test]
    fn what_a_person_wrote_is_not_mistaken_for_the_block() {
        let written = format!("<p>{}</p>{}<p>Agenda</p>", link(), rule());
        let now = document(&format!("{written}{}", block()));
        assert_eq!(
            with_join_block("New", &now, Some(URL)),
            format!("<html><body>\nNew<br>\n{}\n</body></html>", block())
        );
    }

    #[test]
    fn the_block_is_known_without_its_rule_and_inside_its_wrapper() {
        let bare = format!("<div class=\"me-email-text\"><b>Teams</b>{}</div>", link());
        let wrapped = format!("<div class=\"me-email-text\" lang=\"en-US\"> {}<div>{}</div></div>", rule(), link());
        let unknown = format!("<p class=\"x\">Join: {}</p>", link());
        for block in [bare, wrapped, unknown] {
            let next = with_join_block("New", &document(&format!("<div>Old</div>{block}")), Some(URL));
            assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
        }
    }

    #[test]
    fn the_block_is_known_without_its_url_and_in_any_case() {
        let now = document(&format!("Old<br>{}", block())).to_ascii_uppercase();
        assert!(with_join_block("New", &now, None).contains("MEETUP-JOIN"));
        assert!(with_join_block("New", &now, Some(URL)).contains("MEETUP-JOIN"));
        assert!(!with_join_block("New", &now, Some("https://elsewhere.test/1")).contains("OLD"));
    }

    #[test]
    fn without_a_block_only_the_text_is_sent() {
        assert_eq!(with_join_block("a\nb", &document("<p>Old ____________________</p>"), Some(URL)), "a<br>\nb");
        assert_eq!(with_join_block("é<", "ö", None), "é&lt;");
    }
}
