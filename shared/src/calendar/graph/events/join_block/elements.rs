//! The elements of HTML and how they nest. It parses no more of HTML than that takes.

/// Void elements, which have no closing tag.
const VOID: [&str; 8] = ["br", "hr", "img", "meta", "link", "input", "col", "wbr"];

/// An element, by byte positions in the text.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub name: &'a str,
    /// Where its opening tag starts.
    pub start: usize,
    /// Where its opening tag ends.
    pub inner: usize,
    /// Where its closing tag ends, or where its parent ends if it has none.
    pub end: usize,
}

impl Element<'_> {
    /// Whether a position is within the element, its opening tag included.
    pub fn contains(&self, position: usize) -> bool {
        (self.start..self.end).contains(&position)
    }
}

/// The elements of HTML in lower case, in the order in which they start: a parent comes before its children.
pub(super) fn of(html: &str) -> Vec<Element<'_>> {
    let mut all: Vec<Element<'_>> = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |end| start + end + "-->".len());
            continue;
        }
        let name = html[start + 1..].trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if name.is_empty() {
            // Not a tag.
            at = start + 1;
            continue;
        }
        let Some(end) = tag_end(html, start) else { break };
        let is_closing = html[start..].starts_with("</");
        if is_closing && let Some(first) = open.iter().rposition(|place: &usize| all[*place].name == name) {
            // Unclosed children end with their parent.
            for place in open.drain(first..) {
                all[place].end = end;
            }
        }
        if !is_closing && !VOID.contains(&name) && !html[..end].ends_with("/>") {
            open.push(all.len());
            all.push(Element { name, start, inner: end, end: html.len() });
        }
        at = end;
    }
    all
}

/// Where a tag ends. A `>` within quotes does not count.
fn tag_end(html: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    for (place, c) in html[start..].char_indices() {
        match (quote, c) {
            (None, '>') => return Some(start + place + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around<'a>(html: &'a str, text: &str) -> Vec<&'a str> {
        let place = html.find(text).expect("the text");
        of(html).iter().filter(|element| element.contains(place)).map(|element| element.name).collect()
    }

    #[test]
    fn elements_contain_the_positions_between_their_tags() {
        let html = "<div><p>a</p><br><span>b <b>c</span>d</div>e <!-- <div> --> f <i title='>'>g</i>";
        assert_eq!(around(html, "a"), ["div", "p"]);
        assert_eq!(around(html, "c<"), ["div", "span", "b"]);
        assert_eq!(around(html, "d<"), ["div"]);
        assert_eq!(around(html, "f "), Vec::<&str>::new());
        assert_eq!(around(html, "g<"), ["i"]);
    }

    #[test]
    fn malformed_html_has_no_elements() {
        for text in ["", "a < b > c", "<", "< a", "</", "<a href='", "<!-- <b>", "</b>"] {
            assert!(of(text).is_empty(), "{text}");
        }
    }
}
