//! The Scheduler API over HTTP, against the running product.

mod availability_counts;
mod availability_oracle;
mod behind_our_back;
mod decisions;
mod documented;
mod errors;
mod logs;
mod oauth;
mod postback;
mod round_trips;
mod signed;
mod teams;
mod tenants;
