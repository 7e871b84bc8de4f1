//! `tripod check FILE --facts FILE`: checks a text against a table of facts, claim by claim. Reads two files and needs no
//! configuration, no model and no network.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ending::wrong_use;
use super::output::print;
use crate::analysis::Analysis;
use crate::grounding::{Call, ClaimKind, Evidence, Fact, Grounding, Locale, Verdict, repair};
use crate::stages::with_evidence_of;

/// Arguments of `tripod check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The text, in Markdown; - is standard input
    #[arg(value_name = "FILE")]
    text: PathBuf,

    /// An analysis printed by `tripod analyze --json`, or a list of facts
    #[arg(long, value_name = "FILE")]
    facts: PathBuf,

    /// Language of the text: en or de [default: the analysis' own, else en]
    #[arg(long, value_name = "CODE")]
    language: Option<Locale>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Facts from a file, with what else a text may name.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    facts: Vec<Fact>,
    /// The titles of the headlines, in the order in which a text numbers them.
    #[serde(default)]
    headlines: Vec<String>,
    /// The company and its ticker.
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    call: Option<Call>,
    /// The language of the text.
    #[serde(default)]
    language: Locale,
}

/// Runs the command. Exit code 1 when a claim has no support.
pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let text = if args.text == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        text
    } else {
        read(&args.text)?
    };
    let known = known(&read(&args.facts)?)
        .with_context(|| format!("{} holds no facts that can be read", args.facts.display()))
        .map_err(wrong_use)?;
    let headlines: Vec<&str> = known.headlines.iter().map(String::as_str).collect();
    let names: Vec<&str> = known.names.iter().map(String::as_str).collect();
    let (left, grounding) = repair(
        &text,
        &Evidence {
            facts: &known.facts,
            headlines: &headlines,
            names: &names,
            call: known.call,
            locale: args.language.unwrap_or(known.language),
        },
    );
    print(&if args.json {
        #[derive(Serialize)]
        struct Checked<'a> {
            #[serde(flatten)]
            grounding: &'a Grounding,
            /// The text without the sentences that were struck.
            text: &'a str,
        }
        let checked = Checked {
            grounding: &grounding,
            text: &left,
        };
        serde_json::to_string_pretty(&checked)? + "\n"
    } else {
        shown(&grounding, &known.facts)
    })?;
    let holds = grounding.claims.iter().all(|claim| claim.verdict == Verdict::Supported);
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    text.map_err(wrong_use)
}

/// An analysis, a list of facts, or an object with facts, headlines, names and the call.
fn known(text: &str) -> anyhow::Result<Known> {
    let value: Value = serde_json::from_str(text).context("it is not JSON")?;
    if value.is_array() {
        return Ok(Known {
            facts: serde_json::from_value(value).context("a fact in the list cannot be read")?,
            ..Known::default()
        });
    }
    if value.get("object").and_then(Value::as_str) == Some("analysis") {
        let analysis = serde_json::from_value(value).context("the analysis cannot be read")?;
        return Ok(of_analysis(&analysis));
    }
    if value.get("facts").is_none() {
        return Err(anyhow!(
            "expected an analysis (`tripod analyze TICKER --json`), a list of facts, or an object with the key `facts`"
        ));
    }
    serde_json::from_value(value).context("the facts cannot be read")
}

/// What the report of an analysis is checked against.
fn of_analysis(analysis: &Analysis) -> Known {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    with_evidence_of(analysis, |evidence| Known {
        facts: evidence.facts.to_vec(),
        headlines: owned(evidence.headlines),
        names: owned(evidence.names),
        call: evidence.call,
        language: evidence.locale,
    })
}

/// A line a claim, and a line that counts them.
fn shown(grounding: &Grounding, facts: &[Fact]) -> String {
    let mut text = String::new();
    for claim in &grounding.claims {
        let verdict = match claim.verdict {
            Verdict::Supported => "supported",
            Verdict::Contradicted => "contradicted",
            Verdict::Unsupported => "unsupported",
        };
        let value = |id: &str| match facts.iter().find(|fact| fact.id == id) {
            Some(fact) => format!("{id} ({}: {})", fact.label, fact.value),
            None => id.to_owned(),
        };
        let fact = claim.fact.as_ref().map(|fact| {
            let parts: Vec<String> = fact.split(", ").map(value).collect();
            format!("  {}", parts.join(", "))
        });
        let words = claim.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            text,
            "{verdict:<12}  {:<14}  \"{words}\"{}",
            kind(claim.kind),
            fact.unwrap_or_default()
        );
    }
    let count = |verdict: Verdict| grounding.claims.iter().filter(|claim| claim.verdict == verdict).count();
    let _ = writeln!(
        text,
        "{} claims: {} supported, {} contradicted, {} unsupported; sentences that would be struck: {}",
        grounding.claims.len(),
        count(Verdict::Supported),
        count(Verdict::Contradicted),
        count(Verdict::Unsupported),
        grounding.struck
    );
    text
}

fn kind(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Number => "number",
        ClaimKind::Date => "date",
        ClaimKind::Direction => "direction",
        ClaimKind::Comparison => "comparison",
        ClaimKind::Count => "count",
        ClaimKind::Name => "name",
        ClaimKind::Cause => "cause",
        ClaimKind::Business => "business",
        ClaimKind::News => "news",
        ClaimKind::Recommendation => "recommendation",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_as_a_list_and_with_what_else_a_text_may_name() {
        let fact = r#"{"id":"last_close","label":"Last close","value":"$92.80","number":92.8,"unit":"price"}"#;
        assert_eq!(known(&format!("[{fact}]")).unwrap().facts.len(), 1);
        let whole = known(&format!(
            r#"{{"facts":[{fact}],"headlines":["Up"],"names":["ACME"],"call":"hold"}}"#
        ))
        .unwrap();
        assert_eq!((whole.headlines.len(), whole.call), (1, Some(Call::Hold)));
        for text in ["", "{}", "[1]", "{\"facts\":[],\"fact\":1}"] {
            assert!(known(text).is_err(), "{text}");
        }
    }
}
