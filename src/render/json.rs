//! An [`Analysis`] as JSON: the same document on the command line, over HTTP and in the store.

use super::RenderError;
use crate::analysis::Analysis;

/// Indented JSON with a newline at its end. Its schema is [`crate::analysis::schema`].
///
/// # Errors
/// [`RenderError::Json`] if serialising fails.
pub fn json(analysis: &Analysis) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(analysis).map_err(RenderError::Json)?;
    text.push('\n');
    Ok(text)
}
