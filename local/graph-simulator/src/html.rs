//! What HTML shows, as text.

use crate::body::crlf;

/// Text being put together from HTML.
#[derive(Default)]
struct Writer {
    out: String,
    /// Inside `<pre>`, where white space counts.
    preformatted: u32,
    /// White space was seen that becomes one space, unless a line ends first.
    space: bool,
    links: Vec<(String, usize)>,
    /// The spans that are open, and whether white space counts because of them.
    spans: Vec<bool>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if self.preformatted > 0 {
                if c != '\r' {
                    self.out.push(if c == '\u{a0}' { ' ' } else { c });
                }
            } else if c.is_ascii_whitespace() {
                self.space = true;
            } else {
                self.flush_space();
                // Exchange writes a non-breaking space as a plain one.
                self.out.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    fn flush_space(&mut self) {
        if self.space && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.space = false;
    }

    fn line(&mut self) {
        self.space = false;
        self.out.push('\n');
    }

    /// A block starts and ends on a line of its own, without adding an empty one.
    fn block(&mut self) {
        self.space = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn open(&mut self, name: &str, tag: &str) {
        match name {
            "br" => self.line(),
            "hr" => {
                self.block();
                self.out.push_str(&"_".repeat(32));
                self.line();
            }
            "p" | "div" | "li" | "tr" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "blockquote" => {
                self.block();
            }
            "pre" => {
                self.block();
                self.preformatted += 1;
            }
            "span" => {
                let style = attribute(tag, "style").unwrap_or_default().replace(' ', "");
                let counts = style.contains("white-space:pre");
                if counts {
                    self.flush_space();
                    self.preformatted += 1;
                }
                self.spans.push(counts);
            }
            "a" => {
                self.flush_space();
                self.links.push((attribute(tag, "href").unwrap_or_default(), self.out.len()));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            // A paragraph is set off by an empty line.
            "p" => {
                self.block();
                self.line();
            }
            "div" | "li" | "tr" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "blockquote" => self.block(),
            "pre" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.block();
            }
            "span" => {
                let counted = u32::from(self.spans.pop() == Some(true));
                self.preformatted = self.preformatted.saturating_sub(counted);
            }
            "td" | "th" => self.space = true,
            "a" => {
                if let Some((href, at)) = self.links.pop() {
                    let shown = self.out.get(at..).unwrap_or_default().trim();
                    if !href.is_empty() && shown != href && !href.starts_with("mailto:") {
                        self.out.push('<');
                        self.out.push_str(&href);
                        self.out.push('>');
                    }
                }
            }
            _ => {}
        }
    }
}

/// HTML as text, with CRLF line endings.
pub(crate) fn to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        writer.text(&decode_entities(&rest[..at]));
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.find("-->").map_or("", |end| &after[end + 3..]);
            continue;
        }
        // A bare `<` is text.
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            writer.text("<");
            rest = &rest[1..];
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let closing = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        if closing {
            writer.close(&name);
        } else if matches!(name.as_str(), "head" | "style" | "script" | "title") {
            let close = format!("</{name}");
            let skipped = rest.to_ascii_lowercase().find(&close).map_or("", |at| &rest[at..]);
            rest = skipped.find('>').map_or("", |at| &skipped[at + 1..]);
        } else {
            writer.open(&name, tag);
        }
    }
    writer.text(&decode_entities(rest));
    crlf(writer.out.trim_matches('\n'))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = &tag[at..];
    let quote = value.chars().next()?;
    let inner = if quote == '"' || quote == '\'' {
        value[1..].split(quote).next()?
    } else {
        value.split_ascii_whitespace().next()?
    };
    Some(decode_entities(inner))
}

pub(crate) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end <= 10);
        let decoded = end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end)));
        if let Some((c, end)) = decoded {
            out.push(c);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "euro" => '€',
        "copy" => '©',
        _ => return None,
    })
}
