//! Counts the tokens of an analysis from its events: prompts evaluated, tokens decoded, over all stages.

use crate::analysis::Event;

/// Tokens of an analysis so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenCount {
    /// Prompt tokens evaluated.
    pub prompt: u64,
    /// Tokens decoded.
    pub decoded: u64,
    /// Tokens decoded of the text in hand.
    current: u64,
}

impl TokenCount {
    /// Takes in what another job took.
    pub fn add(&mut self, other: TokenCount) {
        self.prompt += other.prompt;
        self.decoded += other.decoded;
    }

    /// Takes an event in. A text's own count begins anew with its prompt.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Prefill { tokens, of, .. } if tokens == of => {
                self.prompt += *of as u64;
                self.current = 0;
            }
            Event::Decoded { tokens, .. } => {
                let now = *tokens as u64;
                self.decoded += now.saturating_sub(self.current);
                self.current = now;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::StageName;

    #[test]
    fn two_texts_of_one_job_add_up() {
        let (job, stage) = (|| "j".to_owned(), StageName::REPORT);
        let prefill = |tokens| Event::Prefill {
            job: job(),
            stage,
            tokens,
            of: 10,
        };
        let decoded = |tokens| Event::Decoded {
            job: job(),
            stage,
            tokens,
            of: 99,
        };
        let mut count = TokenCount::default();
        for event in [prefill(5), prefill(10), decoded(3), decoded(7), prefill(10), decoded(2)] {
            count.hear(&event);
        }
        assert_eq!((count.prompt, count.decoded), (20, 9));
    }
}
