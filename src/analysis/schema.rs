//! The JSON Schema of an [`Analysis`], generated from its types. The published schema, the OpenAPI document and the fields that
//! a chat client may request all come from [`component_schemas`], so a new field of a type appears in all three.

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Analysis;

/// The schemas of [`Analysis`] and of every type it contains, by type name, in OpenAPI's form.
///
/// utoipa does not know that serde writes an absent option as `null`; here every nullable field is required.
pub fn component_schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(Analysis::name().into_owned(), Analysis::schema())];
    Analysis::schemas(&mut schemas);
    for (_, schema) in &mut schemas {
        if let RefOr::T(Schema::Object(object)) = schema {
            for (name, field) in &object.properties {
                if is_nullable(field) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
            }
        }
    }
    schemas
}

/// The JSON Schema (draft 2020-12) of an [`Analysis`], the output of `tripod analyze --json` and `POST /v1/analyze`. Objects
/// allow only the fields that the schema names.
pub fn schema() -> Value {
    let mut definitions: Map<String, Value> = component_schemas()
        .into_iter()
        .map(|(name, schema)| (name, json!(schema)))
        .collect();
    definitions.values_mut().for_each(close);
    let mut root = Map::from_iter([
        (
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        ),
        ("$id".to_owned(), json!("urn:tripod:analysis")),
        ("title".to_owned(), json!("Analysis")),
    ]);
    if let Some(Value::Object(analysis)) = definitions.shift_remove(Analysis::name().as_ref()) {
        root.extend(analysis);
    }
    root.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(root)
}

fn is_nullable(field: &RefOr<Schema>) -> bool {
    let has_null = |kind: &SchemaType| matches!(kind, SchemaType::Array(types) if types.contains(&Type::Null));
    match field {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type) || object.schema_type == Type::Null.into(),
        RefOr::T(Schema::Array(array)) => has_null(&array.schema_type),
        RefOr::T(Schema::OneOf(several)) => several.items.iter().any(is_nullable),
        _ => false,
    }
}

/// Forbids fields that an object does not name, and points references at the definitions of this schema.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(json!(false));
            }
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/$defs/");
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_its_definition_and_every_object_is_closed() {
        fn walk(value: &Value, found: &mut Vec<Value>) {
            if let Some(reference) = value.get("$ref") {
                found.push(reference.clone());
            }
            match value {
                Value::Object(members) => {
                    assert!(
                        !members.get("properties").is_some_and(Value::is_object)
                            || members.contains_key("additionalProperties"),
                        "{value}"
                    );
                    members.values().for_each(|member| walk(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
                _ => {}
            }
        }
        let schema = schema();
        let mut references = Vec::new();
        walk(&schema, &mut references);
        assert!(references.len() > 10, "{references:?}");
        for reference in references {
            let path = reference.as_str().and_then(|text| text.strip_prefix('#'));
            assert!(path.is_some_and(|path| schema.pointer(path).is_some()), "{reference}");
        }
    }
}
