//! Access tokens for Graph.
//!
//! - `access`: a token for a request, from this process's memory, from the secret, or by a renewal. Here is also the check of
//!   a tenant's credential.
//! - `lease`: the port for the lease under which one process at a time renews a token.
//! - `renewal`: exchanges the tenant's credential for a token, with retries.
//! - `entra`: one HTTP exchange with Microsoft's token endpoint.
//! - `token`: a token, and the tokens that this process holds.

mod access;
mod entra;
pub(crate) mod lease;
mod renewal;
pub(crate) mod token;

pub use lease::{LeaseError, RenewalLease};
