//! Ids by which callers of an endpoint family know a tenant and its members, derived where the tenant's stack gives none.
//!
//! They follow from the tenant's name and the member's address, so that they are the same whenever the tenant is rolled out. They are
//! no secrets. A change of a derivation would change ids that callers have stored.

use std::collections::BTreeMap;

use convene::domain::{EmailAddress, TenantId, sha256_hex};
use uuid::{Builder, Uuid};

/// The families of endpoints that know members by an id of their own.
pub const NYLAS: &str = "nylas";
pub const CRONOFY: &str = "cronofy";

/// The families whose callers present the id of the tenant's application and an API key.
pub const APPLICATION_FAMILIES: [&str; 1] = [NYLAS];

/// The id of the tenant's application in a family.
pub fn application(family: &str, tenant: &TenantId) -> String {
    uuid(&digest(&["application", family, tenant.as_str()])).to_string()
}

/// The ids of a member, by family.
pub fn of_member(tenant: &TenantId, address: &EmailAddress) -> BTreeMap<String, String> {
    let digest = |family| digest(&["member", family, tenant.as_str(), address.folded()]);
    let grant = uuid(&digest(NYLAS)).to_string();
    let account = format!("acc_{}", &digest(CRONOFY)[..24]);
    BTreeMap::from([(NYLAS.to_owned(), grant), (CRONOFY.to_owned(), account)])
}

/// SHA-256 in hex. No field but the last one can have a line feed.
fn digest(fields: &[&str]) -> String {
    sha256_hex(fields.join("\n").as_bytes())
}

/// A UUID of version 8 (RFC 9562, section 5.8) from the first half of a digest.
fn uuid(digest: &str) -> Uuid {
    let (half, _) = digest.split_at(32);
    let bits = u128::from_str_radix(half, 16).unwrap_or_default();
    Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use convene::domain::is_public_id;

    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).expect("a name")
    }

    fn member(name: &str, address: &str) -> BTreeMap<String, String> {
        of_member(&tenant(name), &address.parse().expect("an address"))
    }

    #[test]
    fn derived_ids_stay_the_same() {
        assert_eq!(application(NYLAS, &tenant("contoso")), "0c8d6f62-a8bb-8e26-8642-231b29fdd9da");
        let ids = member("contoso", "Anna@Contoso.com");
        assert_eq!(ids[NYLAS], "4a54a53b-9884-89ca-b2ba-846d13925978");
        assert_eq!(ids[CRONOFY], "acc_6d33f6c2b4deba921fcc7207");
    }

    #[test]
    fn each_tenant_family_and_address_has_ids_of_its_own() {
        let anna = member("contoso", "anna@contoso.com");
        assert_eq!(anna, member("contoso", "ANNA@contoso.com"));
        for other in [member("contoso", "bob@contoso.com"), member("contoso2", "anna@contoso.com")] {
            assert!(anna.iter().all(|(family, id)| other[family] != *id), "{other:?}");
        }
        assert_ne!(application(NYLAS, &tenant("contoso")), application(NYLAS, &tenant("fabrikam")));
        assert!(anna.values().all(|id| is_public_id(id)), "{anna:?}");
    }
}
