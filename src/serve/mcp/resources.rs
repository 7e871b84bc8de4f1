//! The stored analyses as resources: a list in pages, and each one's JSON with its report in Markdown.

use rmcp::model::{ErrorData, ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::Value;

use crate::serve::runs::Shared;
use crate::store::{Page, StoreError};

const BEGINNING: &str = "tripod://analyses/";

/// The address of an analysis.
pub(super) fn uri(id: &str) -> String {
    format!("{BEGINNING}{id}")
}

/// The address of any analysis.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(format!("{BEGINNING}{{id}}"), "analysis")
        .with_description("A stored analysis by its id")
        .with_mime_type("application/json")
}

/// A page of the analyses, newest first; the cursor is the id of the last one of the page before.
pub(super) async fn list(app: &Shared, after: Option<String>) -> Result<ListResourcesResult, ErrorData> {
    let page = Page {
        limit: 50,
        after,
        ..Page::default()
    };
    let listing = app.store.list(&page).await.map_err(|error| match error {
        error @ StoreError::UnknownAfter => ErrorData::invalid_params(error.to_string(), None),
        error => unreadable(&error),
    })?;
    let described = |entry: &crate::store::Summary| {
        Resource::new(uri(&entry.id), format!("{} of {}", entry.ticker, entry.as_of))
            .with_description(format!("Analysis of {} as of {}", entry.ticker, entry.as_of))
            .with_mime_type("application/json")
    };
    let mut result = ListResourcesResult::with_all_items(listing.data.iter().map(described).collect());
    result.next_cursor = listing.last_id.filter(|_| listing.has_more);
    Ok(result)
}

/// An analysis: its JSON, and its report where it has one.
pub(super) async fn read(app: &Shared, address: &str) -> Result<ReadResourceResult, ErrorData> {
    let unknown = || {
        ErrorData::resource_not_found(
            "there is no such analysis; resources/list names those that there are",
            None,
        )
    };
    let id = address.strip_prefix(BEGINNING).ok_or_else(unknown)?;
    let stored = app.store.get(id).await.map_err(|error| unreadable(&error))?;
    let stored = stored.ok_or_else(unknown)?;
    let analysis: Value = serde_json::from_str(&stored).map_err(|error| unreadable(&error))?;
    let report = analysis.pointer("/report/markdown").and_then(Value::as_str);
    let report = report.map(|report| ResourceContents::text(report, address).with_mime_type("text/markdown"));
    let whole = ResourceContents::text(stored, address).with_mime_type("application/json");
    Ok(ReadResourceResult::new(
        [Some(whole), report].into_iter().flatten().collect(),
    ))
}

fn unreadable(error: &dyn std::error::Error) -> ErrorData {
    tracing::error!(%error, "the store cannot be read");
    ErrorData::internal_error("the store cannot be read; the server's log has more", None)
}
