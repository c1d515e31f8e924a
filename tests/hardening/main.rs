//! Whatever arrives: no panic, no 5xx, always JSON with the right status, and bad input never reaches Microsoft.
//!
//! The input is random but the same in every run. `PROPTEST_CASES=5000` tries more, `PROPTEST_RNG_SEED=7` others.

mod accepted;
mod api_gateway;
mod api_keys;
mod bodies;
mod checks;
mod described;
mod documents;
mod functions;
mod headers;
mod noise;
mod over_http;
mod paths;
mod pure;
mod queries;
mod token_forms;
