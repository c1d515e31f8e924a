//! The Scheduler API over HTTP, against the running product.

mod documented;
