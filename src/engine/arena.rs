//! The arena: everything native that one stage holds. It is opened against a budget, lent by reference, and freed before the next
//! one opens. The compiler enforces both: an open arena borrows its [`ArenaSlot`] mutably, and everything lent from an arena
//! borrows the arena.
//!
//! ```
//! use tripod::engine::Budget;
//! use tripod::engine::Claim;
//! use tripod::engine::Need;
//! use tripod::engine::ArenaSlot;
//! use tripod::analysis::StageName;
//! # fn main() -> Result<(), tripod::engine::EngineError> {
//! let mut slot = ArenaSlot::new(Budget::default());
//! let claim = Claim::new(StageName::FORECAST, "weights", Need::default());
//! let arena = slot.open(claim, String::new, || Ok(String::from("native things")))?;
//! let lent: &str = arena.native().as_str();
//! assert_eq!(lent.len(), 13);
//! let row = arena.close();
//! assert_eq!(row.model, "weights");
//! # Ok(()) }
//! ```
//!
//! A borrow cannot outlive the arena:
//!
//! ```compile_fail,E0505
//! use tripod::engine::Budget;
//! use tripod::engine::Claim;
//! use tripod::engine::Need;
//! use tripod::engine::ArenaSlot;
//! use tripod::analysis::StageName;
//! # fn main() -> Result<(), tripod::engine::EngineError> {
//! let mut slot = ArenaSlot::new(Budget::default());
//! let claim = Claim::new(StageName::FORECAST, "weights", Need::default());
//! let arena = slot.open(claim, String::new, || Ok(String::from("native things")))?;
//! let lent: &str = arena.native().as_str();
//! arena.close();
//! assert_eq!(lent.len(), 13); // still borrowed: does not compile
//! # Ok(()) }
//! ```
//!
//! A second arena cannot open while the first is open:
//!
//! ```compile_fail,E0499
//! use tripod::engine::Budget;
//! use tripod::engine::Claim;
//! use tripod::engine::Need;
//! use tripod::engine::ArenaSlot;
//! use tripod::analysis::StageName;
//! # fn main() -> Result<(), tripod::engine::EngineError> {
//! let mut slot = ArenaSlot::new(Budget::default());
//! let claim = |stage| Claim::new(stage, "weights", Need::default());
//! let first = slot.open(claim(StageName::FORECAST), String::new, || Ok(vec![1]))?;
//! let second = slot.open(claim(StageName::SENTIMENT), String::new, || Ok(vec![2]))?; // does not compile
//! first.close();
//! second.close();
//! # Ok(()) }
//! ```

use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Instant;

use super::budget::{Budget, Need};
use super::error::EngineError;
use super::ggml::card_memory;
use super::memory::{self, PeakWatch};
use crate::analysis::{LedgerRow, StageName, Usage};

/// Opens arenas, one at a time. An engine has one slot.
#[derive(Debug)]
pub struct ArenaSlot {
    budget: Budget,
}

/// Which stage opens an arena, for which model, and how much memory it needs. Create it before reading any file of the stage: its
/// memory and time measurements start here.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The stage that opens the arena.
    pub stage: StageName,
    /// The manifest's id of the model.
    pub model: String,
    /// The estimated memory, in bytes.
    pub need: Need,
    anon_before: u64,
    card_before: u64,
    begun: Instant,
}

impl Claim {
    /// A claim whose measurements start now.
    pub fn new(stage: StageName, model: &str, need: Need) -> Self {
        // Read the card first: on its first use the driver allocates memory in this process and keeps it.
        let card_before = card_memory().free;
        Claim {
            stage,
            model: model.to_owned(),
            need,
            anon_before: memory::resident().anon,
            card_before,
            begun: Instant::now(),
        }
    }
}

impl ArenaSlot {
    /// An empty slot with a budget for each arena.
    pub fn new(budget: Budget) -> Self {
        ArenaSlot { budget }
    }

    /// The budget of each arena.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Opens an arena: checks the claim against the budget, then loads.
    ///
    /// # Errors
    ///
    /// [`EngineError::OverBudget`] with `hint` when the claim exceeds the budget (`load` is not called), or what `load` returns.
    pub fn open<N>(
        &mut self,
        claim: Claim,
        hint: impl FnOnce() -> String,
        load: impl FnOnce() -> Result<N, EngineError>,
    ) -> Result<Arena<'_, N>, EngineError> {
        let need = claim.need.total();
        if need > self.budget.0 {
            return Err(EngineError::OverBudget {
                stage: claim.stage,
                need,
                budget: self.budget.0,
                hint: hint(),
            });
        }
        // Created before loading, so that dropping it after a failed load returns the partly filled heap to the system.
        let watch = Some(PeakWatch::start());
        let mut arena = Arena {
            native: None,
            claim,
            watch,
            load_ms: Cell::new(0.0),
            usage: Cell::new(Usage::default()),
            card_peak: Cell::new(0),
            slot: PhantomData,
        };
        arena.native = Some(load()?);
        arena.loaded();
        Ok(arena)
    }
}

/// An open arena. [`Arena::close`] frees it; so does dropping it, for example after an error or a panic.
#[derive(Debug)]
pub struct Arena<'slot, N> {
    native: Option<N>,
    claim: Claim,
    watch: Option<PeakWatch>,
    load_ms: Cell<f64>,
    usage: Cell<Usage>,
    /// Peak memory on graphics cards, bytes.
    card_peak: Cell<u64>,
    slot: PhantomData<&'slot mut ArenaSlot>,
}

impl<N> Arena<'_, N> {
    /// The native part of the arena.
    #[expect(
        clippy::expect_used,
        reason = "`native` is taken only by `close` and `drop`, which consume the arena"
    )]
    pub fn native(&self) -> &N {
        self.native.as_ref().expect("an open arena holds its native part")
    }

    /// The native part of the arena, mutably.
    #[expect(
        clippy::expect_used,
        reason = "`native` is taken only by `close` and `drop`, which consume the arena"
    )]
    pub fn native_mut(&mut self) -> &mut N {
        self.native.as_mut().expect("an open arena holds its native part")
    }

    /// Marks the end of loading. Call it again after opening a context over the weights: the last call counts.
    pub fn loaded(&self) {
        self.load_ms.set(milliseconds(self.claim.begun));
        if let Some(watch) = &self.watch {
            watch.note();
        }
        self.card_peak.set(self.card_peak.get().max(self.held_on_cards()));
    }

    /// Memory that this arena has allocated on graphics cards, bytes.
    fn held_on_cards(&self) -> u64 {
        self.claim.card_before.saturating_sub(card_memory().free)
    }

    /// Sets the token counts and timings for the ledger row.
    pub fn used(&self, usage: Usage) {
        self.usage.set(usage);
        self.card_peak.set(self.card_peak.get().max(self.held_on_cards()));
    }

    /// Frees everything, returns freed heap pages to the system and returns the ledger row.
    pub fn close(mut self) -> LedgerRow {
        self.end(drop)
    }

    /// Passes the native part to `take` instead of freeing it, and returns the ledger row.
    pub fn keep(mut self, take: impl FnOnce(N)) -> LedgerRow {
        self.end(take)
    }

    fn end(&mut self, take: impl FnOnce(N)) -> LedgerRow {
        let total_ms = milliseconds(self.claim.begun);
        let peak = self.free(take);
        let anon_after = memory::resident().anon;
        let usage = self.usage.get();
        LedgerRow {
            need_bytes: self.claim.need.total(),
            weights_bytes: self.claim.need.weights,
            kv_bytes: self.claim.need.kv,
            compute_bytes: self.claim.need.compute,
            load_ms: self.load_ms.get(),
            run_ms: (total_ms - self.load_ms.get()).max(0.0),
            prefill_ms: usage.prefill_ms,
            decode_ms: usage.decode_ms,
            sample_ms: usage.sample_ms,
            prompt_tokens: usage.prompt_tokens,
            decoded_tokens: usage.decoded_tokens,
            anon_before: self.claim.anon_before,
            anon_peak: peak.anon,
            anon_after,
            file_peak: peak.file,
            total_peak: peak.total,
            vram_peak: self.card_peak.get(),
            vram_after: self.held_on_cards(),
            freed_bytes: peak.anon.saturating_sub(anon_after),
            ..LedgerRow::new(self.claim.stage, &self.claim.model)
        }
    }

    fn free(&mut self, take: impl FnOnce(N)) -> memory::Peak {
        let peak = self.watch.take().map_or_else(memory::Peak::default, |watch| {
            watch.note();
            watch.peak()
        });
        if let Some(native) = self.native.take() {
            take(native);
        }
        memory::trim_heap();
        peak
    }
}

impl<N> Drop for Arena<'_, N> {
    fn drop(&mut self) {
        if self.watch.is_some() {
            self.free(drop);
        }
    }
}

/// Milliseconds since `start`.
pub(crate) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn claim(bytes: u64) -> Claim {
        Claim::new(
            StageName::REPORT,
            "m",
            Need {
                weights: bytes,
                kv: 0,
                compute: 0,
            },
        )
    }

    #[test]
    fn a_claim_over_the_budget_is_refused_with_its_hint_and_loads_nothing() {
        let loaded = Cell::new(false);
        let mut slot = ArenaSlot::new(Budget(10));
        let refused = slot.open(
            claim(11),
            || "take less".into(),
            || {
                loaded.set(true);
                Ok(())
            },
        );
        let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(message, "the report stage needs 11 B but the budget is 10 B: take less");
        assert!(!loaded.get());
    }

    #[test]
    fn an_arena_is_freed_on_close_on_drop_and_on_panic() {
        struct Native<'a>(&'a Cell<u32>);
        impl Drop for Native<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let freed = Cell::new(0);
        let mut slot = ArenaSlot::new(Budget(10));
        slot.open(claim(1), String::new, || Ok(Native(&freed))).unwrap().close();
        assert_eq!(freed.get(), 1);
        drop(slot.open(claim(1), String::new, || Ok(Native(&freed))).unwrap());
        assert_eq!(freed.get(), 2);
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _arena = slot.open(claim(1), String::new, || Ok(Native(&freed))).unwrap();
            std::panic::resume_unwind(Box::new("boom"));
        }));
        assert!(unwound.is_err());
        assert_eq!(freed.get(), 3);
    }
}
