//! A generated part of a file, between two lines that say `begin generated: <name>` and `end generated: <name>`.

use std::collections::BTreeSet;

/// A part of a file, in pieces that are about one function each, or about a few.
pub(crate) struct Block {
    /// The path in the checkout.
    pub(crate) file: &'static str,
    /// As in the two lines.
    pub(crate) name: &'static str,
    /// The beginning of the text by which a line names a function or a family.
    pub(crate) named_by: &'static str,
    pub(crate) pieces: Vec<Piece>,
}

pub(crate) struct Piece {
    /// The functions or families that the piece is about, each with the text by which a reader finds it in the file.
    pub(crate) about: Vec<Mark>,
    pub(crate) text: String,
}

pub(crate) struct Mark {
    /// The function's name, or the family's.
    pub(crate) name: String,
    /// The `functions.yaml` that has it.
    pub(crate) source: String,
    pub(crate) found_by: String,
}

impl Block {
    fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The file with this part generated anew.
    pub(crate) fn replace(&self, file: &str) -> Result<String, String> {
        let (before, _, after) = self.split(file)?;
        Ok([before, &self.text(), after].concat())
    }

    /// What is out of date in the file, by the names of functions.
    pub(crate) fn differences(&self, file: &str) -> Result<Vec<String>, String> {
        let (_, old, _) = self.split(file)?;
        if old == self.text() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for piece in &self.pieces {
            for mark in &piece.about {
                if !old.contains(&mark.found_by) {
                    found.push(format!("{} has {}, {} does not", mark.source, mark.name, self.file));
                } else if !old.contains(&piece.text) {
                    found.push(format!("{} and {} disagree about {}", mark.source, self.file, mark.name));
                }
            }
        }
        let lines: BTreeSet<_> = self.pieces.iter().flat_map(|piece| piece.text.lines()).collect();
        let mut unknown = old.lines().filter(|line| !line.trim().is_empty() && !lines.contains(line)).map(str::trim);
        let naming = unknown.clone().filter(|line| line.contains(self.named_by));
        found.extend(naming.map(|line| format!("no functions.yaml has what {} has: {line}", self.file)));
        if found.is_empty() {
            let line = unknown.next().unwrap_or("another order");
            found.push(format!("{} has in its part {}: {line}", self.file, self.name));
        }
        Ok(found)
    }

    /// What is before the part, the part, and what is after it.
    fn split<'a>(&self, file: &'a str) -> Result<(&'a str, &'a str, &'a str), String> {
        let line = |side: &str| format!("{side} generated: {}", self.name);
        let missing = |line: &str| format!("must have the line “{line}” once");
        let position = |line: &str| {
            let mut found = file.match_indices(line).filter(|(at, _)| {
                let rest = &file[at + line.len()..];
                !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
            });
            match (found.next(), found.next()) {
                (Some((at, _)), None) => Ok(at),
                _ => Err(missing(line)),
            }
        };
        let (begin, end) = (position(&line("begin"))?, position(&line("end"))?);
        let start = file[begin..].find('\n').map_or(file.len(), |offset| begin + offset + 1);
        let stop = file[..end].rfind('\n').map_or(0, |offset| offset + 1);
        if stop < start {
            return Err(missing(&line("begin")));
        }
        Ok((&file[..start], &file[start..stop], &file[stop..]))
    }
}

/// The hand-written lines of a file.
pub(crate) fn without_blocks(file: &str) -> String {
    let mut is_generated = false;
    let written_by_hand = file.lines().filter(|line| {
        is_generated = (is_generated || line.contains("begin generated: ")) && !line.contains("end generated: ");
        !is_generated
    });
    written_by_hand.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "a\n# begin generated: x\nget-one\nget-two\n# end generated: x\n# begin generated: x-y\n";

    fn block(names: &[&str]) -> Block {
        let mark = |name: &str| Mark { name: name.to_owned(), source: "f.yaml".to_owned(), found_by: name.to_owned() };
        let piece = |name: &&str| Piece { about: vec![mark(name)], text: format!("{name}\n") };
        Block { file: "file", name: "x", named_by: "get-", pieces: names.iter().map(piece).collect() }
    }

    #[test]
    fn only_the_part_is_replaced() {
        let replaced = block(&["get-three"]).replace(FILE).expect("the part");
        assert_eq!(replaced, "a\n# begin generated: x\nget-three\n# end generated: x\n# begin generated: x-y\n");
        assert!(Block { name: "z", ..block(&[]) }.replace(FILE).is_err());
    }

    #[test]
    fn what_is_not_generated_is_left() {
        let file = FILE.replace("# begin generated: x-y\n", "b");
        assert_eq!(without_blocks(&file), "a\n# end generated: x\nb");
    }

    #[test]
    fn differences_are_named() {
        let differences = |names: &[&str]| block(names).differences(FILE).expect("the part");
        assert_eq!(differences(&["get-one", "get-two"]), Vec::<String>::new());
        assert_eq!(differences(&["get-one", "get-two", "get-three"]), ["f.yaml has get-three, file does not"]);
        assert_eq!(differences(&["get-one"]), ["no functions.yaml has what file has: get-two"]);
    }
}
