/// A value that rules cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidRule {
    /// The field of [`Timing`](super::Timing), or the argument of the constructor.
    pub field: &'static str,
    pub problem: &'static str,
}
