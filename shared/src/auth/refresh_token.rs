//! Refresh tokens: `<tenant>.<family>.<n>.<mac>`.
//!
//! A token is computed, not stored. Its family, kept by [`RefreshTokenFamilies`](crate::store::RefreshTokenFamilies), knows which `n` is the
//! current one and whose client it serves; the MAC keeps tokens from being made up.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    domain::TenantId,
    problem::Problem,
    secrets::{Key, KeysSecret},
};

/// Anything longer was not minted here.
const LONGEST: usize = 256;
/// Keeps these MACs apart from any other use the key may get.
const DOMAIN: &str = "refresh/1:";

/// One refresh token of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its family.
    pub family: Uuid,
    /// Its place in the family, from 1.
    pub n: u32,
}

/// A refresh token as a caller sent it: it may be made up.
pub struct UnverifiedRefreshToken {
    token: RefreshToken,
    mac: Vec<u8>,
}

/// The first refresh token of a family, which [`RefreshTokenFamilies::start`](crate::store::RefreshTokenFamilies::start) puts into being.
pub fn first_refresh_token(
    keys: &KeysSecret,
    tenant: &TenantId,
    family: Uuid,
    now: DateTime<Utc>,
) -> Result<SecretString, Problem> {
    RefreshToken { tenant: tenant.clone(), family, n: 1 }.mint(keys, now)
}

impl RefreshToken {
    /// The token as a caller gets it, signed with the first key that has not ended.
    pub fn mint(&self, keys: &KeysSecret, now: DateTime<Utc>) -> Result<SecretString, Problem> {
        let key = keys.refresh.iter().find(|key| key.is_current(now));
        let key = key.ok_or_else(|| Problem::internal("the keys secret has no current key for refresh tokens"))?;
        let mac = hmac::sign(&hmac_key(key), self.signed_text().as_bytes());
        Ok(SecretString::from(format!("{}.{}", self.text(), URL_SAFE_NO_PAD.encode(mac))))
    }

    /// The successor with this place in the same family.
    #[must_use]
    pub fn with_n(&self, n: u32) -> Self {
        Self { n, ..self.clone() }
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", self.tenant, self.family.simple(), self.n)
    }

    fn signed_text(&self) -> String {
        format!("{DOMAIN}{}", self.text())
    }
}

impl UnverifiedRefreshToken {
    /// Reads a token, if it has the form of one. There is one way to write each: no zeros in front, no capitals.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (name, mac) = text.rsplit_once('.')?;
        let mut parts = name.split('.');
        let (tenant, family, n) = (parts.next()?, parts.next()?, parts.next()?);
        let token = RefreshToken {
            tenant: TenantId::new(tenant).ok()?,
            family: Uuid::try_parse(family).ok()?,
            n: n.parse().ok()?,
        };
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        (token.text() == name).then_some(Self { token, mac })
    }

    /// The token, if a key that has not ended confirms it.
    pub fn verify(&self, keys: &KeysSecret, now: DateTime<Utc>) -> Option<&RefreshToken> {
        let text = self.token.signed_text();
        let confirmed = keys
            .refresh
            .iter()
            .filter(|key| key.is_current(now))
            .fold(false, |found, key| found | hmac::verify(&hmac_key(key), text.as_bytes(), &self.mac).is_ok());
        confirmed.then_some(&self.token)
    }

    /// The tenant it claims to be of.
    pub fn claimed_tenant(&self) -> &TenantId {
        &self.token.tenant
    }
}

fn hmac_key(key: &Key) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.key.expose())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use secrecy::ExposeSecret as _;

    use super::{
        super::samples::{key, keys, tenant},
        *,
    };

    const FAMILY: Uuid = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);

    fn first(keys: &KeysSecret) -> String {
        let token = first_refresh_token(keys, &tenant("contoso"), FAMILY, Utc::now()).expect("a token");
        token.expose_secret().to_owned()
    }

    fn verified(text: &str, keys: &KeysSecret) -> Option<RefreshToken> {
        UnverifiedRefreshToken::read(text).and_then(|token| token.verify(keys, Utc::now()).cloned())
    }

    #[test]
    fn a_minted_token_is_recognised() {
        let keys = keys(&[key("k1", 1, None)]);
        let text = first(&keys);
        assert!(text.starts_with("contoso.00112233445566778899aabbccddeeff.1."));
        let token = verified(&text, &keys).expect("valid");
        assert_eq!((token.tenant.as_str(), token.family, token.n), ("contoso", FAMILY, 1));
        let next = token.with_n(2).mint(&keys, Utc::now()).expect("a token");
        assert_eq!(verified(next.expose_secret(), &keys).map(|token| token.n), Some(2));
    }

    #[test]
    fn every_key_that_has_not_ended_verifies_and_the_first_of_them_mints() {
        let ended = Some(Utc::now() - TimeDelta::seconds(1));
        let old = first(&keys(&[key("old", 1, None)]));
        assert!(verified(&old, &keys(&[key("new", 2, None), key("old", 1, None)])).is_some());
        assert!(verified(&old, &keys(&[key("new", 2, None), key("old", 1, ended)])).is_none());
        let rotated = keys(&[key("ended", 3, ended), key("new", 2, None), key("old", 1, None)]);
        assert!(verified(&first(&rotated), &keys(&[key("new", 2, None)])).is_some());
        let none = keys(&[key("ended", 3, ended)]);
        assert!(first_refresh_token(&none, &tenant("contoso"), FAMILY, Utc::now()).is_err());
    }

    #[test]
    fn a_token_that_was_changed_in_any_place_is_refused() {
        let keys = keys(&[key("k1", 1, None)]);
        let text = first(&keys);
        for place in 0..text.len() {
            for replacement in ["0", "2", "a", "A", ".", "="] {
                let mut changed = text.clone();
                changed.replace_range(place..=place, replacement);
                assert!(changed == text || verified(&changed, &keys).is_none(), "{place}: {changed}");
            }
        }
        assert!(verified(&text.replacen("contoso", "fabrikam", 1), &keys).is_none());
    }

    #[test]
    fn there_is_one_way_to_write_a_token() {
        let keys = keys(&[key("k1", 1, None)]);
        let text = first(&keys);
        for other in [
            text.replacen(".1.", ".01.", 1),
            text.replacen(".1.", ".+1.", 1),
            text.replacen("aabbcc", "AABBCC", 1),
            text.replacen("00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff", 1),
            format!("{text}="),
            format!("{text}."),
            format!(" {text}"),
            format!("x.{text}"),
        ] {
            assert!(verified(&other, &keys).is_none(), "{other}");
        }
        for text in ["", ".", "...", "contoso", "a.b.c.d", "contoso.00112233445566778899aabbccddeeff.99999999999.AA"] {
            assert!(UnverifiedRefreshToken::read(text).is_none(), "{text:?}");
        }
    }
}
