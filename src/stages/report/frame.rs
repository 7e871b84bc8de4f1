//! The frame of a text: its sections, with the sentences that code writes in each. The model's text goes in while it is written, and
//! when it was checked; the whole text goes out. The reader gets the right figures in the right place whatever the model adds, and
//! no section is empty. The model does not see these sentences: a small one would continue them with figures of its own.

use crate::grounding::{Author, NOTHING_FURTHER};

/// A section and what code writes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// The heading, without its mark.
    pub title: &'static str,
    /// The first sentences; empty where there is nothing to say with certainty.
    pub lead: String,
    /// Further sentences, for a section without words of the model.
    pub more: Vec<String>,
    /// Whether the model is asked for this section. Without input for it, it is not.
    pub asked: bool,
}

impl Section {
    fn heading(&self) -> String {
        format!("## {}\n\n", self.title)
    }

    /// Everything that code has to say.
    fn by_code(&self) -> String {
        let lead = Some(self.lead.as_str()).filter(|lead| !lead.is_empty());
        let sentences: Vec<&str> = lead.into_iter().chain(self.more.iter().map(String::as_str)).collect();
        sentences.join(" ")
    }
}

/// The text as far as it is written, with code's sentences in it. As the model's text grows, the result only grows at its end, so it
/// can be shown while it is written.
pub(super) fn with_leads(written: &str, sections: &[Section]) -> String {
    let mut text = String::with_capacity(written.len() * 2);
    let mut rest = written;
    let mut own: Vec<&Section> = Vec::new();
    for section in sections {
        if !section.asked {
            own.push(section);
            continue;
        }
        let heading = section.heading();
        let Some(at) = rest.find(&heading) else {
            if !own.is_empty() {
                rest = without_beginning_of(&heading, rest);
            }
            break;
        };
        text.push_str(&rest[..at]);
        for section in own.drain(..) {
            text.push_str(&format!("{}{}\n\n", section.heading(), section.by_code()));
        }
        text.push_str(&heading);
        if !section.lead.is_empty() {
            text.push_str(&section.lead);
            text.push(' ');
        }
        rest = &rest[at + heading.len()..];
    }
    text.push_str(rest);
    text
}

/// The text without the beginning of a heading at its end: code's own sections go in before that heading.
fn without_beginning_of<'t>(heading: &str, text: &'t str) -> &'t str {
    let begun = (1..=heading.len())
        .rev()
        .filter_map(|length| text.strip_suffix(heading.get(..length)?));
    begun.into_iter().next().unwrap_or(text)
}

/// The finished text: every section with code's sentences and what the texts say in it, one after the other.
pub(super) fn put_together(texts: &[&str], sections: &[Section]) -> String {
    let bodies: Vec<String> = sections
        .iter()
        .map(|section| {
            let words: Vec<&str> = texts.iter().map(|text| body(text, section)).collect();
            let words = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>();
            match words.join(" ") {
                words if words.is_empty() || !section.asked => section.by_code(),
                words if section.lead.is_empty() => words,
                words => format!("{} {words}", section.lead),
            }
        })
        .collect();
    let whole = sections.iter().zip(bodies);
    let whole: Vec<String> = whole
        .map(|(section, body)| format!("{}{body}", section.heading()))
        .collect();
    whole.join("\n\n")
}

/// The sections that say less than in a text before: those of which sentences were struck.
pub(super) fn shortened(before: &str, after: &str, sections: &[Section]) -> Vec<Section> {
    let lost = |section: &&Section| section.asked && body(before, section).len() > body(after, section).len();
    sections.iter().filter(lost).cloned().collect()
}

/// What the model wrote in a section; empty where nothing is left.
fn body<'t>(text: &'t str, section: &Section) -> &'t str {
    let Some((_, after)) = text.split_once(&format!("## {}\n", section.title)) else {
        return "";
    };
    let body = after.split("\n## ").next().unwrap_or_default().trim();
    let body = body.strip_prefix(section.lead.as_str()).map_or(body, str::trim_start);
    if body == NOTHING_FURTHER { "" } else { body }
}

/// Who wrote a sentence: the model, where its text has it.
pub(super) fn author(of_model: &str) -> impl Fn(&str) -> Author {
    move |sentence| match of_model.contains(sentence.trim()) {
        true => Author::Model,
        false => Author::Code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        let section = |title, lead: &str, more: &str, asked| Section {
            title,
            lead: lead.to_owned(),
            more: vec![more.to_owned()],
            asked,
        };
        vec![
            section("Summary", "Apple Inc. closed at $56.14.", "It rose.", true),
            section("Recommendation", "**NO CALL.** There is no forecast.", "Wait.", false),
            section("Conclusion", "", "Nothing is known of the news.", true),
        ]
    }

    const WRITTEN: &str = "## Summary\n\nIt is well known.\n\n## Conclusion\n\nThat is all.";

    #[test]
    fn a_growing_text_only_grows_and_gets_the_sections_that_code_writes_alone() {
        let mut shown = String::new();
        for end in 0..=WRITTEN.len() {
            let next = with_leads(&WRITTEN[..end], &sections());
            assert!(next.starts_with(&shown), "{shown:?} became {next:?}");
            shown = next;
        }
        assert_eq!(
            shown,
            "## Summary\n\nApple Inc. closed at $56.14. It is well known.\n\n## Recommendation\n\n**NO CALL.** There is no forecast. \
             Wait.\n\n## Conclusion\n\nThat is all."
        );
        assert_eq!(put_together(&[WRITTEN], &sections()), shown);
        assert_eq!(
            put_together(&[&shown], &sections()),
            shown,
            "code's sentences once, whether they are there already or not"
        );
    }

    #[test]
    fn what_was_written_anew_stands_after_what_was_left_of_a_section() {
        let again = "## Summary\n\nIt is what it is.";
        let text = put_together(&[WRITTEN, again], &sections());
        assert!(
            text.contains("It is well known. It is what it is.\n\n## Recommendation"),
            "{text}"
        );
        let lost = shortened(&text, &put_together(&[WRITTEN], &sections()), &sections());
        assert_eq!(
            lost.iter().map(|section| section.title).collect::<Vec<_>>(),
            ["Summary"]
        );
    }

    #[test]
    fn a_section_that_lost_its_sentences_is_written_by_code() {
        let kept = format!("## Summary\n\n{NOTHING_FURTHER}\n\n## Conclusion\n\n{NOTHING_FURTHER}");
        let text = put_together(&[&kept], &sections());
        assert!(
            text.starts_with("## Summary\n\nApple Inc. closed at $56.14. It rose.\n\n"),
            "{text}"
        );
        assert!(
            text.ends_with("## Conclusion\n\nNothing is known of the news."),
            "{text}"
        );
        assert!(!text.contains(NOTHING_FURTHER), "{text}");
        assert_eq!(
            put_together(&[], &sections()),
            text,
            "the same without a word of a model"
        );
    }
}
