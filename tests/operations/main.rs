//! The functions that run a deployment, against the running product.

mod api_key;
mod check;
mod check_microsoft;
mod erase;
mod health;
mod provision;
mod provision_owned;
mod rotate;
mod rotate_interrupted;
mod rotate_rolled_out;
mod stack_of_tenant;
mod stream;
