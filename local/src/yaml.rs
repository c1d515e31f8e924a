//! The description as YAML that every parser reads alike.

use utoipa::openapi::OpenApi;

/// Writes the document with quotes around texts that begin like a date. YAML 1.2 needs none, but a parser of YAML 1.1 (`PyYAML`,
/// `SnakeYAML`) makes a timestamp of such a text without them.
///
/// # Errors
/// The document cannot be written as YAML.
pub fn to_yaml(document: &OpenApi) -> Result<String, yaml_serde::Error> {
    let plain = document.to_yaml()?;
    let mut quoted = String::with_capacity(plain.len());
    // The indentation of the line that began a block scalar, whose deeper lines are text.
    let mut block = None;
    for line in plain.lines() {
        let depth = line.len() - line.trim_start().len();
        if block.is_some_and(|outer| depth > outer || line.trim().is_empty()) {
            quoted.push_str(line);
        } else {
            let key = &line[..value_start(line)];
            let value = &line[key.len()..];
            block = value.starts_with('|').then_some(depth);
            quoted.push_str(key);
            if begins_like_a_date(value) {
                quoted.extend(["'", &value.replace('\'', "''"), "'"]);
            } else {
                quoted.push_str(value);
            }
        }
        quoted.push('\n');
    }
    Ok(quoted)
}

/// Where a line's value begins, after the dashes of lists and its key.
fn value_start(line: &str) -> usize {
    let mut start = line.len() - line.trim_start().len();
    while line[start..].starts_with("- ") {
        start += 2;
    }
    let rest = &line[start..];
    // A quoted text may have a colon within.
    let colon = if rest.starts_with(['\'', '"']) { None } else { rest.find(": ") };
    colon.map_or(start, |colon| start + colon + 2)
}

fn begins_like_a_date(value: &str) -> bool {
    let form = b"dddd-dd-dd";
    value.len() >= form.len()
        && value.bytes().zip(form).all(|(byte, kind)| if *kind == b'd' { byte.is_ascii_digit() } else { byte == *kind })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use utoipa::openapi::{InfoBuilder, OpenApiBuilder};

    use super::*;

    #[test]
    fn texts_that_begin_like_a_date_are_quoted_and_nothing_else_changes() {
        let description = "Since:\n\n- from: 2020-10-16\n2020-10-17\n  key: 2020-10-18T10:00:00Z";
        let info =
            InfoBuilder::new().title("2020-10-16T10:00:00Z").version("2020-10-16").description(Some(description));
        let mut document = OpenApiBuilder::new().info(info).build();
        let examples = json!({"list": ["2020-10-16", ["2020-10-17 it's"], "day: 2020-10-18"], "text": "on 2020-10-16", "day": "2020-1"});
        document.extensions = Some(utoipa::openapi::extensions::Extensions::builder().add("x-dates", examples).build());
        let yaml = to_yaml(&document).expect("YAML");
        let read: Value = yaml_serde::from_str(&yaml).expect("YAML");
        assert_eq!(read, serde_json::to_value(&document).expect("JSON"), "{yaml}");
        for text in
            ["title: '2020-10-16T10:00:00Z'\n", "version: '2020-10-16'\n", "- '2020-10-16'\n", " - from: 2020-10-16\n"]
        {
            assert!(yaml.contains(text), "{text}: {yaml}");
        }
    }

    #[test]
    fn the_document_stays_what_it_is() {
        for (family, document) in crate::documents() {
            let yaml = to_yaml(&document).expect("YAML");
            let read: Value = yaml_serde::from_str(&yaml).expect("YAML");
            assert_eq!(read, serde_json::to_value(&document).expect("JSON"), "{family}");
        }
    }
}
