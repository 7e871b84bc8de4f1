//! Counts the tokens of an analysis from its events, over all stages.

use crate::analysis::Event;

/// Tokens evaluated so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenCount {
    /// Tokens of prompts.
    pub prompt: u64,
    /// Tokens generated.
    pub decoded: u64,
    /// Tokens generated since the last prompt.
    current: u64,
}

impl TokenCount {
    /// Adds the tokens of another job.
    pub fn add(&mut self, other: TokenCount) {
        self.prompt += other.prompt;
        self.decoded += other.decoded;
    }

    /// Adds the tokens of an event. `Decoded` counts from the last prompt on, so a finished prompt resets that count.
    pub fn add_event(&mut self, event: &Event) {
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
            count.add_event(&event);
        }
        assert_eq!((count.prompt, count.decoded), (20, 9));
    }
}
