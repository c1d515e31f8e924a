//! The slot engine: field cases, a minute-by-minute oracle, and properties of lists and checks.
//!
//! Generated scenarios follow from a seed alone, and a failing test prints it. `CONVENE_SEED=1234` runs that one;
//! `CONVENE_SLOT_CASES=100000` runs more.

mod cases;
mod generate;
mod oracle;
mod properties;
mod scenario;
mod wall_clock;
