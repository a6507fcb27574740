//! What the value of a key may be, in the words of JSON Schema, so that editors and other programs know it too.

use serde_json::{json, Value};
use std::ops::RangeInclusive;

/// What the value of a key may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape(Value);

impl Shape {
    /// Anything: only its reader knows more.
    pub fn any() -> Self {
        Shape(json!({}))
    }

    /// A whole number in a range.
    pub fn number(allowed: &RangeInclusive<u64>) -> Self {
        Shape(json!({ "type": "integer", "minimum": allowed.start(), "maximum": allowed.end() }))
    }

    /// A whole number without an upper bound that is known without the model.
    pub fn count() -> Self {
        Shape(json!({ "type": "integer", "minimum": 0 }))
    }

    /// True or false.
    pub fn truth() -> Self {
        Shape(json!({ "type": "boolean" }))
    }

    /// One of several words.
    pub fn words(words: &[&str]) -> Self {
        Shape(json!({ "enum": words }))
    }

    /// A list of so many items.
    pub fn list(items: Shape, length: &RangeInclusive<u64>) -> Self {
        Shape(json!({ "type": "array", "items": items.0, "minItems": length.start(), "maxItems": length.end() }))
    }

    /// A list of one and the other.
    pub fn pair(one: Shape, other: Shape) -> Self {
        Shape(json!({ "type": "array", "items": [one.0, other.0], "minItems": 2, "maxItems": 2 }))
    }

    /// What one or the other may be.
    pub fn or(self, other: Shape) -> Self {
        if self == other || other == Shape::any() {
            return self;
        }
        let mut each = match &self.0["anyOf"] {
            Value::Array(each) => each.clone(),
            _ if self == Shape::any() => return other,
            _ => vec![self.0],
        };
        if !each.contains(&other.0) {
            each.push(other.0);
        }
        Shape(json!({ "anyOf": each }))
    }

    /// As JSON Schema has it.
    pub fn schema(&self) -> &Value {
        &self.0
    }

    /// The words, if it is one of several.
    pub fn choices(&self) -> Option<&[Value]> {
        self.0["enum"].as_array().map(Vec::as_slice)
    }

    /// The first value that it may have; `None` if only its reader knows one.
    pub fn first(&self) -> Option<Value> {
        first(&self.0)
    }

    /// What it may be in words, for a comment beside the key; empty if that says nothing.
    pub fn listing(&self) -> String {
        listing(&self.0)
    }
}

fn first(schema: &Value) -> Option<Value> {
    if let Some(each) = schema["anyOf"].as_array() {
        return first(each.first()?);
    }
    match schema["type"].as_str() {
        Some("integer") => Some(schema["minimum"].clone()),
        Some("boolean") => Some(false.into()),
        Some("array") => Some(json!([first(&schema["items"])?])),
        _ => schema["enum"].as_array()?.first().cloned(),
    }
}

fn listing(schema: &Value) -> String {
    if let Some(each) = schema["anyOf"].as_array() {
        let each: Vec<_> = each.iter().map(listing).filter(|one| !one.is_empty()).collect();
        return each.join(" | ");
    }
    match (schema["type"].as_str(), schema["enum"].as_array()) {
        (Some("integer"), _) if schema["maximum"].is_null() => format!("{}..", schema["minimum"]),
        (Some("integer"), _) => format!("{}..={}", schema["minimum"], schema["maximum"]),
        (Some("boolean"), _) => "true | false".into(),
        (_, Some(words)) if words.len() > 1 => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => String::new(),
    }
}
