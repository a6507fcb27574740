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
        let schema = match &self.0["anyOf"] {
            Value::Array(each) => each.first()?,
            _ => &self.0,
        };
        match schema["type"].as_str() {
            Some("integer") => Some(schema["minimum"].clone()),
            Some("boolean") => Some(false.into()),
            _ => schema["enum"].as_array()?.first().cloned(),
        }
    }

    /// In words, for a comment beside the key; empty if it may be anything.
    pub fn listing(&self) -> String {
        in_words(&self.0)
    }
}

fn in_words(schema: &Value) -> String {
    if let Some(each) = schema["anyOf"].as_array() {
        return each.iter().map(in_words).collect::<Vec<_>>().join(" | ");
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| word.as_str().unwrap_or_default()).collect::<Vec<_>>().join(" | ");
    }
    match schema["type"].as_str() {
        Some("integer") => format!("{}..={}", schema["minimum"], schema["maximum"]),
        Some("boolean") => "true | false".into(),
        Some("array") => match in_words(&schema["items"]) {
            items if items.is_empty() => "a list".into(),
            items => format!("[{items}, ..]"),
        },
        _ => String::new(),
    }
}
