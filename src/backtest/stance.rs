//! How often the stance was right: scored windows come in, the calls that the rule makes on them, their outcomes and those of always
//! holding and always buying go out, with intervals.
//!
//! A window has no news and its forecast counts as reliable, whatever the model's manifest says: a backtest is what measures that.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::window::ScoredWindow;
use crate::grounding::{Call, Locale, Outlook, RULE, StanceInputs, basis_points, percent, stance};
use crate::scoring::{Interval, Resampling, mean_interval};

/// The calls of the rule over the windows, scored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StanceScore {
    /// The rule's name and version.
    pub rule: String,
    /// Costs of buying and selling once, in basis points of the price.
    pub costs: u16,
    /// Windows in which the rule said to buy.
    pub buy: usize,
    /// Windows in which it said to hold.
    pub hold: usize,
    /// Windows in which it said to sell.
    pub sell: usize,
    /// Windows without a call, for want of a 50 % band; they count as neither right nor wrong.
    pub none: usize,
    /// The rule's calls.
    pub stance: CallScore,
    /// The call to hold in every window.
    pub always_hold: CallScore,
    /// The call to buy in every window.
    pub always_buy: CallScore,
}

/// How a way of making calls did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallScore {
    /// The share of its calls that were right: a buy where the price rose by more than the costs, a sell where it fell, a hold where
    /// the price ended inside the forecast's 50 % band. `None` without a call.
    pub right: Option<f64>,
    /// 95 % interval of the share, by a block bootstrap over the windows; `None` with fewer than ten windows or two blocks.
    pub right_interval: Option<Interval>,
    /// The mean return of a window after costs, a fraction: a hold earns nothing, a sell what the price lost.
    pub mean_return: f64,
    /// 95 % interval of the mean return.
    pub return_interval: Option<Interval>,
}

/// Fewer windows give no verdict and no interval of calls.
pub const FEWEST_WINDOWS: usize = 10;

/// One window as the calls see it.
struct Seen {
    call: Call,
    change: f64,
    inside: bool,
}

/// Scores the rule on windows, oldest first, of which `block` neighbours hang together. `None` without a window.
pub fn stance_score(windows: &[ScoredWindow], costs: u16, block: usize) -> Option<StanceScore> {
    let seen: Vec<Seen> = windows.iter().filter_map(|window| see(window, costs)).collect();
    if seen.is_empty() {
        return None;
    }
    let count = |call: Call| seen.iter().filter(|window| window.call == call).count();
    let fee = f64::from(costs) / 1e4;
    let called: Vec<&Seen> = seen.iter().filter(|window| window.call != Call::None).collect();
    let of = |call: &dyn Fn(&Seen) -> Call| score(&called, call, fee, block);
    Some(StanceScore {
        rule: RULE.to_owned(),
        costs,
        buy: count(Call::Buy),
        hold: count(Call::Hold),
        sell: count(Call::Sell),
        none: count(Call::None),
        stance: of(&|window| window.call),
        always_hold: of(&|_| Call::Hold),
        always_buy: of(&|_| Call::Buy),
    })
}

fn see(window: &ScoredWindow, costs: u16) -> Option<Seen> {
    let at_horizon = |level: &str| window.quantiles.get(level).and_then(|prices| prices.last()).copied();
    let (low, high) = (at_horizon("0.25"), at_horizon("0.75"));
    let last = *window.truth.last()?;
    let made = stance(&StanceInputs {
        last_close: window.last_close,
        currency: "",
        forecast: Some(Outlook {
            date: *window.dates.last()?,
            horizon: window.dates.len(),
            expected_return: window.median.last()? / window.last_close - 1.0,
            low: low.unwrap_or(f64::NAN),
            high: high.unwrap_or(f64::NAN),
            reliable: true,
        }),
        costs,
        positive: 0,
        negative: 0,
        locale: Locale::default(),
    });
    Some(Seen {
        call: made.call,
        change: last / window.last_close - 1.0,
        inside: low.is_some_and(|low| low <= last) && high.is_some_and(|high| last <= high),
    })
}

fn score(windows: &[&Seen], call: &dyn Fn(&Seen) -> Call, fee: f64, block: usize) -> CallScore {
    let right: Vec<f64> = windows
        .iter()
        .map(|window| {
            let right = match call(window) {
                Call::Buy => window.change > fee,
                Call::Sell => window.change < 0.0,
                Call::Hold | Call::None => window.inside,
            };
            f64::from(u8::from(right))
        })
        .collect();
    let returns: Vec<f64> = windows
        .iter()
        .map(|window| match call(window) {
            Call::Buy => window.change - fee,
            Call::Sell => -window.change - fee,
            Call::Hold | Call::None => 0.0,
        })
        .collect();
    let mean = |figures: &[f64]| figures.iter().sum::<f64>() / figures.len() as f64;
    let interval = |figures: &[f64]| {
        let resampling = Resampling {
            block,
            ..Resampling::default()
        };
        (figures.len() >= FEWEST_WINDOWS)
            .then(|| mean_interval(figures, resampling))
            .flatten()
    };
    CallScore {
        right: (!right.is_empty()).then(|| mean(&right)),
        right_interval: interval(&right),
        mean_return: if returns.is_empty() { 0.0 } else { mean(&returns) },
        return_interval: interval(&returns),
    }
}

/// The score in sentences.
pub(super) fn in_words(score: &StanceScore) -> Vec<String> {
    let StanceScore {
        buy, hold, sell, none, ..
    } = *score;
    let without = if none == 0 {
        String::new()
    } else {
        format!(", {none} without a call")
    };
    let share = |share: f64| format!("{:.0} %", share * 100.0);
    let did = |name: &str, score: &CallScore| {
        let between = |low: String, high: String| format!(" ({low} to {high})");
        let right = score.right.map_or("–".to_owned(), share);
        let right_interval = score
            .right_interval
            .map_or(String::new(), |found| between(share(found.low), share(found.high)));
        let return_interval = score
            .return_interval
            .map_or(String::new(), |found| between(percent(found.low), percent(found.high)));
        format!(
            "{name} right in {right}{right_interval}, {}{return_interval} a window",
            percent(score.mean_return)
        )
    };
    let mut lines = vec![
        format!(
            "The stance by {} at costs of {}: {buy} buy, {hold} hold, {sell} sell{without}.",
            score.rule,
            basis_points(score.costs)
        ),
        format!(
            "{}; {}; {}.",
            did("It was", &score.stance),
            did("always hold", &score.always_hold),
            did("always buy", &score.always_buy)
        ),
    ];
    if buy + hold + sell < FEWEST_WINDOWS {
        lines.push("Whether the stance is any good: no verdict, too few windows.".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::backtest::tests::window_on;

    /// A window with a close of 100 and this 50 % band and outcome.
    fn window(day: u64, (low, high): (f64, f64), truth: f64) -> ScoredWindow {
        let mut window = window_on(day, 100.0, f64::midpoint(low, high), truth);
        window.quantiles.insert("0.25".into(), vec![low]);
        window.quantiles.insert("0.75".into(), vec![high]);
        window
    }

    #[test]
    fn calls_are_scored_beside_always_holding_and_always_buying() {
        let windows = [
            window(0, (101.0, 103.0), 102.0),
            window(1, (101.0, 103.0), 100.1),
            window(2, (97.0, 99.0), 98.0),
            window(3, (99.0, 101.0), 100.5),
            window(4, (99.0, 101.0), 104.0),
        ];
        let score = stance_score(&windows, 20, 1).unwrap();
        assert_eq!((score.buy, score.hold, score.sell, score.none), (2, 2, 1, 0));
        assert_eq!(score.stance.right, Some(0.6));
        assert_eq!(score.always_hold.right, Some(0.6));
        assert_eq!(score.always_buy.right, Some(0.6));
        // +1.8 %, −0.1 %, +1.8 % and twice nothing.
        assert!((score.stance.mean_return - 0.035 / 5.0).abs() < 1e-9, "{score:?}");
        assert_eq!(score.always_hold.mean_return, 0.0);
        assert_eq!(score.stance.right_interval, None, "five windows");
        let words = in_words(&score);
        assert!(words[0].contains("2 buy, 2 hold, 1 sell."), "{words:?}");
        assert!(
            words.last().unwrap().contains("no verdict, too few windows"),
            "{words:?}"
        );
    }

    #[test]
    fn ten_windows_have_intervals_and_a_window_without_a_band_has_no_call() {
        let mut windows: Vec<ScoredWindow> = (0..10)
            .map(|day| window(day, (101.0, 103.0), if day % 3 == 0 { 98.0 } else { 102.0 }))
            .collect();
        let score = stance_score(&windows, 20, 1).unwrap();
        let interval = score.stance.right_interval.unwrap();
        assert!(interval.low < 0.6 && 0.6 < interval.high, "{interval:?}");
        windows[0].quantiles.remove("0.25");
        let score = stance_score(&windows, 20, 1).unwrap();
        assert_eq!((score.none, score.buy, score.stance.right_interval), (1, 9, None));
        assert_eq!(stance_score(&[], 20, 1), None);
    }
}
