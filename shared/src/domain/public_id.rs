//! Ids that requests name without a credential.

const MAX_LENGTH: usize = 64;

/// Whether a text can be the id of an application or a grant: 1 to 64 letters, digits, `-` and `_`. Official clients decode URLs
/// once more than they should, and these characters survive that.
pub fn is_public_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_hyphens_and_underscores_are_allowed() {
        for id in ["a", "AZ_az-09", "9c1e4b2a-0000-4000-8000-000000000000", &"x".repeat(64)] {
            assert!(is_public_id(id), "{id:?}");
        }
        for id in ["", " ", "a b", "a/b", "a#b", "a%20b", "a.b", "é", &"x".repeat(65)] {
            assert!(!is_public_id(id), "{id:?}");
        }
    }
}
