//! Benchmarks of what has a budget of time. Each file beside this one is a benchmark: `cargo bench -p convene-bench`.
