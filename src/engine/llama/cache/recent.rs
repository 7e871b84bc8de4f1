//! The recent conversations of a warm model: the content of the KV cache at the end of each, in memory beside the weights. When a
//! conversation continues or is repeated, only the tokens after the common beginning are evaluated.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;

use super::state;
use crate::engine::llama::tuning::SHORTEST_KEPT;

/// The most bytes of all conversations together, if the budget leaves that much.
const LARGEST: u64 = 512 << 20;

/// Conversations with one model, the least recently used first.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    kept: Vec<Kept>,
    /// The most bytes of all of them under the current budget.
    most: u64,
}

#[derive(Debug)]
struct Kept {
    tokens: Vec<LlamaToken>,
    state: Vec<u8>,
}

impl Recent {
    /// Limits the size to the `left` bytes of the budget.
    pub(crate) fn within(mut self, left: u64) -> Self {
        self.most = left.min(LARGEST);
        self.make_room(0);
        self
    }

    /// The size of all saved states, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.kept.iter().map(|kept| kept.state.len() as u64).sum()
    }

    /// Restores into an empty sequence the state that shares the longest beginning with a prompt, among those of at most
    /// `most_cells` tokens. Returns the number of shared tokens; the caller removes the cells after them. The prompt's last
    /// token is never counted, because its logits must be computed.
    pub(crate) fn restore(
        &mut self,
        context: &mut LlamaContext<'_>,
        sequence: i32,
        prompt: &[LlamaToken],
        most_cells: usize,
    ) -> usize {
        let Some((index, alike)) = self.closest(prompt, most_cells) else {
            return 0;
        };
        // It is the most recently used now, so it is evicted last.
        let kept = self.kept.remove(index);
        let restored = state::put(context, sequence, &kept.state);
        self.kept.push(kept);
        if restored { alike } else { 0 }
    }

    fn closest(&self, prompt: &[LlamaToken], most_cells: usize) -> Option<(usize, usize)> {
        let most = prompt.len().saturating_sub(1);
        let fitting = self
            .kept
            .iter()
            .enumerate()
            .filter(|(_, kept)| kept.tokens.len() <= most_cells);
        let alike = fitting.map(|(index, kept)| (index, state::alike(&kept.tokens, &prompt[..most])));
        alike
            .max_by_key(|&(_, alike)| alike)
            .filter(|&(_, alike)| alike >= SHORTEST_KEPT)
    }

    /// Saves the state of a sequence that holds exactly `tokens`, replacing the conversation that it continues.
    pub(crate) fn keep(&mut self, context: &LlamaContext<'_>, sequence: i32, tokens: Vec<LlamaToken>) {
        let size = state::size(context, sequence) as u64;
        if tokens.len() < SHORTEST_KEPT || size > self.most {
            return;
        }
        self.kept.retain(|kept| !tokens.starts_with(&kept.tokens));
        self.make_room(size);
        if let Some(state) = state::of(context, sequence) {
            self.kept.push(Kept { tokens, state });
        }
    }

    fn make_room(&mut self, size: u64) {
        while !self.kept.is_empty() && self.bytes() + size > self.most {
            self.kept.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(numbers: &[i32]) -> Vec<LlamaToken> {
        numbers.iter().map(|&number| LlamaToken(number)).collect()
    }

    fn recent(lengths: &[usize]) -> Recent {
        let kept = lengths.iter().map(|&length| Kept {
            tokens: (0..40).map(LlamaToken).take(length).collect(),
            state: vec![0; length],
        });
        Recent {
            kept: kept.collect(),
            most: 100,
        }
    }

    #[test]
    fn the_longest_beginning_that_has_room_is_found_and_never_the_whole_prompt() {
        let prompt: Vec<LlamaToken> = (0..30).map(LlamaToken).collect();
        assert_eq!(recent(&[20, 30]).closest(&prompt, 40), Some((1, 29)));
        assert_eq!(recent(&[20, 30]).closest(&prompt, 25), Some((0, 20)));
        assert_eq!(recent(&[20]).closest(&tokens(&[7; 30]), 40), None, "nothing alike");
        assert_eq!(
            recent(&[10]).closest(&prompt, 40),
            None,
            "too short to be worth restoring"
        );
    }

    #[test]
    fn the_one_used_longest_ago_goes_when_the_budget_leaves_less() {
        let lengths = |recent: Recent| recent.kept.iter().map(|kept| kept.tokens.len()).collect::<Vec<_>>();
        assert_eq!(lengths(recent(&[20, 30, 25]).within(60)), [30, 25]);
        assert_eq!(lengths(recent(&[20, 30, 25]).within(0)), [0; 0]);
        assert_eq!(recent(&[20, 30]).bytes(), 50);
    }
}
