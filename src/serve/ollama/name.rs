//! Names of models as Ollama writes them: `tripod` and `tripod:latest` are the same.

const TAG: &str = ":latest";

/// The model's id.
pub(super) fn id(name: &str) -> &str {
    name.strip_suffix(TAG).unwrap_or(name)
}

/// The model's name with its tag.
pub(super) fn tagged(id: &str) -> String {
    format!("{id}{TAG}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_latest_may_be_left_out_and_no_other_is_known() {
        assert_eq!(id("tripod:latest"), "tripod");
        assert_eq!(id("tripod"), "tripod");
        assert_eq!(id("tripod:7b"), "tripod:7b");
        assert_eq!(id(&tagged("tripod-reporter")), "tripod-reporter");
    }
}
