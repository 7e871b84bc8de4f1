//! Data after the split day must not change the analysis made for that day. The tests add, change and remove later bars and
//! headlines, and the analysis stays the same, byte for byte. The fake engine's answers depend on its prompts, so a leak into
//! any prompt would show.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use tripod::analysis::{JobOptions, StageName};
use tripod::backtest::{Outcome, Sampled, Watch};
use tripod::engine::{Cancel, FakeEngine, Generate, Prompt};
use tripod::market::{Bar, BarSources, Given, Repair, Series, Ticker, demo_series};
use tripod::models::{Cache, ModelChoice, Profile, Registry};
use tripod::net::{HttpClient, HttpOptions};
use tripod::news::{Headline, NewsSources};
use tripod::run::{BacktestRequest, ModelSet, Prepared, RoleChoices, Scheduler, Sources};

const SPLIT: &str = "2012-06-29";

/// Answers that depend on every character of the prompt.
fn engine() -> FakeEngine {
    let digest = |text: &str| Sha256::digest(text);
    let answer = move |request: &Generate, sequence: usize| match &request.prompt {
        Prompt::Plain(text) => {
            let step = |byte: u8| (f64::from(byte) - 128.0) / 200.0;
            let digest = digest(&format!("{text}{sequence}"));
            let last: f64 = text.rsplit([' ', '[']).next().unwrap().parse().unwrap();
            let prices: Vec<String> = (0..3).map(|day| format!("{:.2}", last + step(digest[day]))).collect();
            format!(", {}]", prices.join(", "))
        }
        Prompt::Chat { messages, .. } => {
            let seen = digest(
                &messages
                    .iter()
                    .map(|message| message.content.as_str())
                    .collect::<String>(),
            );
            let word: String = seen.iter().take(8).map(|byte| char::from(b'a' + byte % 26)).collect();
            let sentence = format!("The word here is {word}.");
            let sections = |titles: &[&str]| {
                let section = |title: &&str| format!("## {title}\n\n{sentence}");
                titles.iter().map(section).collect::<Vec<_>>().join("\n\n")
            };
            let asked = &messages[1].content;
            if asked.contains("Write the analyst report") {
                let first = ["Summary", "Market context", "Risks and considerations"];
                // Without a call there is none to phrase.
                let last = if asked.contains("Recommendation, Conclusion") {
                    &["Recommendation", "Conclusion"][..]
                } else {
                    &["Conclusion"]
                };
                sections(&[&first[..], last].concat())
            } else if asked.contains("Write the review") {
                sections(&["Accuracy", "What the forecast missed", "Lessons"])
            } else {
                // A summary cites the headline that each sentence tells of.
                format!("The word here is {word} (headline 1). The word is still {word} (headline 1).")
            }
        }
    };
    FakeEngine::new(answer, move |title| {
        let positive = f32::from(digest(title)[0]) / 512.0;
        vec![positive, 0.2, 0.8 - positive]
    })
}

fn headline(day: &str, title: &str) -> Headline {
    Headline {
        title: title.into(),
        source: "planted".into(),
        published_at: format!("{day}T12:00:00Z").parse().unwrap(),
        url: None,
        disguised: false,
        undated: false,
        language: None,
    }
}

/// The as-of analysis as JSON without ids and times, and the rest of the backtest's result.
async fn as_if(series: &Series, headlines: Vec<Headline>, stages: &[StageName]) -> (String, String) {
    let (registry, cache) = (Registry::bundled().unwrap(), Cache::from_env().unwrap());
    let choices = RoleChoices {
        forecaster: Some(ModelChoice::Id("smollm2-135m-instruct".into())),
        ..RoleChoices::default()
    };
    let models = ModelSet::resolve(&registry, &cache, Profile::Demo, &choices, stages).unwrap();
    let sources = Sources {
        fundamentals: None,
        client: HttpClient::new(&HttpOptions::default()).unwrap(),
        repair: Repair::default(),
        market: BarSources::only(Given(series.clone())),
        cache: None,
        news: NewsSources {
            given: headlines,
            ..NewsSources::default()
        },
    };
    let request = BacktestRequest {
        ticker: series.ticker.clone(),
        as_of: Some(SPLIT.parse().unwrap()),
        options: JobOptions {
            horizon: 3,
            context: 40,
            samples: Some(6),
            seed: 7,
            stages: stages.to_vec(),
            ..JobOptions::default()
        },
        origins: 1,
        stride: 1,
        from: None,
        until: None,
    };
    let prepared = Prepared::gather(request, &sources).await.unwrap();
    let window = prepared.windows()[0];
    let gathered = prepared.job(window, &sources).await.unwrap();
    let watch = std::cell::RefCell::new((Watch::default(), Sampled::default()));
    let sink = |event| {
        let (watch, sampled) = &mut *watch.borrow_mut();
        if let Some((_, Outcome::Made(made))) = watch.hear(&event) {
            *sampled = made;
        }
    };
    let mut results = Scheduler::batch().drive(&mut engine(), &models, vec![gathered], &Cancel::new(), &sink);
    let mut analysis = results.remove(0).unwrap();
    let scored = prepared.score(window, &watch.into_inner().1).unwrap();
    let backtest = prepared
        .finish(vec![scored], &[], &models, Some(analysis.clone()))
        .unwrap();
    assert!(analysis.errors.is_empty(), "{:?}", analysis.errors);
    analysis.id.clear();
    analysis.created = 0;
    analysis.timings.clear();
    analysis.arenas.clear();
    analysis.review = None;
    let outcome = format!("{:?} {:?}", backtest.model, backtest.review);
    (serde_json::to_string(&analysis).unwrap(), outcome)
}

fn history() -> Series {
    demo_series(&Ticker::parse("AAPL").unwrap()).unwrap()
}

fn split() -> NaiveDate {
    SPLIT.parse().unwrap()
}

const ALL: [StageName; 3] = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];

#[tokio::test]
async fn later_bars_and_headlines_change_nothing_of_what_could_be_known() {
    let known = vec![headline("2012-06-27", "Apple opens a store")];
    let (before, outcome) = as_if(&history(), known.clone(), &ALL).await;
    assert!(before.contains("Apple opens a store"));

    // Change every bar after the split day.
    let mut other = history();
    for bar in other.bars.iter_mut().filter(|bar| bar.date > split()) {
        *bar = Bar {
            date: bar.date,
            open: Some(1.0),
            high: Some(9_999.0),
            low: Some(0.5),
            close: 7_777.0,
            // Rows that are all alike would count as copies.
            volume: bar.volume.map(|shares| shares + 1),
        };
    }
    // Add headlines of the next day, of the last minute of the split day, and of the future.
    let mut planted = known;
    planted.push(headline("2012-06-30", "Apple is bought by a hydrogen company"));
    planted.push(headline("2030-01-01", "Apple reaches the Moon"));
    let (after, other_outcome) = as_if(&other, planted, &ALL).await;
    assert_eq!(before, after);
    // The actual prices did change, and with them the scores and the review.
    assert_ne!(outcome, other_outcome);
}

#[tokio::test]
async fn the_last_bar_that_was_known_does_change_the_analysis() {
    let (before, _) = as_if(&history(), Vec::new(), &[StageName::FORECAST]).await;
    let mut other = history();
    let last = other.bars.iter_mut().rfind(|bar| bar.date <= split()).unwrap();
    last.close += 0.01;
    let (after, _) = as_if(&other, Vec::new(), &[StageName::FORECAST]).await;
    assert_ne!(before, after);
}

#[tokio::test]
async fn where_no_source_goes_back_that_far_sentiment_is_unavailable() {
    let (analysis, _) = as_if(&history(), vec![headline("2026-01-05", "Apple today")], &ALL).await;
    let analysis: serde_json::Value = serde_json::from_str(&analysis).unwrap();
    assert!(analysis["sentiment"].is_null());
    let warnings = analysis["warnings"].to_string();
    assert!(warnings.contains("sentiment is unavailable"), "{warnings}");
    assert!(analysis["report"]["markdown"].is_string());
}
