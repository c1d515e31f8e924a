//! Booking references: what links carry to name a booking.
//!
//! A reference is the URL-safe base64, without padding, of the configuration's id, the booking's id and a salt.

use aws_lc_rs::{error::Unspecified, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use convene::domain::{BookingId, ConfigurationId, sha256_hex};
use convene::secrets::KeysSecret;

/// The length of salts, in bytes.
const SALT: usize = 16;
/// What the organizer's salts are derived for, apart from everything else that the key is used for.
const PURPOSE: &[u8] = b"convene organizer salt";

/// The reference of a booking. `salt`: as [`random_salt`] or [`organizer_salts`] makes them.
pub fn reference(configuration: ConfigurationId, booking: BookingId, salt: &str) -> String {
    let salt = URL_SAFE_NO_PAD.decode(salt).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([configuration.0.as_bytes(), booking.0.as_bytes(), salt.as_slice()].concat())
}

/// A new salt for guests.
pub fn random_salt() -> Result<String, Unspecified> {
    let mut bytes = [0; SALT];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The salts that an organizer's links of a booking may have: by the key that signs now, and by those before it that still count.
/// They are derived and not stored, so that a repeat of a request writes the same links.
pub fn organizer_salts(keys: &KeysSecret, booking: BookingId, now: DateTime<Utc>) -> impl Iterator<Item = String> {
    keys.signing.iter().filter(move |key| key.is_current(now)).map(move |key| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.key.expose());
        let tag = hmac::sign(&key, &[PURPOSE, booking.0.as_bytes()].concat());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..SALT])
    })
}

/// What is stored of an organizer's salt.
pub fn salt_hash(salt: &str) -> String {
    sha256_hex(salt.as_bytes())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_reference_has_both_ids_and_the_salt() {
        let (configuration, booking) = (ConfigurationId(Uuid::from_u128(1)), BookingId(Uuid::from_u128(2)));
        let salt = random_salt().expect("randomness");
        assert_eq!(salt.len(), 22);
        let bytes = URL_SAFE_NO_PAD.decode(reference(configuration, booking, &salt)).expect("base64");
        assert_eq!(bytes[..16], *Uuid::from_u128(1).as_bytes());
        assert_eq!(bytes[16..32], *Uuid::from_u128(2).as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.encode(&bytes[32..]), salt);
    }
}
