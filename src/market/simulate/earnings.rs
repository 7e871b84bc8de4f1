//! Quarterly earnings: on ordinary days the price follows GJR-GARCH; on the day of an announcement, about every 63 trading days, it
//! also jumps, as the price of a single stock does (Dubinsky and Johannes, 2006; Dubinsky, Johannes, Kaeck and Seeger, 2019). The
//! variance of later days does not know of the jump.

use super::garch::{GjrDay, GjrGarch};
use super::random::Random;
use super::walk::walk;

/// Longer periods are taken as this long, four thousand years.
const LONGEST_PERIOD: usize = 1_000_000;

/// The parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Earnings {
    /// The process of all days.
    pub days: GjrGarch,
    /// Trading days from one announcement to the next, at least 1.
    pub period: usize,
    /// An announcement is up to this many days earlier or later than the period says; less than half of it.
    pub jitter: usize,
    /// Standard deviation of the jump, a log return with mean zero.
    pub jump_deviation: f64,
}

impl Default for Earnings {
    /// A quarter has 63 trading days. A jump of 6 % is of the size that the two papers find in the options of large companies.
    fn default() -> Self {
        Self {
            days: GjrGarch::default(),
            period: 63,
            jitter: 3,
            jump_deviation: 0.06,
        }
    }
}

impl Earnings {
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        let mut calendar = Calendar::new(self, random);
        let mut ordinary: GjrDay = self.days.start(random);
        walk(closes, first, days, || {
            let log_return = ordinary.next(random);
            if calendar.is_announcement(random) {
                log_return + self.jump_deviation * random.normal()
            } else {
                log_return
            }
        });
    }
}

/// The days of the announcements.
#[derive(Debug)]
struct Calendar {
    period: usize,
    jitter: usize,
    today: usize,
    /// The day that the period says, counted from the start.
    planned: usize,
    next: usize,
}

impl Calendar {
    fn new(earnings: &Earnings, random: &mut Random) -> Self {
        let period = earnings.period.clamp(1, LONGEST_PERIOD);
        let jitter = earnings.jitter.min((period - 1) / 2);
        // Counted from one jitter before the first day, so that no day is negative.
        let planned = jitter + random.below(period);
        Self {
            period,
            jitter,
            today: jitter,
            planned,
            next: planned - jitter + random.below(2 * jitter + 1),
        }
    }

    #[inline]
    fn is_announcement(&mut self, random: &mut Random) -> bool {
        let today = self.today;
        self.today += 1;
        while self.next < today {
            self.advance(random);
        }
        let is_today = self.next == today;
        if is_today {
            self.advance(random);
        }
        is_today
    }

    #[cold]
    fn advance(&mut self, random: &mut Random) {
        self.planned += self.period;
        self.next = self.planned - self.jitter + random.below(2 * self.jitter + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::facts::{autocorrelation, moments};
    use crate::market::simulate::theory::{Sample, squares};

    fn process(period: usize, jitter: usize, jump_deviation: f64) -> Earnings {
        Earnings {
            days: GjrGarch {
                drift: 0.0,
                volatility: 0.01,
                alpha: 0.02,
                leverage: 0.04,
                beta: 0.9,
                degrees_of_freedom: 12.0,
            },
            period,
            jitter,
            jump_deviation,
        }
    }

    fn sample(process: &Earnings) -> Sample {
        Sample::draw(24, 20_000, |random, closes, days| {
            process.fill(1.0, days, random, closes)
        })
    }

    fn announcements(earnings: &Earnings, days: usize, seed: u64) -> Vec<usize> {
        let mut random = Random::new(seed);
        let mut calendar = Calendar::new(earnings, &mut random);
        (0..days).filter(|_| calendar.is_announcement(&mut random)).collect()
    }

    #[test]
    fn announcements_come_every_quarter_within_the_jitter() {
        for seed in 0..200 {
            let days = announcements(&process(63, 3, 0.0), 6_300, seed);
            assert!((99..=101).contains(&days.len()), "{}", days.len());
            assert!(days.windows(2).all(|pair| (57..=69).contains(&(pair[1] - pair[0]))));
            assert!(days[0] <= 66);
        }
        // Without jitter they are exactly periodic; a period of one day has one a day.
        let exact = announcements(&process(63, 0, 0.0), 1_000, 1);
        assert!(exact.windows(2).all(|pair| pair[1] - pair[0] == 63));
        assert_eq!(announcements(&process(1, 9, 0.0), 50, 1).len(), 50);
    }

    #[test]
    fn the_first_announcement_is_on_any_day_of_the_quarter() {
        let firsts: Vec<f64> = (0..4_000)
            .map(|seed| announcements(&process(63, 3, 0.0), 70, seed)[0] as f64)
            .collect();
        let mean = firsts.iter().sum::<f64>() / firsts.len() as f64;
        // Uniform over 63 days: mean 31, standard error 18.2/√4,000 = 0.29; the jitter at the edges moves it by less than 0.1.
        assert!((mean - 31.0).abs() < 1.3, "{mean}");
    }

    #[test]
    fn a_quarter_adds_the_variance_of_one_jump() {
        let theory = |period: f64, jump: f64| 0.01_f64.powi(2) + jump * jump / period;
        let sample = sample(&process(63, 3, 0.06));
        let variance = sample.of(|returns| moments(returns).deviation.powi(2));
        variance.agrees(theory(63.0, 0.06), theory(63.0, 0.05));
        variance.agrees(theory(63.0, 0.06), theory(42.0, 0.06));
    }

    #[test]
    fn squared_returns_peak_one_period_later() {
        // With jumps only, exactly periodic: r² is J² on one day of the period. Cov at a lag of one period is s⁴/p − s⁴/p², and
        // Var r² is 3 s⁴/p − s⁴/p², so that the correlation is (p − 1)/(3p − 1), and −1/(3p − 1) at other lags.
        let mut process = process(21, 0, 0.06);
        process.days.volatility = 1e-6;
        let sample = sample(&process);
        let at = |lag: usize| sample.of(|returns| autocorrelation(&squares(returns), lag));
        at(21).agrees(20.0 / 62.0, 0.25);
        at(20).agrees(-1.0 / 62.0, 0.0);
        at(22).agrees(-1.0 / 62.0, 0.0);
    }
}
