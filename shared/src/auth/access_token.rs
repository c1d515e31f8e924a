//! Access tokens: JWTs (RFC 7519) signed with the tenant's own key.

use std::{sync::LazyLock, time::Duration};

use chrono::{DateTime, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous::insecure_decode_claims, decode, decode_header,
    encode,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{Scope, TenantId},
    problem::Problem,
    secrets::KeysSecret,
};

/// Who issues the tokens, and who is to accept them.
const CONVENE: &str = "convene";
/// Anything longer was not issued here: ours are a few hundred bytes, and what is refused should cost little.
const LONGEST: usize = 2048;

/// What is demanded of every token. A list of one algorithm: the token has no say in how it is verified.
static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[CONVENE]);
    validation.set_audience(&[CONVENE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // By the machine's clock. The end is compared with the time that the caller gives.
    validation.validate_exp = false;
    validation
});

/// A token's claims, as they travel.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    tenant: TenantId,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// The only claim that is read before the signature is checked: it says whose key to check with.
#[derive(Deserialize)]
struct TenantClaim {
    tenant: TenantId,
}

/// What a verified access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The OAuth client it was issued to.
    pub client_id: String,
    scopes: Vec<Scope>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    /// No key that is known here has its `kid`. A newer list of keys may have it.
    UnknownKey,
    /// Nothing will make it valid.
    Invalid(&'static str),
}

impl AccessToken {
    /// How long a token is valid.
    pub const LIFETIME: Duration = Duration::from_hours(1);

    /// A new token for a client, signed with the first key that has not ended.
    pub fn issue(
        keys: &KeysSecret,
        tenant: &TenantId,
        client_id: &str,
        scopes: &[Scope],
        now: DateTime<Utc>,
    ) -> Result<SecretString, Problem> {
        let key = keys.signing.iter().find(|key| key.is_current(now));
        let key = key.ok_or_else(|| Problem::internal("the keys secret has no current signing key"))?;
        let claims = Claims {
            iss: CONVENE.to_owned(),
            aud: CONVENE.to_owned(),
            sub: client_id.to_owned(),
            tenant: tenant.clone(),
            scope: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
            iat: now.timestamp(),
            exp: (now + Self::LIFETIME).timestamp(),
            jti: Uuid::new_v4().to_string(),
        };
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims, &EncodingKey::from_secret(key.key.expose()));
        token.map(SecretString::from).map_err(|_| Problem::internal("an access token could not be signed"))
    }

    /// The tenant that a token claims to be for. Good for choosing what to fetch, and for nothing else.
    pub(super) fn claimed_tenant(token: &str) -> Option<TenantId> {
        if token.len() > LONGEST {
            return None;
        }
        insecure_decode_claims::<TenantClaim>(token).ok().map(|claims| claims.tenant)
    }

    /// Verifies a token with the keys of the tenant it claims to be for.
    pub(super) fn verify(
        token: &str,
        keys: &KeysSecret,
        tenant: &TenantId,
        now: DateTime<Utc>,
    ) -> Result<Self, Rejected> {
        if token.len() > LONGEST {
            return Err(Rejected::Invalid("the token is too long"));
        }
        let header = decode_header(token).map_err(|_| Rejected::Invalid("the token's header is not valid"))?;
        let kid = header.kid.ok_or(Rejected::Invalid("the token names no key"))?;
        let key = keys.signing.iter().find(|key| key.kid == kid && key.is_current(now)).ok_or(Rejected::UnknownKey)?;
        let claims: Claims = decode(token, &DecodingKey::from_secret(key.key.expose()), &VALIDATION)
            .map_err(|_| Rejected::Invalid("the token is forged or not for us"))?
            .claims;
        if claims.exp <= now.timestamp() {
            return Err(Rejected::Invalid("the token is expired"));
        }
        if claims.tenant != *tenant {
            return Err(Rejected::Invalid("the token is for another tenant"));
        }
        Ok(Self { client_id: claims.sub, scopes: claims.scope.split(' ').filter_map(Scope::parse).collect() })
    }

    /// Whether the token was issued with this scope.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use chrono::TimeDelta;
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};

    use super::{
        super::samples::{key, keys, tenant},
        *,
    };

    fn issued(keys: &KeysSecret, name: &str, at: DateTime<Utc>) -> String {
        let client = format!("{name}.crm");
        let token = AccessToken::issue(keys, &tenant(name), &client, &[Scope::CalendarRead], at).expect("a token");
        token.expose_secret().to_owned()
    }

    /// Any token at all, signed as an attacker who knows `byte` would.
    fn signed(header: &Value, claims: &Value, byte: u8) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[byte; 32]);
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
    }

    fn claims() -> Value {
        let now = Utc::now().timestamp();
        json!({"iss": "convene", "aud": "convene", "sub": "contoso.crm", "tenant": "contoso", "scope": "calendar.read",
            "iat": now, "exp": now + 60, "jti": "1"})
    }

    fn verify(token: &str) -> Result<AccessToken, Rejected> {
        AccessToken::verify(token, &keys(&[key("k1", 1, None)]), &tenant("contoso"), Utc::now())
    }

    #[test]
    fn an_issued_token_says_whose_it_is_and_what_it_may() {
        let keys = keys(&[key("k1", 1, None)]);
        let token = issued(&keys, "contoso", Utc::now());
        assert_eq!(AccessToken::claimed_tenant(&token), Some(tenant("contoso")));
        let token = AccessToken::verify(&token, &keys, &tenant("contoso"), Utc::now()).expect("valid");
        assert_eq!(token.client_id, "contoso.crm");
        assert!(token.has(Scope::CalendarRead) && !token.has(Scope::CalendarWrite));
        assert!(verify(&signed(&json!({"alg": "HS256", "kid": "k1"}), &claims(), 1)).is_ok());
    }

    #[test]
    fn the_first_key_that_has_not_ended_signs_and_every_such_key_verifies() {
        let now = Utc::now();
        let ended = Some(now - TimeDelta::seconds(1));
        let before = keys(&[key("ended", 3, ended), key("old", 1, None)]);
        let after = keys(&[key("new", 2, None), key("old", 1, Some(now + TimeDelta::hours(1)))]);
        let old = issued(&before, "contoso", now);
        assert_eq!(decode_header(&old).expect("a header").kid.as_deref(), Some("old"));
        assert!(AccessToken::verify(&old, &after, &tenant("contoso"), now).is_ok());
        let new = issued(&after, "contoso", now);
        assert_eq!(AccessToken::verify(&new, &before, &tenant("contoso"), now), Err(Rejected::UnknownKey));
        let late = now + TimeDelta::hours(2);
        assert_eq!(AccessToken::verify(&old, &after, &tenant("contoso"), late), Err(Rejected::UnknownKey));
        assert!(AccessToken::issue(&keys(&[key("ended", 3, ended)]), &tenant("contoso"), "c", &[], now).is_err());
    }

    #[test]
    fn a_token_of_one_tenant_is_nothing_to_another() {
        let (ours, theirs) = (keys(&[key("k1", 1, None)]), keys(&[key("k1", 2, None)]));
        let token = issued(&theirs, "fabrikam", Utc::now());
        for tenant in [tenant("contoso"), tenant("fabrikam")] {
            assert!(matches!(AccessToken::verify(&token, &ours, &tenant, Utc::now()), Err(Rejected::Invalid(_))));
        }
        // Even with one key for both, the claim decides.
        let shared = AccessToken::verify(&token, &theirs, &tenant("contoso"), Utc::now());
        assert!(matches!(shared, Err(Rejected::Invalid(_))));
    }

    #[test]
    fn a_token_that_was_changed_in_any_place_is_refused() {
        let token = signed(&json!({"alg": "HS256", "kid": "k1"}), &claims(), 1);
        for place in 0..token.len() {
            for replacement in ["A", "B", ".", "="] {
                let mut changed = token.clone();
                changed.replace_range(place..=place, replacement);
                assert!(changed == token || verify(&changed).is_err(), "{place}: {changed}");
            }
        }
        for text in ["", ".", "..", "...", "a.b", &token[..token.len() - 1], &format!("{token}.{token}")] {
            assert!(verify(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_algorithm_is_not_the_tokens_choice() {
        for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", ""] {
            let token = signed(&json!({"alg": algorithm, "kid": "k1"}), &claims(), 1);
            assert!(matches!(verify(&token), Err(Rejected::Invalid(_))), "{algorithm}");
            let unsigned = format!("{}.", token.rsplit_once('.').expect("a signature").0);
            assert!(matches!(verify(&unsigned), Err(Rejected::Invalid(_))), "{algorithm}, unsigned");
        }
        assert!(matches!(verify(&signed(&json!({"alg": "HS256"}), &claims(), 1)), Err(Rejected::Invalid(_))));
    }

    #[test]
    fn every_claim_is_demanded_and_checked() {
        let header = json!({"alg": "HS256", "kid": "k1"});
        let past = Utc::now().timestamp() - 1;
        for (claim, wrong) in [
            ("iss", json!("someone")),
            ("aud", json!("something")),
            ("aud", json!(["convene", "something"])),
            ("exp", json!(past)),
            ("exp", json!("tomorrow")),
            ("tenant", json!("fabrikam")),
            ("tenant", json!("Contoso")),
            ("sub", json!(7)),
        ] {
            let mut changed = claims();
            changed[claim] = wrong;
            assert!(matches!(verify(&signed(&header, &changed, 1)), Err(Rejected::Invalid(_))), "{changed}");
            changed.as_object_mut().expect("claims").remove(claim);
            assert!(matches!(verify(&signed(&header, &changed, 1)), Err(Rejected::Invalid(_))), "without {claim}");
        }
        let expired = issued(&keys(&[key("k1", 1, None)]), "contoso", Utc::now() - TimeDelta::minutes(61));
        assert!(matches!(verify(&expired), Err(Rejected::Invalid(_))));
    }

    #[test]
    fn a_token_is_valid_until_the_second_of_its_end_by_the_given_clock() {
        let (keys, issued_at) =
            (keys(&[key("k1", 1, None)]), DateTime::from_timestamp(1_000_000_000, 0).expect("a time"));
        let token = issued(&keys, "contoso", issued_at);
        let at = |seconds| {
            AccessToken::verify(&token, &keys, &tenant("contoso"), issued_at + TimeDelta::seconds(seconds)).is_ok()
        };
        assert_eq!([0, 3599, 3600, 3601].map(at), [true, true, false, false]);
    }

    #[test]
    fn what_is_too_long_is_not_even_read() {
        let mut claims = claims();
        claims["padding"] = json!("x".repeat(LONGEST));
        let token = signed(&json!({"alg": "HS256", "kid": "k1"}), &claims, 1);
        assert_eq!(AccessToken::claimed_tenant(&token), None);
        assert!(matches!(verify(&token), Err(Rejected::Invalid(_))));
    }
}
