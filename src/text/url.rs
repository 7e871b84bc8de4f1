//! Links of untrusted origin: an address comes in; a normalised web address that a page may link to goes out, or nothing.

use url::Url;

const MAX_URL: usize = 2_000;

/// The address, normalised; `None` unless it is `http` or `https`, at most 2,000 bytes long, without a user name and without a
/// character that could end an attribute or a Markdown link (a host may hold a quotation mark).
pub fn clean_url(raw: &str) -> Option<String> {
    let raw = raw.trim();
    if raw.len() > MAX_URL {
        return None;
    }
    let url = Url::parse(raw).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let safe = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '`' | '\\');
    Some(String::from(url)).filter(|url| plain && url.len() <= MAX_URL && url.chars().all(safe))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_web_addresses_are_kept() {
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://example.org/",
            "//example.org",
            "not a url",
            "https://user:secret@example.org/",
            "https://example.org\"onclick=x/",
            "",
        ] {
            assert_eq!(clean_url(url), None, "{url}");
        }
        assert_eq!(clean_url(&format!("https://example.org/{}", "x".repeat(3_000))), None);
        assert_eq!(clean_url(&format!("https://example.org/{}", "é".repeat(900))), None);
    }

    proptest! {
        #[test]
        fn a_clean_url_is_ascii_without_quotes_or_brackets_and_stays_the_same(raw in "(https?://)?\\PC{0,60}") {
            if let Some(url) = clean_url(&raw) {
                prop_assert!(url.starts_with("http://") || url.starts_with("https://"));
                prop_assert!(!url.contains(['<', '>', '"', ' ']));
                prop_assert!(url.chars().all(|c| !c.is_control()));
                prop_assert_eq!(clean_url(&url), Some(url.clone()));
            }
        }
    }
}
