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
/// Text that came from reading the event has the block at its end already, as text: that goes, or blocks would pile up.
pub(super) fn with_join_block(text: &str, html_now: &str, join_url: Option<&str>) -> String {
    match join_block(html_now, join_url) {
        Some(block) => {
            let block = html_now[block].trim();
            let text = escape(&without_block(text, block, join_url));
            format!("<html><body>\n{text}<br>\n{block}\n</body></html>")
        }
        None => escape(text),
    }
}

/// Links into a meeting, as Teams has written them over the years and clouds.
const JOIN_LINKS: [&str; 3] = ["/l/meetup-join/", "teams.microsoft.com/meet/", "teams.live.com/meet/"];
/// The line above (and below) the block.
const RULE: &str = "____________________";
/// What Teams calls the elements of the block.
const CLASS: &str = "me-email-text";

/// The address to join at as it is looked for: the query of a link is written with entities here and without them there.
fn plain_url(join_url: Option<&str>) -> Option<String> {
    join_url.and_then(|url| url.split('?').next()).filter(|url| !url.is_empty()).map(str::to_ascii_lowercase)
}

/// Where the join block is: from the line (or else the element) above the link to the end of the document. Too much is
/// kept rather than too little where the block is of no known form.
fn join_block(html: &str, join_url: Option<&str>) -> Option<Range<usize>> {
    // The same length in bytes as the original, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    // The last link: an earlier one is something that a person wrote.
    let link = plain_url(join_url).and_then(|url| lower.rfind(&url)).or_else(|| last_link(&lower))?;
    let end = lower[link..].find("</body").map_or(html.len(), |end| link + end);
    Some(block_start(&lower, link)..end)
}

fn last_link(lower: &str) -> Option<usize> {
    JOIN_LINKS.iter().filter_map(|link| lower.rfind(link)).max()
}

/// Where the block around a link starts.
fn block_start(lower: &str, link: usize) -> usize {
    let before = &lower[..link];
    // A rule only as a line of its own right above the block: any other is a line that a person drew, or one to sign on.
    if let Some(end) = before.rfind(RULE).map(|rule| rule + RULE.len()) {
        let rule = before[..end].trim_end_matches('_').len();
        let start = opening_tags_before(before, rule);
        let is_known = || before[start..end].contains(CLASS) || leads_to_block(&lower[end..], link - end);
        // A block of no known form stands between two rules.
        let is_between = || !before[end..].contains(CLASS) && lower[link..].contains(RULE);
        if begins_line(&before[..start], &before[start..rule]) && (is_known() || is_between()) {
            return start;
        }
    }
    // Without a rule: its outermost element, below any link that a person wrote.
    let above = last_link(before).unwrap_or(0);
    let class = before[above..].find(CLASS).map(|at| above + at).or_else(|| before.rfind(CLASS));
    if let Some(class) = class {
        return opening_tags_before(before, before[..class].rfind('<').unwrap_or(class));
    }
    let element = ["<div", "<p>", "<p ", "<table"].iter().filter_map(|tag| before.rfind(tag)).max();
    element.or_else(|| before.rfind("<a")).unwrap_or(link)
}

/// Whether nothing but tags and white space stands before the block, which an element of it or the link shows.
fn leads_to_block(from: &str, link: usize) -> bool {
    let mut html = from;
    loop {
        html = html.trim_start();
        if let Some(after) = html.strip_prefix("&nbsp;") {
            html = after;
            continue;
        }
        let Some(end) = html.find('>').filter(|_| html.starts_with('<')) else { return false };
        if html[..end].contains(CLASS) || from.len() - html.len() + end > link {
            return true;
        }
        html = &html[end + 1..];
    }
}

/// Whether a line begins after these opening tags, with that before them.
fn begins_line(before: &str, tags: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with('>') || ["<div", "<p", "<t"].iter().any(|tag| tags.contains(tag))
}

/// Text without the join block that it holds as text, once or several times. A link that somebody wrote without the rest
/// of the block stays.
fn without_block(text: &str, block: &str, join_url: Option<&str>) -> String {
    let url = plain_url(join_url).filter(|url| block.to_ascii_lowercase().contains(url));
    let holds_link = |line: &str| {
        let line = line.to_ascii_lowercase();
        url.as_ref().map_or_else(|| last_link(&line).is_some(), |url| line.contains(url))
    };
    let shown = Shown::of(block);
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    loop {
        let lines: Vec<&str> = text.split('\n').collect();
        let mut with_link = (0..lines.len()).rev().filter(|line| holds_link(lines[*line]));
        let Some(found) = with_link.find_map(|link| shown.around(&lines, link)) else { return text };
        let (above, below) = (lines[..found.start].join("\n"), lines[found.end..].join("\n"));
        let (above, below) = (above.trim_end(), below.trim());
        text =
            if above.is_empty() || below.is_empty() { format!("{above}{below}") } else { format!("{above}\n{below}") };
    }
}

/// What a join block shows, by which its copy in a text is known.
struct Shown {
    /// It begins with a rule.
    ruled: bool,
    /// The first words after that, and the last ones. Empty where it shows none.
    first: String,
    last: String,
}

impl Shown {
    fn of(block: &str) -> Self {
        let texts = block.split('<').enumerate().map(|(n, part)| {
            let text = if n == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) };
            one_line(&unescape(text))
        });
        let (lines_drawn, texts): (Vec<(usize, String)>, Vec<_>) =
            texts.enumerate().filter(|(_, text)| !text.is_empty()).partition(|(_, text)| is_rule(text));
        let begins_with = |rule: &(usize, String)| texts.first().is_none_or(|text| rule.0 < text.0);
        let ruled = lines_drawn.first().is_some_and(begins_with);
        let words = |text: Option<&(usize, String)>| text.map(|text| text.1.clone()).unwrap_or_default();
        Self { ruled, first: words(texts.first()), last: words(texts.last()) }
    }

    /// The lines of the block around one of its links. `None`: the link stands alone.
    fn around(&self, lines: &[&str], link: usize) -> Option<Range<usize>> {
        let begins = |line: &str| !self.first.is_empty() && one_line(line).starts_with(&self.first);
        let rule_below = (link + 1..lines.len()).find(|line| is_rule(lines[*line].trim()));
        let last_below =
            || (link..lines.len()).find(|line| !self.last.is_empty() && one_line(lines[*line]).contains(&self.last));
        if !self.ruled {
            let start = (0..=link).rev().find(|line| begins(lines[*line]))?;
            return Some(start..last_below().unwrap_or(lines.len() - 1) + 1);
        }
        let mut rules = (0..link).rev().filter(|line| is_rule(lines[*line].trim()));
        let nearest = rules.clone().next()?;
        let above_words = |rule: &usize| {
            let next = lines[rule + 1..=link].iter().find(|line| !line.trim().is_empty());
            next.is_some_and(|line| begins(line))
        };
        // Between two rules it is the block also where its words are not the same.
        let start = rules.find(above_words).or_else(|| rule_below.map(|_| nearest))?;
        Some(start..rule_below.or_else(last_below).unwrap_or(lines.len() - 1) + 1)
    }
}

fn is_rule(text: &str) -> bool {
    text.len() >= RULE.len() && text.bytes().all(|byte| byte == b'_')
}

/// Text with each run of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The entities that the words of a block are written with.
fn unescape(html: &str) -> String {
    let html = html.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    html.replace("&#39;", "'").replace("&amp;", "&")
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

    #[test]
    fn a_line_to_sign_on_is_no_rule_of_the_block() {
        let bare = format!("<div class=\"me-email-text\"><span class=\"me-email-text\">Teams</span>{}</div>", link());
        let unknown = format!("<p class=\"x\">Join: {}</p>", link());
        for written in ["<p>Sign here: ____________________________</p>", "<p>____________________________</p>Agenda"] {
            for block in [&bare, &unknown] {
                let next = with_join_block("New", &document(&format!("{written}{block}")), Some(URL));
                assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
            }
        }
        // The form of today: the rule within the element, the name below it.
        let today = format!(
            "<div class=\"me-email-text\" lang=\"en-US\">\r\n{}\r\n<div><b>Teams</b> <a href=\"x\">Help?</a></div>{}\r\n{}</div>",
            rule(),
            link(),
            rule()
        );
        // Of text that Teams added to text there are no elements to be known by.
        let plain = format!("{}\r\nTeams<br>\r\nJoin: {}<br>\r\n{}", rule(), link(), rule());
        for block in [today, plain] {
            let now = document(&format!("<p>Sign: ____________________</p>Old<br>{block}"));
            let next = with_join_block("New", &now, Some(URL));
            assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
        }
    }

    /// What reading the event shows of a block.
    fn shown(ruled: bool) -> String {
        let rule = if ruled { "________________________________________\n" } else { "" };
        format!("{rule}Teams\nJoin<{URL}>\n{rule}")
    }

    #[test]
    fn a_text_that_was_read_with_its_block_loses_it() {
        let bare = format!("<div class=\"me-email-text\"><div>Teams</div>{}</div>", link());
        for (block, ruled) in [(block(), true), (bare, false)] {
            let now = document(&format!("Old<br>{block}"));
            let expected = |text: &str| format!("<html><body>\n{text}<br>\n{block}\n</body></html>");
            let shown = shown(ruled);
            for (text, kept) in [
                (format!("New\n\n{shown}"), "New"),
                (format!("New\r\n{}", shown.replace('\n', "\r\n")), "New"),
                (shown.clone(), ""),
                (format!("New\n{shown}\n{shown}{shown}"), "New"),
                (format!("New\n{shown}\nBelow"), "New<br>\nBelow"),
                ("Sign: ____________________\nNew\n".to_owned() + &shown, "Sign: ____________________<br>\nNew"),
            ] {
                assert_eq!(with_join_block(&text, &now, Some(URL)), expected(kept), "{text}");
                assert_eq!(with_join_block(&text, &now, None), expected(kept), "{text}");
            }
        }
    }

    #[test]
    fn a_link_that_somebody_wrote_stays() {
        let now = document(&block());
        for text in [format!("Join {URL}"), format!("____________________\nPoints\n{URL}")] {
            let next = with_join_block(&text, &now, Some(URL));
            assert!(next.contains(&escape(&text)), "{next}");
        }
    }
}
