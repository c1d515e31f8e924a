//! The conditions of a template, by the values of its parameters.

use yaml_serde::Value;

use super::values::Values;

/// The section `Conditions`. A condition is evaluated where a resource names it.
pub(super) struct Conditions<'a> {
    section: Option<&'a Value>,
    values: &'a Values,
}

impl<'a> Conditions<'a> {
    pub(super) fn of(document: &'a Value, values: &'a Values) -> Self {
        Self { section: document.get("Conditions"), values }
    }

    /// Whether a resource is part of the deployment.
    pub(super) fn include(&self, resource: &Value) -> Result<bool, String> {
        resource.get("Condition").map_or(Ok(true), |name| self.named(name))
    }

    fn named(&self, name: &Value) -> Result<bool, String> {
        let name = name.as_str().ok_or("Condition: is not a name")?;
        let condition = self.section.and_then(|section| section.get(name));
        self.is_true(condition.ok_or_else(|| format!("Condition: there is no condition {name}"))?)
            .map_err(|problem| format!("Conditions.{name}: {problem}"))
    }

    fn is_true(&self, condition: &Value) -> Result<bool, String> {
        let Value::Tagged(tagged) = condition else {
            return Err("is not one of !Equals, !Not, !And, !Or and !Condition".to_owned());
        };
        let operands = tagged.value.as_sequence().map(Vec::as_slice).unwrap_or_default();
        if tagged.tag == "Condition" {
            return self.named(&tagged.value);
        }
        if tagged.tag == "Equals"
            && let [left, right] = operands
        {
            return Ok(self.values.resolve_text(left)? == self.values.resolve_text(right)?);
        }
        let mut operands = operands.iter().map(|operand| self.is_true(operand)).collect::<Result<Vec<_>, _>>()?;
        if tagged.tag == "Not" && operands.len() == 1 {
            Ok(!operands.remove(0))
        } else if tagged.tag == "And" {
            Ok(operands.into_iter().all(|operand| operand))
        } else if tagged.tag == "Or" {
            Ok(operands.into_iter().any(|operand| operand))
        } else {
            Err(format!("{} is not understood here", tagged.tag))
        }
    }
}
