//! Configurations of what can be booked, with the list of an owner's configurations and the slugs of a tenant.
//!
//! | `pk` | `sk` | item |
//! | --- | --- | --- |
//! | `@configuration#<id>` | `-` | a configuration |
//! | `<tenant>#configurations` | `<hash of the owner>#<created at>#<id>` | its entry in the list, with its slug |
//! | `<tenant>#slug#<slug>` | `-` | the configuration that has the slug |
//!
//! One transaction writes all items of a configuration.

mod cursor;
mod format;
mod known;
mod list;
mod read;
mod table;
mod write;

pub(super) use format::{indexed_items, list_partition};
pub use known::KnownConfigurations;
pub use list::Page;
pub use table::{Configurations, Removed, Saved, StoredConfiguration};
