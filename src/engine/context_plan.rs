//! What work on a language model asks of the context, so that it is opened no larger than needed, and what is free in it.

/// What a batch will ask of the context, so that it is opened no larger than needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContextPlan {
    /// Tokens of KV cache: prompt plus, for each sequence, its longest answer. Under [`Layout::Apart`], for one sequence.
    pub cells: usize,
    /// Tokens of the longest prompt; 0 where it is not known.
    pub prompt: usize,
    /// Tokens of the longest sequence, prompt and answer; 0 where it is not known.
    pub longest: usize,
    /// Sequences decoded together; under [`Layout::Apart`] at most so many, as far as the budget goes.
    pub sequences: usize,
    /// Further requests that may be decoded beside the first, each of as many sequences: in cells of their own, where that is
    /// faster and the budget has room.
    pub alongside: usize,
    /// Tokens of KV cache beyond `cells` that would be of use; opened as far as the budget goes.
    pub spare: usize,
    /// How sequences lie in the cache.
    pub layout: Layout,
}

/// How sequences lie in the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// All in one pool of cells: sequences over one prompt share its cells.
    #[default]
    Shared,
    /// Each in cells of its own, as many as any other: for sequences that have little in common. A step then looks at the cells
    /// of its own sequence alone.
    Apart,
}

impl ContextPlan {
    /// The demand of one request.
    pub fn of(prompt_tokens: usize, sequences: usize, max_tokens: usize) -> Self {
        ContextPlan {
            cells: prompt_tokens + sequences * max_tokens,
            prompt: prompt_tokens,
            longest: prompt_tokens + max_tokens,
            sequences,
            ..ContextPlan::default()
        }
    }

    /// What serves both, in one pool.
    pub fn max(self, other: Self) -> Self {
        ContextPlan {
            cells: self.cells.max(other.cells),
            prompt: self.prompt.max(other.prompt),
            longest: self.longest.max(other.longest),
            sequences: self.sequences.max(other.sequences),
            alongside: self.alongside.max(other.alongside),
            spare: self.spare.max(other.spare),
            layout: Layout::Shared,
        }
    }
}

/// What is free in an open context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Tokens of KV cache.
    pub cells: usize,
    /// Sequences.
    pub sequences: usize,
}

impl Capacity {
    /// Whether a prompt and the answer to it, in one sequence at least, have room.
    pub fn holds(self, prompt_tokens: usize, max_tokens: usize) -> bool {
        self.sequences > 0 && prompt_tokens + max_tokens <= self.cells
    }
}
