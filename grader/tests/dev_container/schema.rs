//! JSON Schema (draft 2019-09), as much of it as the specification of dev containers uses.
//!
//! The crate `jsonschema` does it all, but brings 30 more, one of them under a licence that deny.toml doesn't have.

use std::collections::BTreeSet;

use predicates::Predicate;
use predicates::str::is_match;
use serde_json::Value;

/// Names of an object's members that some keyword has had a look at: `unevaluatedProperties` is about the others.
type Names = BTreeSet<String>;

/// What editors show to people.
const ANNOTATIONS: [&str; 13] = [
    "$schema",
    "allowComments",
    "allowTrailingCommas",
    "default",
    "defaultSnippets",
    "definitions",
    "deprecated",
    "deprecationMessage",
    "description",
    "enumDescriptions",
    "examples",
    "format",
    "markdownDescription",
];

/// A schema, whole, so that its references can be followed.
pub(crate) struct Schema(pub(crate) Value);

impl Schema {
    /// Whether a document is valid; if not, what is wrong with it and where.
    pub(crate) fn admits(&self, document: &Value) -> Result<(), String> {
        self.holds(&self.0, document, "").map(drop)
    }

    fn holds(&self, schema: &Value, value: &Value, at: &str) -> Result<Names, String> {
        let keywords = match schema {
            Value::Bool(true) => return Ok(Names::new()),
            Value::Bool(false) => return Err(format!("{at}: nothing of this name is known")),
            schema => schema.as_object().expect("a schema is an object or a boolean"),
        };
        let mut seen = Names::new();
        for (keyword, rule) in keywords {
            let fits = match keyword.as_str() {
                "$ref" => {
                    seen.extend(self.holds(self.referred(rule), value, at)?);
                    true
                }
                "allOf" => {
                    for schema in list(rule) {
                        seen.extend(self.holds(schema, value, at)?);
                    }
                    true
                }
                "anyOf" => {
                    seen.extend(self.those_that_hold(rule, value, at)?.into_iter().flatten());
                    true
                }
                "oneOf" => {
                    let held = self.those_that_hold(rule, value, at)?;
                    let one = held.len() == 1;
                    seen.extend(held.into_iter().flatten());
                    one
                }
                "type" if rule.is_string() => has_type(value, rule),
                "type" => list(rule).iter().any(|rule| has_type(value, rule)),
                "enum" => list(rule).contains(value),
                "minimum" => value.as_f64().is_none_or(|number| Some(number) >= rule.as_f64()),
                "maximum" => value.as_f64().is_none_or(|number| Some(number) <= rule.as_f64()),
                "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str(), text)),
                "required" => value.as_object().is_none_or(|members| {
                    list(rule).iter().all(|name| name.as_str().is_some_and(|name| members.contains_key(name)))
                }),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.holds(rule, item, &format!("{at}/{index}"))?;
                    }
                    true
                }
                // Below: they depend on one another.
                "properties" | "patternProperties" | "additionalProperties" | "unevaluatedProperties" => true,
                other if ANNOTATIONS.contains(&other) => true,
                other => panic!("the schema uses {other}: this file has to learn it"),
            };
            if !fits {
                return Err(format!("{at}: {value} is not as {keyword} says: {rule}"));
            }
        }
        seen.extend(self.look_at_members(schema, value, at, &seen)?);
        Ok(seen)
    }

    /// What the schemas of a list that hold have seen; an error if none does.
    fn those_that_hold(&self, schemas: &Value, value: &Value, at: &str) -> Result<Vec<Names>, String> {
        let (held, problems): (Vec<_>, Vec<_>) =
            list(schemas).iter().map(|schema| self.holds(schema, value, at)).partition(Result::is_ok);
        if held.is_empty() {
            let problems: Vec<String> = problems.into_iter().filter_map(Result::err).collect();
            return Err(problems.join("\n  or "));
        }
        Ok(held.into_iter().flatten().collect())
    }

    /// The members of an object, by their names.
    fn look_at_members(
        &self,
        schema: &Value,
        value: &Value,
        at: &str,
        before: &Names,
    ) -> Result<Names, String> {
        let mut seen = Names::new();
        for (name, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            let named = schema["properties"].get(name);
            let patterns = schema["patternProperties"].as_object().into_iter().flatten();
            let like = patterns.filter(|(pattern, _)| matches(Some(pattern), name)).map(|(_, rule)| rule);
            let mut rules: Vec<&Value> = named.into_iter().chain(like).collect();
            if rules.is_empty() {
                rules.extend(schema.get("additionalProperties"));
            }
            if rules.is_empty() && !before.contains(name) {
                rules.extend(schema.get("unevaluatedProperties"));
            }
            for rule in &rules {
                self.holds(rule, member, &at)?;
            }
            if !rules.is_empty() {
                seen.insert(name.clone());
            }
        }
        Ok(seen)
    }

    fn referred(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.0.pointer(pointer))
            .expect("a reference leads to a part of the schema")
    }
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().expect("this keyword has a list")
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        _ => panic!("{name} is no type of JSON"),
    }
}

fn matches(pattern: Option<&str>, text: &str) -> bool {
    let pattern = pattern.and_then(|pattern| is_match(pattern).ok());
    pattern.expect("a pattern is a regular expression").eval(text)
}
