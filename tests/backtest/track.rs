//! The live record: which forecasts count, and that a source which restates its prices does not change a score.

use chrono::{Days, NaiveDate, NaiveTime};

use tripod::analysis::Analysis;
use tripod::backtest::track;
use tripod::backtest::{TrackState, Tracked, track_one};
use tripod::market::Bar;
use tripod::scoring::Verdict;

fn bar(date: NaiveDate, close: f64) -> Bar {
    Bar {
        date,
        open: None,
        high: None,
        low: None,
        close,
        volume: None,
    }
}

/// An analysis made on the evening of its last known day.
fn made_in_time() -> Analysis {
    let mut analysis = crate::sample::sample();
    analysis.created = analysis.as_of.and_time(NaiveTime::MIN).and_utc().timestamp();
    analysis
}

/// The history known to the analysis and the first `days` days of its forecast, each a dollar off the median.
fn bars(analysis: &Analysis, days: usize, factor: f64) -> Vec<Bar> {
    let forecast = analysis.forecast.as_ref().unwrap();
    let known = analysis
        .history
        .iter()
        .map(|point| bar(point.date, point.close * factor));
    let came = forecast.dates.iter().zip(&forecast.median).take(days);
    known
        .chain(came.map(|(date, median)| bar(*date, (median + 1.0) * factor)))
        .collect()
}

fn state(analysis: &Analysis, days: usize) -> (TrackState, usize) {
    let tracked = track_one(analysis, &bars(analysis, days, 1.0)).unwrap();
    (tracked.state, tracked.days)
}

#[test]
fn a_forecast_is_scored_when_its_days_have_come() {
    let analysis = made_in_time();
    assert_eq!(state(&analysis, 0), (TrackState::Waiting, 0));
    assert_eq!(state(&analysis, 4), (TrackState::Partly, 4));
    assert_eq!(state(&analysis, 30), (TrackState::Scored, 30));
    let tracked = track_one(&analysis, &bars(&analysis, 30, 1.0)).unwrap();
    assert!((tracked.metrics.unwrap().mae - 1.0).abs() < 1e-9);
    let mut without = analysis.clone();
    without.forecast = None;
    assert!(track_one(&without, &[]).is_none());
    assert_eq!(track_one(&analysis, &[]).unwrap().state, TrackState::Unknown);
}

#[test]
fn one_that_was_made_when_its_first_day_had_passed_is_hindsight() {
    let mut analysis = made_in_time();
    let first = analysis.forecast.as_ref().unwrap().dates[0];
    let at = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
    analysis.created = at(first);
    assert_eq!(
        state(&analysis, 30).0,
        TrackState::Scored,
        "before the close of its first day"
    );
    analysis.created = at(first + Days::new(1));
    assert_eq!(state(&analysis, 30).0, TrackState::Hindsight);
}

#[test]
fn a_split_of_the_shares_changes_no_score() {
    let analysis = made_in_time();
    let before = track_one(&analysis, &bars(&analysis, 30, 1.0)).unwrap();
    let after = track_one(&analysis, &bars(&analysis, 30, 0.5)).unwrap();
    let (before, after) = (before.metrics.unwrap(), after.metrics.unwrap());
    assert!((after.mae * 2.0 - before.mae).abs() < 1e-9);
    assert!((after.mape.unwrap() - before.mape.unwrap()).abs() < 1e-9);
    assert_eq!(after.coverage, before.coverage);
}

#[test]
fn the_first_of_several_for_one_day_counts_and_hindsight_nowhere() {
    let analysis = made_in_time();
    let all = bars(&analysis, 30, 1.0);
    let one = |name: &str, change: &dyn Fn(&mut Tracked)| {
        let mut tracked = track_one(&analysis, &all).unwrap();
        tracked.id = name.into();
        change(&mut tracked);
        tracked
    };
    let record = track(vec![
        one("first", &|_| {}),
        one("again", &|tracked| tracked.metrics.as_mut().unwrap().mae = 0.0),
        one("other horizon", &|tracked| tracked.horizon = 5),
        one("late", &|tracked| tracked.state = TrackState::Hindsight),
    ]);
    let states: Vec<(&str, TrackState)> = record
        .forecasts
        .iter()
        .map(|one| (one.id.as_str(), one.state))
        .collect();
    assert_eq!(
        states,
        [
            ("late", TrackState::Hindsight),
            ("other horizon", TrackState::Scored),
            ("again", TrackState::Repeated),
            ("first", TrackState::Scored),
        ]
    );
    assert_eq!((record.scored, record.repeated, record.hindsight), (2, 1, 1));
    assert!((record.model.unwrap().mae - 1.0).abs() < 1e-9);
    // Overlapping forecasts enter the test once, and a single forecast is too few.
    assert_eq!(record.verdict, None);
    assert!(record.warnings[0].contains("in hindsight") || record.warnings[0].contains("had passed"));
}

#[test]
fn many_good_forecasts_that_share_no_days_beat_naive() {
    let analysis = made_in_time();
    let all = bars(&analysis, 30, 1.0);
    let forecasts = (0..20).map(|number: u32| {
        let mut tracked = track_one(&analysis, &all).unwrap();
        tracked.as_of = tracked.as_of + Days::new(u64::from(number) * 60);
        let noise = f64::from(number % 5) / 10.0;
        tracked.metrics.as_mut().unwrap().mase = Some(1.0 + noise);
        tracked.naive.as_mut().unwrap().mase = Some(2.0 + 2.0 * noise);
        tracked
    });
    let record = track(forecasts.collect());
    assert_eq!(record.verdict, Some(Verdict::BeatsNaive));
    assert_eq!(record.significance.diebold_mariano.unwrap().windows, 20);
}
