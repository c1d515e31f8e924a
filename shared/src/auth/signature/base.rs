//! The text that is signed (RFC 9421, section 2.5).

use std::fmt::Write as _;

use sfv::{InnerList, ListSerializer};

use super::message::Message;

/// What a signature covers, and the text that its key signs.
#[derive(Debug)]
pub(super) struct Base<'a> {
    /// The names of the components, each once.
    pub(super) covered: Vec<&'a str>,
    /// The signature base.
    pub(super) text: String,
}

/// Each covered component with its value in this message, then the signature's parameters in the order they were sent.
/// Whatever the header looked like, it is written as RFC 9651 serializes it: so does the signer.
pub(super) fn base<'a>(message: &Message<'_>, input: &'a InnerList) -> Result<Base<'a>, &'static str> {
    let mut text = String::new();
    let mut covered = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let name =
            item.bare_item.as_string().ok_or("Signature-Input names a component that is not a string.")?.as_str();
        if !item.params.is_empty() {
            return Err("The signature covers a component with parameters, which is not served here.");
        }
        if covered.contains(&name) {
            return Err("The signature covers a component twice.");
        }
        covered.push(name);
        let _ = writeln!(text, "\"{name}\": {}", message.component(name)?);
    }
    let mut parameters = ListSerializer::new();
    let mut inner = parameters.inner_list();
    inner.items(&input.items);
    inner.finish().parameters(&input.params);
    let _ = write!(text, "\"@signature-params\": {}", parameters.finish().unwrap_or_default());
    Ok(Base { covered, text })
}
