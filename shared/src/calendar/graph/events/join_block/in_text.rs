//! The join block in plain text, as reading an event returns it.

use std::ops::Range;

use super::link::{RULE, last_link, plain_url};
use crate::calendar::graph::events::body::lines_of;

/// Whether a text has a block: a link between two rules.
pub(super) fn shows_block(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let rules: Vec<usize> = (0..lines.len()).filter(|line| is_rule(lines[*line].trim())).collect();
    rules
        .windows(2)
        .any(|pair| lines[pair[0]..pair[1]].iter().any(|line| last_link(&line.to_ascii_lowercase()).is_some()))
}

/// Removes the join block from a text, once or several times. A link without the rest of the block stays.
pub(super) fn without_block(text: &str, block: &str, join_url: Option<&str>) -> String {
    let url = plain_url(join_url).filter(|url| block.to_ascii_lowercase().contains(url));
    let holds_link = |line: &str| {
        let line = line.to_ascii_lowercase();
        url.as_ref().map_or_else(|| last_link(&line).is_some(), |url| line.contains(url))
    };
    let shown = Shown::of(block);
    let mut text = lines_of(text);
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

/// The visible text of a join block, by which its copy in a text is found.
struct Shown {
    /// Whether it begins with a rule.
    ruled: bool,
    /// The first words after the rule, and the last words. Empty if there are none.
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

    /// The lines of the block around one of its links. `None`: the link has no block.
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
        // Text between two rules is the block even if its words differ.
        let start = rules.find(above_words).or_else(|| rule_below.map(|_| nearest))?;
        Some(start..rule_below.or_else(last_below).unwrap_or(lines.len() - 1) + 1)
    }
}

fn is_rule(text: &str) -> bool {
    text.len() >= RULE.len() && text.bytes().all(|byte| byte == b'_')
}

/// Text with each run of white space collapsed.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decodes the entities that occur in a block's words.
fn unescape(html: &str) -> String {
    let html = html.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    html.replace("&#39;", "'").replace("&amp;", "&")
}
