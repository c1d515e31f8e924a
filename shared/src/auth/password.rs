//! Passwords: Argon2id (RFC 9106).

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};

/// What a password is compared with where there is no such login: no password has this hash, and looking costs as much as
/// with any other. Written out, since making one would cost the first such login of a process as much again.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password's hash as a PHC string, with a new salt. `None`: there is no randomness.
pub fn hash_password(password: &SecretString) -> Option<String> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    let hash = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// Whether a password is the one that was hashed. Without a hash it never is, after the same work.
pub fn is_password(password: &SecretString, hash: Option<&str>) -> bool {
    let Ok(expected) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
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
        // As much work as a real one.
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(NOBODY), parameters(&hash));
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!is_password(&right, Some("not a hash")));
    }
}
