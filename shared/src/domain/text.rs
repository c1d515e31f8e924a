//! Texts of events, as Exchange can store them. The texts of a request become these types before anything is sent, and the fingerprint
//! is made of them.

use std::{ops::Deref, sync::Arc};

use unicode_segmentation::UnicodeSegmentation as _;

/// The longest subject and the longest location in Exchange, in UTF-16 code units. Source for locations: MS-OXCICAL, LOCATION.
const MAX_LINE: usize = 255;

/// A subject or a location: one line of at most 255 UTF-16 code units.
///
/// Line breaks, tabs and other control characters that are white space become blanks; control characters that are not, and
/// noncharacters, are removed. A longer text is cut before the character that does not fit, accents included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleLine(Arc<str>);

/// A body: lines that end in `\n`.
///
/// Tabs stay. Other control characters become blanks if they are white space; those that are not, and noncharacters, are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainText(Arc<str>);

impl From<&str> for SingleLine {
    fn from(text: &str) -> Self {
        let line: String = text.replace("\r\n", " ").chars().filter_map(storable).collect();
        Self(cut(&line).into())
    }
}

impl From<&str> for PlainText {
    fn from(text: &str) -> Self {
        let storable = |c| match c {
            '\r' | '\n' => Some('\n'),
            '\t' => Some('\t'),
            other => storable(other),
        };
        let text: String = text.replace("\r\n", "\n").chars().filter_map(storable).collect();
        Self(text.into())
    }
}

impl From<String> for SingleLine {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for PlainText {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl Deref for SingleLine {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Deref for PlainText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A text without blanks at the ends of its lines and without empty lines at its end. Texts that differ only in these are the same
/// content.
pub fn without_trailing_blanks(text: &str) -> String {
    let mut content = String::with_capacity(text.len());
    for line in text.lines() {
        content.push_str(line.trim_end());
        content.push('\n');
    }
    content.truncate(content.trim_end().len());
    content
}

/// A text that a guest wrote, without the characters that cannot be seen or that change the direction of the text around them: a name
/// must not make the rest of a sentence look like another one. Tabs become blanks, and lines end in `\n`.
pub fn visible_text(text: &str) -> String {
    let visible = |c| match c {
        '\n' => Some('\n'),
        _ if is_direction_control(c) => None,
        other => storable(other),
    };
    text.replace("\r\n", "\n").chars().filter_map(visible).collect()
}

/// Characters that override or isolate the direction of text (UAX #9), and marks of direction.
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is stored of a character. `None`: nothing.
fn storable(c: char) -> Option<char> {
    match c {
        _ if is_noncharacter(c) => None,
        _ if c.is_control() => c.is_whitespace().then_some(' '),
        _ => Some(c),
    }
}

/// Whether Unicode reserves the code point for internal use. Exchange and XML refuse some of them.
fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// The beginning of a line, as far as Exchange stores it.
fn cut(line: &str) -> &str {
    // A character has at least as many bytes as UTF-16 code units.
    if line.len() <= MAX_LINE {
        return line;
    }
    let end = fitting(line.grapheme_indices(true));
    // A single letter with hundreds of accents is cut between them.
    let characters = line.char_indices().map(|(position, c)| (position, &line[position..position + c.len_utf8()]));
    let end = if end == Some(0) { fitting(characters) } else { end };
    &line[..end.unwrap_or(line.len())]
}

/// Where the first piece begins that does not fit. `None`: all fit.
fn fitting<'a>(pieces: impl Iterator<Item = (usize, &'a str)>) -> Option<usize> {
    let mut length = 0;
    for (position, piece) in pieces {
        length += piece.encode_utf16().count();
        if length > MAX_LINE {
            return Some(position);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> String {
        SingleLine::from(text).to_string()
    }

    fn body(text: &str) -> String {
        PlainText::from(text).to_string()
    }

    #[test]
    fn a_line_has_no_line_breaks_control_characters_and_noncharacters() {
        for (text, expected) in [
            ("Review", "Review"),
            (" ms  Teams ", " ms  Teams "),
            ("a\r\nb\nc\td\u{b}e\u{85}f", "a b c d e f"),
            ("a\0b\u{1b}c\u{7f}d\u{9f}e", "abcde"),
            ("a\u{fdd0}b\u{fdef}c\u{fffe}d\u{ffff}e\u{1fffe}f\u{10ffff}g", "abcdefg"),
            ("\u{fdcf}\u{fdf0}\u{fffd}\u{feff}\u{202e}\u{1fffd}", "\u{fdcf}\u{fdf0}\u{fffd}\u{feff}\u{202e}\u{1fffd}"),
            ("\0\t\r\n", "  "),
            ("", ""),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_body_keeps_lines_and_tabs() {
        for (text, expected) in [
            ("plain", "plain"),
            ("one\ntwo\n\n\nthree", "one\ntwo\n\n\nthree"),
            ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
            ("one  \n  two\t\r\n\r\n \t", "one  \n  two\t\n\n \t"),
            ("\n\n a\tb", "\n\n a\tb"),
            ("a\0b\u{b}c\u{85}d\u{fffe}e", "ab c de"),
            ("a\r\0\nb", "a\n\nb"),
        ] {
            assert_eq!(body(text), expected, "{text:?}");
        }
        assert_eq!(body(&"x".repeat(100_000)).len(), 100_000);
    }

    #[test]
    fn a_long_line_is_cut_at_255_utf_16_code_units() {
        assert_eq!(line(&"x".repeat(255)), "x".repeat(255));
        assert_eq!(line(&"x".repeat(256)), "x".repeat(255));
        assert_eq!(line(&"é".repeat(255)), "é".repeat(255));
        // A pair of surrogates is never divided.
        assert_eq!(line(&"😀".repeat(200)), "😀".repeat(127));
        assert_eq!(line(&format!("x{}", "😀".repeat(127))), format!("x{}", "😀".repeat(127)));
        // Nor are letters and their accents, nor people who are joined to a family.
        assert_eq!(line(&format!("{}e\u{301}", "x".repeat(254))), "x".repeat(254));
        assert_eq!(line(&format!("{}👩\u{200d}👧", "x".repeat(251))), "x".repeat(251));
        assert_eq!(line(&format!("e{}", "\u{301}".repeat(400))), format!("e{}", "\u{301}".repeat(254)));
        assert_eq!(line(&format!("😀{}", "\u{e0100}".repeat(400))), format!("😀{}", "\u{e0100}".repeat(126)));
    }

    #[test]
    fn trailing_blanks_are_not_content() {
        for (text, content) in [
            ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
            ("one  \n  two\t\n \n\nthree\u{a0}\n \n", "one\n  two\n\n\nthree"),
            ("\n\n a", "\n\n a"),
            (" \n\t", ""),
            ("", ""),
        ] {
            assert_eq!(without_trailing_blanks(text), content, "{text:?}");
            assert_eq!(without_trailing_blanks(content), content, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_clean_text_is_clean(text in any::<String>(), times in 1..300_usize) {
            let text = text.repeat(times);
            let (line, body) = (line(&text), body(&text));
            prop_assert_eq!(&super::tests::line(&line), &line);
            prop_assert_eq!(&super::tests::body(&body), &body);
            prop_assert!(line.encode_utf16().count() <= 255);
            let forbidden = |c: char| c.is_control() || is_noncharacter(c);
            prop_assert!(!line.contains(forbidden));
            prop_assert!(!body.replace(['\n', '\t'], "").contains(forbidden));
        }
    }
}
