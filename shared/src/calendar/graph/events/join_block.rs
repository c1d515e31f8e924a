//! The block by which people join a Teams meeting. Teams writes it at the end of the body. An event whose body loses the block
//! is not an online meeting any more.

mod elements;
mod in_text;
mod link;

use std::ops::Range;

use elements::Element;
use in_text::{shows_block, without_block};
use link::{RULE, last_link, plain_url};

use super::body::escape;

/// The CSS class of the block's elements.
const CLASS: &str = "me-email-text";

/// Finds the join block of an HTML body. It ends where the document ends. If its form is unknown, rather too much is kept than
/// too little. Without the event's own link only a block of a known form counts, since a person may have written any other
/// link.
pub(super) fn find(html: &str, join_url: Option<&str>) -> Option<Range<usize>> {
    // Lowercasing ASCII keeps byte positions.
    let lower = html.to_ascii_lowercase();
    // The last link: a person wrote the earlier ones, or they belong to the same block.
    let own = plain_url(join_url).and_then(|url| lower.rfind(&url));
    let link = own.or_else(|| last_link(&lower))?;
    let start = match (known_start(&lower, link), own) {
        (Some(start), _) => start,
        (None, Some(_)) => unknown_start(&lower, link),
        (None, None) => return None,
    };
    let end = lower[link..].find("</body").map_or(html.len(), |end| link + end);
    Some(start..end)
}

/// Whether a body, HTML or text, has a join block.
pub(super) fn is_in(body: &str) -> bool {
    find(body, None).is_some() || shows_block(body)
}

/// New text above the event's current join block. Text that came from reading the event ends with the block as text, which is
/// removed so that blocks do not accumulate.
pub(super) fn below(text: &str, block: &str, join_url: Option<&str>) -> String {
    let block = block.trim();
    let text = escape(&without_block(text, block, join_url));
    format!("<html><body>\n{text}<br>\n{block}\n</body></html>")
}

/// A block for a meeting whose body has lost its link.
pub(super) fn of_link(join_url: &str) -> String {
    let url = escape(join_url);
    format!("<div class=\"{CLASS}\">\n<div>Microsoft Teams meeting</div>\n<a href=\"{url}\">{url}</a>\n</div>")
}

/// Where the block around a link starts, if it has a form that Teams writes: at the rule above it, or at its outermost element,
/// whichever comes first. An element may contain the rule, and the block may have a second link and a rule before that.
fn known_start(lower: &str, link: usize) -> Option<usize> {
    let elements = elements::of(lower);
    let named = |element: &&Element<'_>| element.contains(link) && lower[element.start..element.inner].contains(CLASS);
    let element = elements.iter().find(named).map(|element| with_those_above(lower, &elements, element.start));
    let element = element.map(|start| opening_tags_before(lower, start));
    element.into_iter().chain(rule_above(lower, link)).min()
}

/// Where a block of several elements starts, given the start of its last element.
fn with_those_above(lower: &str, elements: &[Element<'_>], mut start: usize) -> usize {
    loop {
        let end = without_blank_end(&lower[..start]).len();
        let above = elements.iter().find(|element| element.end == end && element.start < start);
        match above.filter(|element| lower[element.start..element.end].contains(CLASS)) {
            Some(element) => start = element.start,
            None => return start,
        }
    }
}

/// HTML without trailing white space and empty lines.
fn without_blank_end(html: &str) -> &str {
    let mut html = html.trim_end();
    while let Some(rest) = ["&nbsp;", "<br>", "<br/>", "<br />"].iter().find_map(|blank| html.strip_suffix(blank)) {
        html = rest.trim_end();
    }
    html
}

/// The rule above a block, if it is a line of its own directly above it. Any other rule is one that a person drew, or a line to
/// sign on.
fn rule_above(lower: &str, link: usize) -> Option<usize> {
    let before = &lower[..link];
    let end = before.rfind(RULE).map(|rule| rule + RULE.len())?;
    let rule = before[..end].trim_end_matches('_').len();
    let start = opening_tags_before(before, rule);
    let is_known = || before[start..end].contains(CLASS) || leads_to_block(&lower[end..], link - end);
    // A block of unknown form is between two rules.
    let is_between = || !before[end..].contains(CLASS) && lower[link..].contains(RULE);
    (begins_line(&before[..start], &before[start..rule]) && (is_known() || is_between())).then_some(start)
}

/// Where a block of unknown form starts: at the element around its link, or around the last two links if one element contains
/// both.
fn unknown_start(lower: &str, link: usize) -> usize {
    let before = &lower[..link];
    let elements = elements::of(lower);
    let mut blocks: Vec<_> = elements.iter().filter(|element| element.contains(link)).collect();
    blocks.retain(|element| matches!(element.name, "div" | "p" | "table" | "section"));
    let around_both = last_link(before).and_then(|other| blocks.iter().rfind(|element| element.contains(other)));
    if let Some(element) = around_both.or(blocks.last()) {
        return element.start;
    }
    let element = ["<div", "<p>", "<p ", "<table"].iter().filter_map(|tag| before.rfind(tag)).max();
    element.or_else(|| before.rfind("<a")).unwrap_or(link)
}

/// Whether only tags and white space come before the block, whose first element or link ends the search.
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

/// Whether a line begins at these opening tags, given the HTML before them.
fn begins_line(before: &str, tags: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with('>') || ["<div", "<p", "<t"].iter().any(|tag| tags.contains(tag))
}

/// The start of the opening tags directly before `at`, which belong to the content at `at`.
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
mod tests;
