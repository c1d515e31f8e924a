//! Passwords: Argon2id (RFC 9106).

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};

/// What a password is compared with where there is no such login: the work is the same, and never succeeds.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password(&SecretString::from("nobody")).unwrap_or_default());

/// A password's hash as a PHC string, with a new salt. `None`: there is no randomness.
pub fn hash_password(password: &SecretString) -> Option<String> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    let hash = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// Whether a password is the one that was hashed. Without a hash it never is, after the same work.
pub fn is_password(password: &SecretString, hash: Option<&str>) -> bool {
    let Ok(expected) = PasswordHash::new(hash.unwrap_or(&NOBODY)) else { return false };
    let same = Argon2::default().verify_password(password.expose_secret().as_bytes(), &expected).is_ok();
    same & hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let (right, wrong) = (SecretString::from("correct horse"), SecretString::from("battery staple"));
        let hash = hash_password(&right).expect("a hash");
        assert!(hash.starts_with("$argon2id$"));
        assert_ne!(hash, hash_password(&right).expect("another salt"));
        assert!(is_password(&right, Some(&hash)));
        assert!(!is_password(&wrong, Some(&hash)));
        assert!(!is_password(&SecretString::from("nobody"), None));
        assert!(!is_password(&right, Some("not a hash")));
    }
}
