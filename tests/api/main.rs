//! The Scheduler API over HTTP, against the running product.

mod availability_oracle;
mod behind_our_back;
mod decisions;
mod documented;
mod errors;
mod logs;
mod oauth;
mod one_answer;
mod postback;
mod round_trips;
mod signed;
mod sizes;
mod teams;
mod tenants;
