//! The memory that models use and free, by the kernel's counters. Each test has a process of its own, because the counters cover the
//! whole process.

use crate::{own_process, support};

use tripod::analysis::{LedgerRow, StageName};
use tripod::engine::{
    ArenaSlot, Budget, Cancel, Claim, Engine, EngineError, Estimate, Generate, Language, LanguageInfo, LanguageWork,
    LlamaOptions, NativeEngine, Need, Prompt, Workload,
};
use tripod::models::Role;

struct Short;

impl LanguageWork for Short {
    fn plan(&mut self, _: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        // 4,096 tokens in total.
        Ok(Workload {
            requests: vec![Estimate {
                sequences: 8,
                ..Estimate::one(Some(240), 482)
            }],
            together: 1,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let prompt = Prompt::Plain("Prices go up and down. ".repeat(40));
        let request = Generate {
            sequences: 8,
            ..Generate::one(prompt, 8)
        };
        language.generate(&request, &mut |_| {}).map(|_| ())
    }
}

fn forecast(engine: &mut NativeEngine) -> LedgerRow {
    let model = support::demo_ref(Role::Reporter);
    let (row, result) = engine.language(StageName::FORECAST, &model, &Cancel::new(), &mut Short, &|_| {});
    result.unwrap();
    row.expect("a row")
}

fn classify(engine: &mut NativeEngine) -> LedgerRow {
    let model = support::demo_ref(Role::Sentiment);
    let texts = vec!["Company raises full-year guidance after record quarter"; 20];
    let mut work = |classifier: &mut dyn tripod::engine::Classifier| classifier.classify(&texts).map(|_| ());
    let (row, result) = engine.classifier(StageName::SENTIMENT, &model, &Cancel::new(), &mut work, &|_| {});
    result.unwrap();
    row.expect("a row")
}

#[test]
fn what_an_arena_takes_is_near_its_stated_need_and_is_freed() {
    alone("what_an_arena_takes_is_near_its_stated_need_and_is_freed", measure);
}

#[test]
fn the_ledger_row_shows_what_an_arena_took_and_freed() {
    alone("the_ledger_row_shows_what_an_arena_took_and_freed", || {
        let need = Need {
            weights: 1,
            kv: 0,
            compute: 0,
        };
        let mut slot = ArenaSlot::new(Budget::default());
        let claim = Claim::new(StageName::REPORT, "model", need);
        let arena = slot.open(claim, String::new, || Ok(vec![7_u8; 48 << 20])).unwrap();
        let row = arena.close();
        assert!(row.anon_peak >= row.anon_before + (44 << 20), "{row:?}");
        assert!(row.freed_bytes >= 44 << 20, "{row:?}");
    });
}

/// Runs a test of this file in a process that runs nothing else.
fn alone(test: &str, measure: impl FnOnce()) {
    if own_process::is_here() {
        return measure();
    }
    let output = own_process::command(&format!("memory::{test}")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}\n{errors}");
}

fn measure() {
    let mut engine = support::engine();
    let rows: Vec<[LedgerRow; 2]> = (0..3).map(|_| [forecast(&mut engine), classify(&mut engine)]).collect();
    for row in rows.iter().flatten() {
        let left = row.anon_after.saturating_sub(row.anon_before);
        assert!(left < 32 << 20, "{left} B stayed behind: {row:?}");
        assert!(row.freed_bytes > 0 && row.anon_peak > row.anon_after, "{row:?}");
    }
    // From the second round on, the process' fixed parts (the backend, the runtime's environment) are allocated.
    let [language, classifier] = &rows[2];
    assert!(
        language.anon_after.saturating_sub(rows[1][0].anon_after) < 4 << 20,
        "{rows:#?}"
    );
    let mapped = if LlamaOptions::default().use_mmap {
        language.weights_bytes
    } else {
        0
    };
    let stated = language.need_bytes - mapped;
    let taken = language.anon_peak - language.anon_before;
    let ratio = stated as f64 / taken as f64;
    assert!(
        (0.9..1.3).contains(&ratio),
        "the language model stated {stated} B and took {taken} B"
    );
    // The library's pages are file-backed and loaded since the first round.
    let library = std::fs::metadata(support::onnx_library()).unwrap().len();
    let stated = classifier.need_bytes - library;
    let taken = classifier.anon_peak - classifier.anon_before;
    let ratio = stated as f64 / taken as f64;
    assert!(
        (0.9..1.8).contains(&ratio),
        "the classifier stated {stated} B and took {taken} B"
    );
}
