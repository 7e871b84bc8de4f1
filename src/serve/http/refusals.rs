//! The error responses of every route, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};

/// The statuses that an [`ApiError`](super::error::ApiError) can have, each with the error body.
#[derive(Debug)]
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals("ErrorBody")
    }
}

/// The statuses that an error can have, each with the body of this schema.
pub fn refusals(schema: &str) -> BTreeMap<String, RefOr<Response>> {
    let refusals = [
        (
            "400",
            "The request cannot be carried out as written; `param` names the field",
        ),
        ("401", "No API key, or an unknown one"),
        ("403", "The Host or Origin header is not allowed"),
        ("404", "Not found"),
        ("408", "The request did not arrive in time"),
        ("413", "The body is too large"),
        ("415", "The body is not JSON"),
        (
            "422",
            "A field is out of its range; on the Python original's routes only",
        ),
        ("429", "The queue is full; Retry-After says when to try again"),
        ("500", "The engine failed on this request, or an internal error"),
        ("502", "A source of prices failed"),
        ("503", "The engine or a model is not available now"),
        ("504", "The request took too long"),
        (
            "507",
            "The analysis could not be stored, and the request asked for that",
        ),
    ];
    let answer = |description: &str| {
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        RefOr::T(
            ResponseBuilder::new()
                .description(description)
                .content("application/json", content)
                .build(),
        )
    };
    refusals
        .into_iter()
        .map(|(status, description)| (status.to_owned(), answer(description)))
        .collect()
}
