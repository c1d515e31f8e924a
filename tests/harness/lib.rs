//! What the suites share: a running product, and people who use it.
