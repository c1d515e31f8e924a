//! Keys as the vendor's Node SDK sends them: it rewrites every key of a request, those that people chose included.

/// A key in the SDK's snake case (nylas 8 for Node.js, with change-case 4): words begin at a capital letter after a small one or a
/// digit, and at the last of several capital letters before a small one; what is neither an ASCII letter nor a digit separates them;
/// each number has a further `_` before it.
pub fn snake_case(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| chars.get(before)).copied();
        let is_before_small = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let begins_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase() || before.is_ascii_digit() || before.is_ascii_uppercase() && is_before_small
            });
        if begins_word || !c.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            let begins_number = c.is_ascii_digit() && !word.ends_with(|last: char| last.is_ascii_digit());
            word.extend(begins_number.then_some('_'));
            word.push(c.to_ascii_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the SDK made of these keys.
    #[test]
    fn keys_become_what_the_sdk_sends() {
        for (key, sent) in [
            ("companyName", "company_name"),
            ("line1", "line_1"),
            ("line_1", "line__1"),
            ("text_Text_1", "text_text__1"),
            ("URLField", "url_field"),
            ("ABC", "abc"),
            ("T-Shirt size?", "t_shirt_size"),
            ("a1B2", "a_1_b_2"),
            ("Ünï Cödé", "n_c_d"),
            ("x__y", "x_y"),
            ("_a_", "a"),
        ] {
            assert_eq!(snake_case(key), sent, "{key}");
        }
    }
}
