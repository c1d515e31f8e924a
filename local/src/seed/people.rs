//! What seeded people are called.

/// Where they all work.
pub(super) const TIME_ZONE: &str = "Europe/London";

const NAMES: [&str; 10] = [
    "Nora Lind",
    "Amir Haddad",
    "Chloe Martin",
    "Daniel Okafor",
    "Emi Sato",
    "Felix Braun",
    "Grace Moyo",
    "Hugo Almeida",
    "Ines Petrov",
    "Jonas Berg",
];

/// The name of the nth person; the list begins anew with a number.
pub(super) fn name(n: usize) -> String {
    match n / NAMES.len() {
        0 => NAMES[n].to_owned(),
        round => format!("{} {}", NAMES[n % NAMES.len()], round + 1),
    }
}

/// The text with its first letter in upper case.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
