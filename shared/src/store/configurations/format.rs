//! The items of a configuration.
//!
//! | attribute | holds |
//! | --- | --- |
//! | `tenant`, `owner`, `slug` | whose it is; `slug` is absent without one |
//! | `version` | the write that stored it |
//! | `content` | JSON, compressed with zlib: a transaction costs by the size of the item |
//! | `created_at`, `updated_at` | in milliseconds |

use std::io::{Read, Write};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use uuid::Uuid;

use super::table::{Configurations, StoredConfiguration};
use crate::{
    domain::{ConfigurationId, TenantId, sha256_hex},
    store::{
        bookings::{configuration_key, key},
        error::StoreError,
        item::{Item, Reader, binary, instant, malformed, number, text},
    },
};

/// The format of the items.
pub const VERSION: i64 = 1;

/// The place of a configuration in the list of its owner, which is in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub id: ConfigurationId,
}

impl Position {
    /// After the year 2286 the digits are too many.
    pub const MAX_CREATED_AT: i64 = 9_999_999_999_999;

    pub fn of_sort_key(sort: &str) -> Option<Self> {
        let mut parts = sort.rsplit('#');
        let id = ConfigurationId(Uuid::parse_str(parts.next()?).ok()?);
        Some(Self { created_at: parts.next()?.parse().ok()?, id })
    }
}

pub fn list_partition(tenant: &TenantId) -> String {
    format!("{tenant}#configurations")
}

/// What the sort keys of an owner's configurations begin with. The owner is any text, so its hash separates it from the rest.
pub fn owner_prefix(owner: &str) -> String {
    format!("{}#", sha256_hex(owner.as_bytes()))
}

pub fn position_key(tenant: &TenantId, owner: &str, position: Position) -> Item {
    let created_at = position.created_at.clamp(0, Position::MAX_CREATED_AT);
    key(list_partition(tenant), format!("{}{created_at:013}#{}", owner_prefix(owner), position.id))
}

pub fn list_key(configuration: &StoredConfiguration) -> Item {
    let position = Position { created_at: configuration.created_at.timestamp_millis(), id: configuration.id };
    position_key(&configuration.tenant, &configuration.owner, position)
}

pub fn list_entry(configuration: &StoredConfiguration) -> Item {
    let mut item = list_key(configuration);
    item.insert("v".to_owned(), number(VERSION));
    if let Some(slug) = &configuration.slug {
        item.insert("slug".to_owned(), text(slug));
    }
    item
}

/// The keys of the items that an entry of a tenant's list stands for.
pub fn indexed_items(tenant: &TenantId, entry: &Item) -> Result<Vec<Item>, StoreError> {
    let entry = Reader(entry);
    let position = Position::of_sort_key(entry.text("sk")?).ok_or_else(|| malformed("sk"))?;
    let slug = entry.optional_text("slug").map(|slug| slug_key(tenant, slug));
    Ok([configuration_key(position.id)].into_iter().chain(slug).collect())
}

pub fn slug_key(tenant: &TenantId, slug: &str) -> Item {
    key(format!("{tenant}#slug#{slug}"), "-".to_owned())
}

pub fn slug_item(tenant: &TenantId, slug: &str, id: ConfigurationId) -> Item {
    let mut item = slug_key(tenant, slug);
    item.extend([("v".to_owned(), number(VERSION)), ("configuration".to_owned(), text(id.to_string()))]);
    item
}

pub fn to_item(configuration: &StoredConfiguration) -> Result<Item, StoreError> {
    let mut item = configuration_key(configuration.id);
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("tenant".to_owned(), text(configuration.tenant.as_str())),
        ("owner".to_owned(), text(&configuration.owner)),
        ("version".to_owned(), text(configuration.version.to_string())),
        ("content".to_owned(), binary(compressed(&configuration.content)?)),
        ("created_at".to_owned(), instant(configuration.created_at)),
        ("updated_at".to_owned(), instant(configuration.updated_at)),
    ]);
    if let Some(slug) = &configuration.slug {
        item.insert("slug".to_owned(), text(slug));
    }
    Ok(item)
}

pub fn from_item(item: &Item) -> Result<StoredConfiguration, StoreError> {
    let item = Reader(item);
    item.check_version(VERSION)?;
    let id = item.text("pk")?.strip_prefix("@configuration#").and_then(|id| Uuid::parse_str(id).ok());
    let content = item.optional_binary("content").and_then(decompressed);
    Ok(StoredConfiguration {
        id: ConfigurationId(id.ok_or_else(|| malformed("pk"))?),
        tenant: TenantId::new(item.text("tenant")?).map_err(|_| malformed("tenant"))?,
        owner: item.text("owner")?.to_owned(),
        slug: item.optional_text("slug").map(str::to_owned),
        version: item.uuid("version")?,
        content: content.ok_or_else(|| malformed("content"))?,
        created_at: item.instant("created_at")?,
        updated_at: item.instant("updated_at")?,
    })
}

fn compressed(content: &str) -> Result<Vec<u8>, StoreError> {
    if content.len() > Configurations::MAX_CONTENT_BYTES {
        let cause = format!("a configuration of {} bytes", content.len());
        return Err(StoreError { cause, definitive: true });
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).and_then(|()| encoder.finish()).map_err(|_| malformed("content"))
}

fn decompressed(bytes: &[u8]) -> Option<String> {
    let mut content = String::new();
    ZlibDecoder::new(bytes).read_to_string(&mut content).ok()?;
    Some(content)
}
