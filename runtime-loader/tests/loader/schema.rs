//! The part of JSON Schema that our schemas use, checked strictly.
//!
//! Not a validator for other people's schemas: a keyword it does not know is not checked.

use serde_json::{Map, Value};

/// Every way in which a value is not what a schema says.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let checker = Checker { root: schema };
    checker.check(schema, value, "$", &mut faults);
    faults
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let path = name
                .strip_prefix('#')
                .expect("our schemas refer to themselves");
            let schema = self
                .root
                .pointer(path)
                .expect("what is referred to is there");
            return self.check(schema, value, at, faults);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let tried = any.iter().map(|schema| {
                let mut faults = Vec::new();
                self.check(schema, value, at, &mut faults);
                faults
            });
            faults.extend(tried.min_by_key(Vec::len).expect("there is a choice"));
            return;
        }
        let constant = schema
            .get("const")
            .is_some_and(|constant| constant != value);
        let listed = schema["enum"]
            .as_array()
            .is_some_and(|list| !list.contains(value));
        if constant || listed {
            faults.push(format!("{at} is {value}"));
        }
        let wanted = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|wanted| is(wanted, value)) {
            faults.push(format!("{at} is not a {}", wanted.join(" or ")));
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, at, faults),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check(&schema["items"], item, &format!("{at}[{index}]"), faults);
                }
            }
            _ => {}
        }
    }

    fn object(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().expect("names are text");
            if !fields.contains_key(name) {
                faults.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match (
                schema["properties"].get(name),
                &schema["additionalProperties"],
            ) {
                (Some(schema), _) => self.check(schema, value, &at, faults),
                (None, other @ Value::Object(_)) => self.check(other, value, &at, faults),
                (None, _) => faults.push(format!("{at} is not documented")),
            }
        }
    }
}

fn is(wanted: &str, value: &Value) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
