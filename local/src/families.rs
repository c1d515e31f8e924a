//! The list of the families in code. `functions/*/functions.yaml` has the same functions, which a test checks.

use convene::edge::{Function, Task};

/// Every function behind a route.
pub fn functions() -> Vec<Function> {
    [convene_oauth::functions(), convene_operations::functions(), convene_salesforce::functions()].concat()
}

/// Every function that is invoked directly.
pub fn tasks() -> Vec<Task> {
    convene_operations::tasks()
}
