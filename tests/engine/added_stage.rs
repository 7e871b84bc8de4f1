//! Adding a stage takes one row and one file: this file is the stage, and the test adds the row. The stage opens no model and
//! counts the headlines; its result appears in the analysis and its JSON.

use serde_json::json;

use tripod::analysis::{Job, JobOptions, Sink, StageName};
use tripod::engine::{Cancel, Engine, FakeEngine};
use tripod::market::{Ticker, demo_series};
use tripod::news::{Headline, News};
use tripod::run::{Gathered, ModelSet, Scheduler};
use tripod::stages::{InFlight, Opens, Ran, STAGES, Stage, StageModels, StagePart, StageRow};

const HEADLINE_COUNT: StageName = StageName::new("headline-count");

/// Counts the headlines.
struct HeadlineCount;

impl Stage for HeadlineCount {
    fn run(&self, _: &mut dyn Engine, _: &StageModels, jobs: &mut [&mut InFlight], _: &Sink<'_>) -> Ran {
        for job in jobs {
            let count = job.job.news.headlines.len();
            job.extras.insert(HEADLINE_COUNT.to_string(), json!(count));
        }
        (None, Ok(()))
    }
}

#[test]
fn a_stage_that_counts_headlines_is_one_row_and_one_file() {
    let row = StageRow {
        name: HEADLINE_COUNT,
        title: "Headline count",
        about: "counts the headlines",
        together: 4,
        parts: &[StagePart {
            opens: Opens::Nothing,
            stage: &HeadlineCount,
        }],
    };
    let scheduler = Scheduler {
        stages: STAGES.with(row),
        ..Scheduler::batch()
    };
    assert_eq!(scheduler.stages.number(HEADLINE_COUNT), 4);
    assert_eq!(scheduler.stages.read("headline-count").unwrap(), HEADLINE_COUNT);

    let headline = Headline {
        title: "Apple opens a store".into(),
        source: "test".into(),
        published_at: "2013-02-28T12:00:00Z".parse().unwrap(),
        url: None,
        disguised: false,
        undated: false,
        language: None,
    };
    let job = |id: &str, headlines: usize| Gathered {
        job: Job {
            id: id.into(),
            series: demo_series(&Ticker::parse("AAPL").unwrap()).unwrap(),
            news: News {
                headlines: vec![headline.clone(); headlines],
                ..News::default()
            },
            fundamentals: None,
            truth: Vec::new(),
            options: JobOptions {
                stages: vec![HEADLINE_COUNT],
                ..JobOptions::default()
            },
        },
        gather_ms: 0.0,
    };
    let models = ModelSet::new(StageModels::default());
    let mut engine = FakeEngine::new(|_, _| String::new(), |_| Vec::new());
    let batch = vec![job("a", 3), job("b", 0)];
    let results = scheduler.drive(&mut engine, &models, batch, &Cancel::new(), &|_| {});
    let counts: Vec<_> = results
        .into_iter()
        .map(|analysis| serde_json::to_value(analysis.unwrap()).unwrap()["extras"].clone())
        .collect();
    assert_eq!(counts, [json!({"headline-count": 3}), json!({"headline-count": 0})]);
}
