//! The stance: buy, hold, sell or no call. A forecast, the costs of a trade and the counts of labelled headlines come in; the call
//! with its reasons goes out. It reads nobody's words: a headline counts by its label alone, and no model has a say.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::locale::Locale;
use super::reasons::{Prices, Reason, Weight, sentence};

/// The name of the rule, with its version: another rule gets another name.
pub const RULE: &str = "band-v1";

/// Costs of buying and selling once where nobody names others, in basis points of the price: commission, spread and slippage of a
/// liquid stock at a retail broker, rounded up.
pub const USUAL_COSTS: u16 = 20;

/// The most that one headline moves the margin, as a fraction of the price.
const PER_HEADLINE: f64 = 0.0005;

/// The most that all headlines together move the margin, as a fraction of the price.
const ALL_HEADLINES: f64 = 0.0025;

/// What to do, as the rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// Buy.
    Buy,
    /// Hold.
    Hold,
    /// Sell.
    Sell,
    /// No call: the forecast is missing or not reliable.
    None,
}

impl Call {
    /// The call in capitals, as reports print it.
    pub fn printed(self) -> &'static str {
        match self {
            Call::Buy => "BUY",
            Call::Hold => "HOLD",
            Call::Sell => "SELL",
            Call::None => "NO CALL",
        }
    }
}

/// A call with the rule that made it and its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stance {
    /// `buy`, `hold`, `sell` or `none`.
    pub call: Call,
    /// The rule's name and version.
    #[schema(min_length = 1)]
    pub rule: String,
    /// The reasons, each a sentence with its figures, written by code.
    pub because: Vec<String>,
    /// How clear a buy or a sell is, 0–1: `m / (m + w)` with the margin `m` that is left of the expected return after the costs and
    /// the news, and the width `w` of the 50 % band, both as fractions of the last close. 0 for hold and for no call.
    #[schema(minimum = 0, maximum = 1)]
    pub strength: f64,
}

/// What the rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct StanceInputs<'a> {
    /// The last close, in `currency`.
    pub last_close: f64,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The forecast; `None` where it failed or was not asked for.
    pub forecast: Option<Outlook>,
    /// Costs of buying and selling once, in basis points of the price.
    pub costs: u16,
    /// Headlines labelled positive.
    pub positive: usize,
    /// Headlines labelled negative.
    pub negative: usize,
    /// The language of the reasons.
    pub locale: Locale,
}

/// A forecast at its horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// The last trading day forecast.
    pub date: NaiveDate,
    /// Trading days forecast.
    pub horizon: usize,
    /// Median over the last close, minus one.
    pub expected_return: f64,
    /// The lower end of the 50 % band, the 25 % quantile.
    pub low: f64,
    /// The upper end of the 50 % band, the 75 % quantile.
    pub high: f64,
    /// Whether the forecast is reliable over this horizon.
    pub reliable: bool,
}

/// The rule `band-v1`, in this order:
///
/// 1. No call without a forecast, and none from a forecast that is not reliable over its horizon.
/// 2. Hold where the 50 % band at the horizon holds the last close.
/// 3. Hold where the expected return is no larger than the costs of buying and selling once.
/// 4. Otherwise buy where the band lies above the last close and sell where it lies below, unless the news takes away what the costs
///    leave: each headline labelled for the call adds 0.05 percentage points and each against it takes as much, together at most 0.25.
///    Then hold.
///
/// News alone therefore makes no call and turns none around, and a single headline decides only where the margin is smaller than its
/// 0.05 points.
pub fn stance(inputs: &StanceInputs<'_>) -> Stance {
    let (call, because, strength) = decide(inputs);
    let because = because.into_iter();
    Stance {
        call,
        rule: RULE.to_owned(),
        because: because
            .map(|reason| sentence(reason, inputs.currency, inputs.locale))
            .collect(),
        strength,
    }
}

/// The call, its reasons and its strength.
fn decide(inputs: &StanceInputs<'_>) -> (Call, Vec<Reason>, f64) {
    let Some(outlook) = inputs.forecast else {
        return (Call::None, vec![Reason::NoForecast], 0.0);
    };
    if !outlook.is_usable(inputs.last_close) {
        return (Call::None, vec![Reason::NoBand], 0.0);
    }
    if !outlook.reliable {
        return (Call::None, vec![Reason::NotReliable(outlook.horizon)], 0.0);
    }
    let prices = Prices {
        close: inputs.last_close,
        low: outlook.low,
        high: outlook.high,
        date: outlook.date,
    };
    let way = if outlook.low > inputs.last_close {
        Way::Up
    } else if outlook.high < inputs.last_close {
        Way::Down
    } else {
        return (Call::Hold, vec![Reason::Inside(prices)], 0.0);
    };
    let outside = Reason::Outside {
        prices,
        above: way == Way::Up,
    };
    let costs = |covered| Reason::Costs {
        expected: outlook.expected_return,
        costs: inputs.costs,
        covered,
    };
    // A median outside its own 50 % band would be no forecast of this direction.
    let expected = outlook.expected_return * way.sign();
    let after_costs = expected - f64::from(inputs.costs) / 1e4;
    if after_costs <= 0.0 {
        return (Call::Hold, vec![outside, costs(false)], 0.0);
    }
    let news = news(inputs) * way.sign();
    let margin = after_costs + news;
    let mut because = vec![outside, costs(true)];
    let told = |weight| Reason::News {
        positive: inputs.positive,
        negative: inputs.negative,
        weight,
    };
    if margin <= 0.0 {
        because.push(told(Weight::Decides));
        return (Call::Hold, because, 0.0);
    }
    if inputs.positive + inputs.negative > 0 {
        because.push(told(match news {
            for_it if for_it > 0.0 => Weight::For,
            against if against < 0.0 => Weight::Against,
            _ => Weight::Neither,
        }));
    }
    let width = (outlook.high - outlook.low) / inputs.last_close;
    let call = match way {
        Way::Up => Call::Buy,
        Way::Down => Call::Sell,
    };
    (call, because, margin / (margin + width))
}

/// What the headlines add to an expected return, as a fraction of the price.
fn news(inputs: &StanceInputs<'_>) -> f64 {
    let balance = inputs.positive as f64 - inputs.negative as f64;
    (balance * PER_HEADLINE).clamp(-ALL_HEADLINES, ALL_HEADLINES)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Way {
    fn sign(self) -> f64 {
        match self {
            Way::Up => 1.0,
            Way::Down => -1.0,
        }
    }
}

impl Outlook {
    fn is_usable(&self, last_close: f64) -> bool {
        let finite = [self.expected_return, self.low, self.high, last_close];
        finite.iter().all(|figure| figure.is_finite()) && last_close > 0.0 && self.low <= self.high
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn outlook(expected_return: f64, low: f64, high: f64) -> Outlook {
        Outlook {
            date: NaiveDate::from_ymd_opt(2013, 3, 8).unwrap(),
            horizon: 5,
            expected_return,
            low,
            high,
            reliable: true,
        }
    }

    fn of(forecast: Option<Outlook>, positive: usize, negative: usize) -> Stance {
        stance(&StanceInputs {
            last_close: 100.0,
            currency: "USD",
            forecast,
            costs: USUAL_COSTS,
            positive,
            negative,
            locale: Locale::En,
        })
    }

    #[test]
    fn a_band_above_the_close_that_covers_the_costs_is_a_buy_with_its_reasons() {
        let made = of(Some(outlook(0.03, 101.0, 105.0)), 3, 1);
        assert_eq!((made.call, made.rule.as_str()), (Call::Buy, "band-v1"));
        assert_eq!(
            made.because,
            [
                "On 2013-03-08 the 50% band of the forecast, $101.00 to $105.00, lies wholly above the last close of $100.00.",
                "The expected move of +3.0% is larger than the costs of buying and selling once, 0.2%.",
                "The news has 3 positive and 1 negative headline, which speaks for the call.",
            ]
        );
        // 3 % − 0.2 % + 2 × 0.05 %, over itself and a band of 4 %.
        assert!((made.strength - 0.029 / 0.069).abs() < 1e-12, "{}", made.strength);
    }

    #[test]
    fn a_band_below_the_close_is_a_sell_and_one_around_it_a_hold() {
        assert_eq!(of(Some(outlook(-0.03, 95.0, 99.0)), 0, 0).call, Call::Sell);
        for (low, high) in [(99.0, 104.0), (100.0, 104.0), (96.0, 100.0)] {
            let held = of(Some(outlook(0.01, low, high)), 9, 0);
            assert_eq!((held.call, held.strength), (Call::Hold, 0.0), "{low} to {high}");
            assert!(held.because[0].contains("inside the 50% band"), "{:?}", held.because);
        }
    }

    #[test]
    fn what_the_costs_eat_is_held_whatever_the_news() {
        let held = of(Some(outlook(0.002, 100.1, 100.4)), 20, 0);
        assert_eq!(held.call, Call::Hold);
        assert!(held.because[1].contains("no larger than"), "{:?}", held.because);
    }

    #[test]
    fn there_is_no_call_without_a_forecast_that_can_be_relied_on() {
        let never = |forecast| {
            let made = of(forecast, 20, 0);
            assert_eq!((made.call, made.strength, made.because.len()), (Call::None, 0.0, 1));
            made.because[0].clone()
        };
        assert!(never(None).contains("no forecast"));
        let unreliable = Outlook {
            reliable: false,
            ..outlook(0.3, 120.0, 140.0)
        };
        assert!(never(Some(unreliable)).contains("over 5 trading days is not reliable"));
        for broken in [
            outlook(f64::NAN, 101.0, 102.0),
            outlook(0.1, f64::NAN, 102.0),
            outlook(0.1, 103.0, 102.0),
        ] {
            assert!(never(Some(broken)).contains("middle band"));
        }
    }

    #[test]
    fn news_against_a_thin_margin_turns_a_call_into_a_hold_and_never_into_its_opposite() {
        let thin = outlook(0.004, 100.2, 100.6);
        assert_eq!(of(Some(thin), 0, 3).call, Call::Buy);
        let held = of(Some(thin), 0, 4);
        assert_eq!(held.call, Call::Hold);
        assert!(held.because[2].contains("takes away"), "{:?}", held.because);
        assert_eq!(of(Some(thin), 0, 4_000).call, Call::Hold);
    }

    proptest! {
        #[test]
        fn one_headline_changes_a_call_only_within_its_bound_and_a_strength_only_a_little(
            expected in -0.2..0.2_f64, low in 80.0..120.0_f64, width in 0.0..20.0_f64, positive in 0..30_usize, negative in 0..30_usize,
        ) {
            let forecast = Some(outlook(expected, low, low + width));
            let before = of(forecast, positive, negative);
            prop_assert!((0.0..=1.0).contains(&before.strength));
            for after in [of(forecast, positive + 1, negative), of(forecast, positive, negative + 1)] {
                let pair = [before.call, after.call];
                prop_assert!(!(pair.contains(&Call::Buy) && pair.contains(&Call::Sell)));
                prop_assert_eq!(before.call == Call::None, after.call == Call::None);
                if before.call != after.call {
                    let strongest = before.strength.max(after.strength);
                    let most = PER_HEADLINE * 1.000_001;
                    prop_assert!(strongest <= most / (most + width / 100.0) , "{} of {}", strongest, most);
                }
            }
        }

        #[test]
        fn news_alone_makes_no_call(positive in 0..50_usize, negative in 0..50_usize) {
            let flat = of(Some(outlook(0.0, 99.0, 101.0)), positive, negative);
            prop_assert_eq!(flat.call, Call::Hold);
        }
    }
}
