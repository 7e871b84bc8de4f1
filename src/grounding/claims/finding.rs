//! What a check found: the tokens of a claim, its kind and the verdict. Plain data.

use crate::grounding::claim::{ClaimKind, Verdict};

/// A claim, the tokens `from..to` of its sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub from: usize,
    pub to: usize,
    pub kind: ClaimKind,
    pub verdict: Verdict,
    pub fact: Option<String>,
}

impl Finding {
    /// A claim that no fact says anything about.
    pub(super) fn unsupported(from: usize, to: usize, kind: ClaimKind) -> Self {
        Finding {
            from,
            to,
            kind,
            verdict: Verdict::Unsupported,
            fact: None,
        }
    }

    /// A claim that `fact` decides.
    pub(super) fn decided(from: usize, to: usize, kind: ClaimKind, holds: bool, fact: impl Into<String>) -> Self {
        Finding {
            from,
            to,
            kind,
            verdict: if holds {
                Verdict::Supported
            } else {
                Verdict::Contradicted
            },
            fact: Some(fact.into()),
        }
    }
}
