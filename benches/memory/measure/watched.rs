//! Wraps the native engine: records the memory of the process before each arena, and can change the size of the context and
//! shorten answers. The engine itself needs no settings for benchmarks.

use serde::{Deserialize, Serialize};

use tripod::analysis::{LedgerRow, ModelRef, Sink, StageName};
use tripod::engine::memory::resident;
use tripod::engine::{
    Cancel, Capabilities, ClassifierWork, Completion, Engine, EngineError, Estimate, Generate, Language, LanguageInfo,
    LanguageWork, NativeEngine, Prompt, RequestSource, Step, Workload, card_memory,
};

/// An arena's ledger row, with the memory in use before it opened and after it closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    /// Anonymous and file-backed memory before opening, in bytes.
    pub before: u64,
    /// Memory of graphics cards in use by all processes before opening, in bytes.
    pub card_before: u64,
    /// The same after closing.
    pub card_after: u64,
    /// The arena's ledger row.
    pub row: LedgerRow,
}

impl Taken {
    /// The arena's peak memory, main memory and graphics cards together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.row.total_peak.saturating_sub(self.before) + self.row.vram_peak
    }
}

/// Memory in use now.
struct Held {
    card: u64,
    main: u64,
}

impl Held {
    fn now() -> Self {
        // Read the card first: on its first use the driver allocates memory in this process.
        let card = card_memory();
        let main = resident();
        Held {
            card: card.total.saturating_sub(card.free),
            main: main.anon + main.file,
        }
    }
}

/// Changes to a stage's work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// Tokens of the reporter's context.
    pub report_cells: usize,
    /// The most tokens of any answer.
    pub most_tokens: Option<usize>,
}

/// The wrapped engine.
pub struct Watched {
    engine: NativeEngine,
    changes: Changes,
    /// All arenas so far.
    pub taken: Vec<Taken>,
    /// The errors of stages that failed as a whole.
    pub failed: Vec<EngineError>,
}

impl Watched {
    pub fn new(engine: NativeEngine, changes: Changes) -> Self {
        Watched {
            engine,
            changes,
            taken: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn note(
        &mut self,
        before: Held,
        (row, done): (Option<LedgerRow>, Result<(), EngineError>),
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        self.taken.extend(row.clone().map(|row| Taken {
            before: before.main,
            card_before: before.card,
            card_after: Held::now().card,
            row,
        }));
        // An error cannot be cloned, so the stage gets another one with the same message.
        let Err(error) = done else { return (row, Ok(())) };
        let told = EngineError::Native {
            operation: "a measured stage",
            reason: error.to_string(),
        };
        self.failed.push(error);
        (row, Err(told))
    }
}

impl Engine for Watched {
    fn expect(&mut self, upcoming: &[ModelRef]) {
        self.engine.expect(upcoming);
    }

    fn language(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut dyn LanguageWork,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let mut changed = Changed {
            work,
            cells: (stage == StageName::REPORT).then_some(self.changes.report_cells),
            most_tokens: self.changes.most_tokens.unwrap_or(usize::MAX),
        };
        let before = Held::now();
        let closed = self.engine.language(stage, model, cancel, &mut changed, sink);
        self.note(before, closed)
    }

    fn classifier(
        &mut self,
        stage: StageName,
        model: &ModelRef,
        cancel: &Cancel,
        work: &mut ClassifierWork<'_>,
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let before = Held::now();
        let closed = self.engine.classifier(stage, model, cancel, work, sink);
        self.note(before, closed)
    }
}

/// A stage's work with another context size and shorter answers.
struct Changed<'a> {
    work: &'a mut dyn LanguageWork,
    cells: Option<usize>,
    most_tokens: usize,
}

impl LanguageWork for Changed<'_> {
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        let workload = self.work.plan(language)?;
        let Some(cells) = self.cells.filter(|_| !workload.is_empty()) else {
            return Ok(workload);
        };
        // Replace all requests by one of that size.
        let prompts = workload.requests.iter().filter_map(|one| one.prompt_tokens);
        let prompt = prompts.max().unwrap_or(0);
        let largest = workload.requests.iter().take(1).map(|one| Estimate {
            prompt_tokens: Some(prompt),
            max_tokens: cells.saturating_sub(prompt),
            ..*one
        });
        Ok(Workload {
            requests: largest.collect(),
            ..workload
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        self.work.run(&mut Short {
            language,
            most_tokens: self.most_tokens,
        })
    }
}

/// A language model that gives short answers.
struct Short<'a> {
    language: &'a mut dyn Language,
    most_tokens: usize,
}

impl LanguageInfo for Short<'_> {
    fn capabilities(&self) -> Capabilities {
        self.language.capabilities()
    }

    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        self.language.count(prompt)
    }
}

impl Language for Short<'_> {
    fn serve(&mut self, source: &mut dyn RequestSource) -> Result<(), EngineError> {
        self.language.serve(&mut ShortRequests {
            source,
            most_tokens: self.most_tokens,
        })
    }
}

struct ShortRequests<'a> {
    source: &'a mut dyn RequestSource,
    most_tokens: usize,
}

impl RequestSource for ShortRequests<'_> {
    fn next(&mut self, model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        let (number, request) = self.source.next(model)?;
        let max_tokens = request.max_tokens.min(self.most_tokens);
        Some((number, Generate { max_tokens, ..request }))
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        self.source.watch(number, step);
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        self.source.finish(number, result);
    }

    fn give_back(&mut self, number: usize, why: EngineError) {
        self.source.give_back(number, why);
    }
}
