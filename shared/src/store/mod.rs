//! DynamoDB: the tables, their items, and the conditions of writes. No other module names a table's attributes.
//!
//! | file | holds |
//! | --- | --- |
//! | `meetings`, `appointments`, `records` | the records of scheduling, as the ports of [`scheduling::records`](crate::scheduling::records) ask for them |
//! | `bookings` | records of bookings, the ledger, turns and replay keys |
//! | `configurations` | what can be booked |
//! | `sessions` | sessions, each for one configuration |
//! | `counters` | counters for limits by the hour |
//! | `refresh_tokens` | families of refresh tokens, and their rotation |
//! | `nonces` | nonces of signed requests |
//! | `leases` | leases, and the calendar's port for the renewal of Microsoft tokens |
//! | `tenants` | tenants' own configurations, owners, hosts |
//! | `erasure` | the erasure of a tenant from all tables |
//! | `item`, `error`, `transaction` | attributes, SDK errors and transactions |
//!
//! Every table has one string key, `pk`; the bookings table also has a sort key, `sk`. `pk` begins with the tenant, or with `@` if the
//! tenant is not known before the item is read. An item has the
//! version of its format in `v`, and in `ttl` (seconds since 1970) when DynamoDB may remove it, if it may. A reader accepts every
//! version up to its own. An item that a newer release wrote is refused, and a write that has not read the item has a condition on
//! `v`, so that it does not change one.

mod appointments;
mod bookings;
mod configurations;
mod counters;
mod erasure;
mod error;
mod item;
mod leases;
mod meetings;
mod nonces;
mod records;
mod refresh_tokens;
mod sessions;
mod tenants;
mod transaction;

pub use appointments::Appointments;
pub use bookings::Bookings;
pub use configurations::{Configurations, KnownConfigurations, Page, Removed, Saved, StoredConfiguration};
pub use counters::{Counter, Counters};
pub use erasure::{Erasure, ErasureProgress};
pub use error::StoreError;
pub use leases::Leases;
pub use meetings::Meetings;
pub use nonces::Nonces;
pub use refresh_tokens::{RefreshRequest, RefreshResult, RefreshTokenFamilies};
pub use sessions::{Session, Sessions};
pub use tenants::{ErasureMark, Ownership, PublicName, Tenants};
