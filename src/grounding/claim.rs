//! A claim of a text and the verdict on it. Plain data, part of a report's JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a text says and that can be compared with the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// The words of the claim, as they stand in the text: a figure, a date, a name, a phrase.
    pub text: String,
    /// What kind of statement it is.
    pub kind: ClaimKind,
    /// Whether the facts bear it out.
    pub verdict: Verdict,
    /// The fact, or the facts, that decided: an id of the table, `headline 2`, `company` or `call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fact: Option<String>,
    /// Who wrote the sentence.
    #[serde(default)]
    pub by: Author,
    /// Whether its sentence was taken out of the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub struck: bool,
}

/// Who wrote a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// A language model.
    #[default]
    Model,
    /// Code, from the facts.
    Code,
}

/// The kinds of claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// A figure.
    Number,
    /// A day, a month, a year or a span of time.
    Date,
    /// That something rose, fell or stayed.
    Direction,
    /// That one thing lies above or below another.
    Comparison,
    /// How many headlines, paths or days there are.
    Count,
    /// A company, a person or a product.
    Name,
    /// Why something happened.
    Cause,
    /// What the company makes, sells or earns.
    Business,
    /// What the news says.
    News,
    /// What a reader should do.
    Recommendation,
}

/// The verdict on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A fact says the same.
    Supported,
    /// A fact says otherwise.
    Contradicted,
    /// No fact says anything about it.
    Unsupported,
}
