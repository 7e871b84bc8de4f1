//! `/openapi.json` compared with what the server does, and the routes for operators.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::Contract;
use crate::harness::send;

/// The OpenAPI document, strict: a field that the schema does not name is an error.
pub struct Document {
    paths: Value,
    /// All component schemas: under `closed` for use on their own, under `open` for use as a part of another schema.
    components: Value,
    /// The compiled validators, by schema name.
    validators: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Document {
    pub fn new(document: Value) -> Self {
        assert_eq!(document["openapi"], "3.1.0");
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let each = |form: fn(&Value) -> Value| -> Map<String, Value> {
            schemas
                .iter()
                .map(|(name, schema)| (name.clone(), form(schema)))
                .collect()
        };
        Document {
            paths: document["paths"].clone(),
            components: json!({"closed": each(closed), "open": each(open)}),
            validators: RefCell::default(),
        }
    }

    /// Checks that a value follows a component schema and has no additional fields.
    #[track_caller]
    pub fn holds(&self, name: &str, value: &Value) {
        let faults: Vec<String> = self
            .validator(name)
            .iter_errors(value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
    }

    fn validator(&self, name: &str) -> Rc<Validator> {
        let build = || {
            assert!(
                self.components["closed"].get(name).is_some(),
                "the document has no schema {name}"
            );
            let schema = json!({"$ref": format!("#/components/closed/{name}"), "components": self.components});
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Rc::new(options.build(&schema).unwrap())
        };
        Rc::clone(
            self.validators
                .borrow_mut()
                .entry(name.to_owned())
                .or_insert_with(build),
        )
    }
}

/// A copy of a schema that allows no additional fields at any level.
fn closed(schema: &Value) -> Value {
    let mut schema = open(schema);
    if let Some(object) = schema.as_object_mut() {
        let is_open = object.contains_key("allOf")
            || object.contains_key("properties") && !object.contains_key("additionalProperties");
        if is_open {
            object.insert("unevaluatedProperties".into(), json!(false));
        }
    }
    schema
}

/// The same, but objects at the top level may have additional fields.
fn open(schema: &Value) -> Value {
    match schema {
        Value::Array(schemas) => schemas.iter().map(closed).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), member(key, value)))
            .collect(),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => schema.clone(),
    }
}

fn member(key: &str, value: &Value) -> Value {
    match (key, value) {
        ("$ref", Value::String(name)) => json!(name.replace("/schemas/", "/closed/")),
        ("allOf", Value::Array(parts)) => parts.iter().map(part).collect(),
        ("properties", Value::Object(fields)) => fields
            .iter()
            .map(|(name, field)| (name.clone(), closed(field)))
            .collect(),
        ("example" | "examples" | "enum" | "default", _) => value.clone(),
        _ => closed(value),
    }
}

/// A part of an `allOf`, which also sees the fields of the other parts.
fn part(schema: &Value) -> Value {
    let mut schema = open(schema);
    if let Some(Value::String(name)) = schema.get_mut("$ref") {
        *name = name.replace("/closed/", "/open/");
    }
    schema
}

pub async fn every_route_of_the_document_answers(contract: &Contract) {
    let paths = contract.document.paths.as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let url = contract.server.url(&path.replace("{id}", "nothing"));
            let answer = send(match method.as_str() {
                "get" => contract.server.client.get(url),
                "post" => contract.server.client.post(url).json(&json!({})),
                "delete" => contract.server.client.delete(url),
                other => panic!("{path} takes {other}, of which this test knows nothing"),
            })
            .await;
            let status = answer.status.to_string();
            assert!(
                methods[method]["responses"].get(&status).is_some(),
                "{method} {path}: {status} is not documented"
            );
            assert!(
                answer.status != 405 && !answer.text.contains("unknown_url"),
                "{method} {path}: {answer:?}"
            );
            if answer.status >= 400 {
                contract.document.holds(error_of(path), &answer.json());
            }
        }
    }
}

/// The schema of a route's errors.
fn error_of(path: &str) -> &'static str {
    match path {
        path if path.starts_with("/v1/messages") => "AnthropicError",
        path if path.starts_with("/api/") => "OllamaError",
        _ => "ErrorBody",
    }
}

pub async fn the_watching_routes_hold_to_the_document(contract: &Contract) {
    assert_eq!(contract.get("Liveness", "/health").await["status"], "ok");
    let ready = contract.get("Readiness", "/ready").await;
    assert_eq!(
        (&ready["ready"], &ready["engine_restarts"]),
        (&json!(true), &json!(0)),
        "{ready}"
    );
    let refused = &contract.document.paths["/ready"]["get"]["responses"]["503"]["content"]["application/json"];
    assert_eq!(refused["schema"], json!({"$ref": "#/components/schemas/Readiness"}));

    let models = contract.get("ModelList", "/v1/models").await;
    let ids: Vec<&str> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        ["tripod", "tripod-reporter", "tripod-forecaster", "tripod-embedder"]
    );
    let one = contract.get("ModelCard", "/v1/models/tripod").await;
    assert_eq!(one, models["data"][0]);
}

pub async fn metrics_have_labels_from_fixed_sets(contract: &Contract) {
    contract.server.get("/secret-path-1").await.refusal(404);
    contract.server.get("/v1/analyses/secret-path-2").await.refusal(404);
    contract.refused("/v1/analyze", json!({"ticker": "SECRETX"}), 404).await;
    let answer = contract.server.get("/metrics").await;
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let metrics = answer.text;
    assert!(!metrics.to_lowercase().contains("secret"), "{metrics}");
    let routes = metrics
        .split("route=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    for route in routes {
        let is_known = contract.document.paths.get(route).is_some()
            || [
                "/",
                "/docs",
                "/a/{id}",
                "/t/{id}",
                "/page/{name}",
                "/openapi.json",
                "/api/{*action}",
                "none",
            ]
            .contains(&route);
        assert!(is_known, "{route}");
    }
    for counted in [
        "tripod_requests_total{route=\"/v1/analyses/{id}\",status=\"404\"}",
        "tripod_arena_opened_total{stage=\"forecast\"}",
        "tripod_arena_opened_total{stage=\"sentiment\"}",
        "tripod_arena_opened_total{stage=\"report\"}",
        "tripod_queue_waiting{queue=\"analyses\"} 0",
        "tripod_engine_restarts_total 0",
        "tripod_engine_up 1",
        "tripod_store_up 1",
        "tripod_requests_in_flight ",
        "# EOF",
    ] {
        assert!(metrics.contains(counted), "{counted}: {metrics}");
    }
    let of = |name: &str| -> f64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    assert!(
        of("tripod_tokens_in_total ") > 100.0 && of("tripod_tokens_out_total ") > 50.0,
        "{metrics}"
    );
}
