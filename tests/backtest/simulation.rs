//! The verdict on simulated series with a known process: a model that knows nothing must tie with the naive forecast, one that
//! knows the process must beat it. Run with `--nocapture` to see the rates.

use std::collections::BTreeMap;

use tripod::market::simulate::{GjrGarch, Kou, Process, Regimes, StochasticVolatility, simulate};
use tripod::scoring::ar1;
use tripod::scoring::diebold_mariano;
use tripod::scoring::pesaran_timmermann;
use tripod::scoring::{
    self, ALPHA, BaselineForecast, Distribution, Metrics, Resampling, Scored, Verdict, mean, mean_interval, overlap,
    score, verdict,
};

const HORIZON: usize = 5;
const ORIGINS: usize = 200;
/// Standard deviation of a daily log return.
const DAILY: f64 = 0.015;

/// Normally distributed numbers (Box & Muller 1958) from SplitMix64.
struct Normal(u64);

impl Normal {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn draw(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Closes whose log returns follow r = φ·r₋₁ + e; a random walk with φ = 0.
fn closes(count: usize, phi: f64, seed: u64) -> Vec<f64> {
    let mut normal = Normal(seed.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let (mut close, mut step) = (100.0, 0.0);
    (0..count)
        .map(|_| {
            step = phi * step + DAILY * normal.draw();
            close *= f64::exp(step);
            close
        })
        .collect()
}

/// The positions of the windows in a series.
#[derive(Clone, Copy)]
struct Windows {
    context: usize,
    horizon: usize,
    stride: usize,
}

impl Windows {
    fn apart(horizon: usize) -> Self {
        Self {
            context: 30,
            horizon,
            stride: horizon,
        }
    }

    fn sharing_days(horizon: usize) -> Self {
        Self {
            stride: 1,
            ..Self::apart(horizon)
        }
    }

    fn series(self, phi: f64, seed: u64) -> Vec<f64> {
        closes(self.context + ORIGINS * self.stride + self.horizon, phi, seed)
    }

    /// The verdict of one series on a model against the naive forecast. Losses are fractions of the last close; in price units
    /// the windows with the highest prices would dominate.
    fn judge(self, closes: &[f64], mut model: impl FnMut(&[f64]) -> Vec<f64>) -> Verdict {
        let (mut model_losses, mut naive_losses) = (Vec::new(), Vec::new());
        for split in (self.context..).step_by(self.stride).take(ORIGINS) {
            let (history, truth) = (
                &closes[split - self.context..split],
                &closes[split..split + self.horizon],
            );
            let last = history[self.context - 1];
            let loss = |predicted: &[f64]| {
                let errors = predicted
                    .iter()
                    .zip(truth)
                    .map(|(forecast, truth)| (forecast - truth).abs());
                errors.sum::<f64>() / self.horizon as f64 / last
            };
            model_losses.push(loss(&model(history)));
            naive_losses.push(loss(&vec![last; self.horizon]));
        }
        let test = diebold_mariano(&model_losses, &naive_losses, overlap(self.horizon, self.stride));
        verdict(test.as_ref(), ALPHA).unwrap()
    }
}

/// Counts wins, ties and losses over this many seeds.
fn rates(seeds: u64, of: impl Fn(u64) -> Verdict) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in 1..=seeds {
        counts[match of(seed) {
            Verdict::BeatsNaive => 0,
            Verdict::TiesNaive => 1,
            Verdict::LosesToNaive => 2,
        }] += 1;
    }
    counts
}

/// The last close plus an independent error much smaller than a daily move: nearly as good as the naive forecast.
fn nearly_naive(noise: &mut Normal, history: &[f64]) -> Vec<f64> {
    let last = history[history.len() - 1];
    (0..HORIZON)
        .map(|_| last * (0.05 * DAILY * noise.draw()).exp())
        .collect()
}

/// The median of simulated random walks from the last close.
fn median_of_paths(noise: &mut Normal, history: &[f64], paths: usize) -> Vec<f64> {
    let mut walks = vec![0.0_f64; paths];
    let step = |_| {
        walks.iter_mut().for_each(|walk| *walk += DAILY * noise.draw());
        let mut sorted = walks.clone();
        sorted.sort_by(f64::total_cmp);
        history[history.len() - 1] * (0.5 * (sorted[paths / 2 - 1] + sorted[paths / 2])).exp()
    };
    (0..HORIZON).map(step).collect()
}

#[test]
fn a_model_nearly_as_good_as_naive_ties_with_it() {
    let of = |windows: Windows| {
        rates(100, |seed| {
            let mut noise = Normal(seed);
            windows.judge(&windows.series(0.0, seed), |history| nearly_naive(&mut noise, history))
        })
    };
    let [apart, sharing] = [of(Windows::apart(HORIZON)), of(Windows::sharing_days(HORIZON))];
    println!("nearly naive: windows apart {apart:?}, sharing days {sharing:?} (beats, ties, loses of 100)");
    assert!(apart[1] >= 94, "{apart:?}");
    assert!(sharing[1] >= 88, "{sharing:?}");
}

#[test]
fn clusters_fat_tails_and_jumps_raise_no_false_verdict() {
    for process in [
        Process::GjrGarch(GjrGarch::default()),
        Process::StochasticVolatility(StochasticVolatility::default()),
        Process::Regimes(Regimes::default()),
        Process::Kou(Kou::default()),
    ] {
        let counts = rates(50, |seed| {
            let mut noise = Normal(seed);
            let windows = Windows::apart(HORIZON);
            let days = windows.context + ORIGINS * windows.stride + windows.horizon;
            windows.judge(&simulate(&process, days, seed), |history| {
                nearly_naive(&mut noise, history)
            })
        });
        println!(
            "nearly naive on {}: {counts:?} (beats, ties, loses of 50)",
            process.name()
        );
        assert!(counts[1] >= 44, "{}: {counts:?}", process.name());
    }
}

#[test]
fn the_median_of_few_paths_never_beats_naive_by_chance() {
    // The noise of the median makes it truly worse than the last close, so a losing verdict is correct.
    let of = |windows: Windows, paths: usize| {
        rates(40, |seed| {
            let mut noise = Normal(seed);
            windows.judge(&windows.series(0.0, seed), |history| {
                median_of_paths(&mut noise, history, paths)
            })
        })
    };
    let (apart, sharing) = (Windows::apart(HORIZON), Windows::sharing_days(HORIZON));
    let [few, shared, many] = [of(apart, 20), of(sharing, 20), of(apart, 100)];
    println!("median of 20 paths: windows apart {few:?}, sharing days {shared:?}; of 100: {many:?} (of 40)");
    assert!(
        few[0] <= 1 && shared[0] <= 2 && many[0] <= 2,
        "{few:?} {shared:?} {many:?}"
    );
}

/// Counts how often, over this many seeds, two equally good forecasts are found different. One lies above the last close and
/// the other below by the same log distance, and the random walk is symmetric, so their expected errors are equal.
fn false_alarms(seeds: u64, count: usize, horizon: usize, stride: usize) -> usize {
    let told_apart = |seed: &u64| {
        let logs: Vec<f64> = closes(count * stride + horizon + 1, 0.0, *seed)
            .iter()
            .map(|close| close.ln())
            .collect();
        let losses = |shift: f64| -> Vec<f64> {
            let loss = |number: usize| {
                let (last, truth) = (logs[number * stride], &logs[number * stride + 1..][..horizon]);
                truth.iter().map(|log| (log - last - shift).abs()).sum::<f64>() / horizon as f64
            };
            (0..count).map(loss).collect()
        };
        let test = diebold_mariano(&losses(DAILY), &losses(-DAILY), overlap(horizon, stride));
        test.is_some_and(|test| test.p_value < ALPHA)
    };
    (1..=seeds).filter(told_apart).count()
}

#[test]
fn few_windows_that_share_days_are_told_apart_too_often_and_windows_apart_are_not() {
    let apart = false_alarms(400, 100, 30, 30);
    let sharing = false_alarms(400, 100, 30, 1);
    println!("100 windows of 30 days, equal forecasts told apart: {apart} of 400 apart, {sharing} of 400 a day apart");
    // The nominal level is 20 of 400.
    assert!((8..=34).contains(&apart), "{apart}");
    assert!(
        sharing > 2 * apart,
        "{sharing} and {apart}: the warning about few windows has no reason left"
    );
}

#[test]
fn a_baseline_that_knows_the_process_beats_naive() {
    let of = |horizon: usize| {
        let windows = Windows {
            context: 250,
            ..Windows::apart(horizon)
        };
        rates(40, |seed| {
            windows.judge(&windows.series(0.6, seed), |history| {
                ar1(history, horizon).unwrap().median
            })
        })
    };
    let [two, five] = [of(2), of(HORIZON)];
    println!("ar1 where φ = 0.6: horizon 2 {two:?}, horizon 5 {five:?} (of 40)");
    assert!(two[0] >= 38 && five[0] >= 32, "{two:?} {five:?}");
}

#[test]
fn directions_by_chance_are_seldom_called_skill() {
    let mut noise = Normal(11);
    let mut flips = |count: usize, up: f64| (0..count).map(|_| noise.uniform() < up).collect::<Vec<bool>>();
    let by_chance = |_: &usize| {
        pesaran_timmermann(&flips(ORIGINS, 0.55), &flips(ORIGINS, 0.7)).is_some_and(|test| test.p_value < ALPHA)
    };
    let alarms = (0..1_000).filter(by_chance).count();
    println!("Pesaran & Timmermann: {alarms} false alarms of 1000");
    assert!((30..=70).contains(&alarms), "{alarms}");
}

#[test]
fn an_interval_holds_the_true_mean_about_as_often_as_it_says() {
    let holds = |block: usize| {
        let within = |seed: &u64| {
            let mut noise = Normal(*seed);
            let shocks: Vec<f64> = (0..ORIGINS + block).map(|_| noise.draw()).collect();
            let figures: Vec<f64> = shocks
                .windows(block)
                .take(ORIGINS)
                .map(|shared| shared.iter().sum())
                .collect();
            let resampling = Resampling {
                block: 2 * block,
                resamples: 200,
                seed: *seed,
                ..Resampling::default()
            };
            mean_interval(&figures, resampling).is_some_and(|found| found.low <= 0.0 && 0.0 <= found.high)
        };
        (1..=100).filter(within).count()
    };
    let [apart, sharing] = [holds(1), holds(HORIZON)];
    println!("95 % intervals that hold the mean: windows apart {apart}, sharing days {sharing} (of 100)");
    assert!(apart >= 88 && sharing >= 82, "{apart} {sharing}");
}

#[test]
fn bands_on_a_random_walk_cover_what_they_say() {
    let (count, context) = (80, 150);
    let series = closes(context + count * HORIZON, 0.0, 5);
    let mut scored: BTreeMap<&str, Vec<Metrics>> = BTreeMap::new();
    for split in (context..).step_by(HORIZON).take(count) {
        let (history, actual) = (&series[split - context..split], &series[split..split + HORIZON]);
        for (name, forecast) in scoring::all(history, HORIZON) {
            let BaselineForecast {
                median,
                quantiles,
                members,
                ..
            } = forecast.unwrap();
            let input = Scored {
                history,
                predicted: &median,
                quantiles: &quantiles,
                distribution: Distribution::Members(&members),
                actual,
            };
            scored.entry(name).or_default().push(score(input).unwrap());
        }
    }
    for (name, windows) in scored {
        let average = mean(&windows).unwrap();
        println!("{name}: covers {:?}", average.coverage);
        for (share, found) in &average.coverage {
            let stated: f64 = share.parse().unwrap();
            assert!((found - stated).abs() < 0.12, "{name}: {found} of {share}");
        }
    }
}
