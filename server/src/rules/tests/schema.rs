//! Holds JSON against a schema, as far as ours go: types, required and further keys, enumerations, references, items and
//! alternatives. A keyword that it does not know is a fault of the schema, so that nothing is passed over in silence.

use serde_json::Value;

const TELLS_ONLY: [&str; 6] = ["$schema", "title", "description", "format", "$defs", "$comment"];

/// All that differs, each with its path.
pub(super) fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, schema, "$", &mut faults);
    faults
}

fn check(value: &Value, schema: &Value, root: &Value, at: &str, faults: &mut Vec<String>) {
    for (keyword, asked) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$ref" => {
                let path = asked.as_str().unwrap().strip_prefix('#').unwrap();
                check(value, root.pointer(path).expect("what is referred to"), root, at, faults);
            }
            "type" if !is_type(value, asked.as_str().unwrap()) => {
                faults.push(format!("{at}: {value} is no {asked}"));
            }
            "enum" if !asked.as_array().unwrap().contains(value) => {
                faults.push(format!("{at}: {value} is none of {asked}"));
            }
            "anyOf" => {
                let fits = |it: &Value| {
                    let mut faults = Vec::new();
                    check(value, it, root, at, &mut faults);
                    faults.is_empty()
                };
                if !asked.as_array().unwrap().iter().any(fits) {
                    faults.push(format!("{at}: {value} fits no alternative"));
                }
            }
            "required" => {
                let keys = asked.as_array().unwrap().iter().map(|it| it.as_str().unwrap());
                for key in keys.filter(|key| value.is_object() && value.get(key).is_none()) {
                    faults.push(format!("{at}: has no {key}"));
                }
            }
            "properties" => {
                for (key, part) in value.as_object().into_iter().flatten() {
                    match asked.get(key) {
                        Some(of_key) => check(part, of_key, root, &format!("{at}.{key}"), faults),
                        None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                            faults.push(format!("{at}: has {key}, which the schema does not know"));
                        }
                        None => {}
                    }
                }
            }
            "items" => {
                for (n, part) in value.as_array().into_iter().flatten().enumerate() {
                    check(part, asked, root, &format!("{at}[{n}]"), faults);
                }
            }
            "type" | "enum" | "additionalProperties" => {}
            known => assert!(TELLS_ONLY.contains(&known), "{at}: the schema's `{known}`"),
        }
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema's type {other}"),
    }
}
