//! Relative links in documents lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::files::{files, read, root};

/// Every link target outside code, with the number of its line.
fn links(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut in_code) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        // Odd pieces between backticks are code as well.
        let prose: Vec<_> = line.split('`').step_by(2).collect();
        for piece in prose.join("`").split("](").skip(1).filter(|_| !in_code) {
            if let Some((target, _)) = piece.split_once(')') {
                found.push((number + 1, target.to_owned()));
            }
        }
    }
    found
}

/// The anchor of a heading, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// A path without `..`, so that one that leaves the checkout is seen.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => whole.pop().then_some(())?,
            Component::CurDir => {}
            other => whole.push(other),
        }
    }
    Some(whole)
}

#[test]
fn relative_links_resolve() {
    let mut checked = 0;
    for document in files("", "md") {
        let text = read(&document);
        for (line, target) in links(&text) {
            let place = format!("{}:{line} links to {target}", document.display());
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, fragment) =
                target.split_once('#').map_or((target.as_str(), None), |(path, fragment)| (path, Some(fragment)));
            let folder = document.parent().expect("a folder");
            let path = if path.is_empty() { Some(document.clone()) } else { normal(&folder.join(path)) };
            let path = path.unwrap_or_else(|| panic!("{place}, outside the repository"));
            assert!(root().join(&path).exists(), "{place}, which is not there");
            if let Some(fragment) = fragment {
                let linked = read(&path);
                let mut headings = linked
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .map(|line| anchor(line.trim_start_matches('#')));
                assert!(headings.any(|heading| heading == fragment), "{place}, which has no such heading");
            }
            checked += 1;
        }
    }
    assert!(checked > 5, "only {checked} links were found");
}
