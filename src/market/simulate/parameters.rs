//! The parameters of a series of the mix: each process's, drawn anew from a range around its typical ones. In one place, because
//! they were chosen together: with the weights of the mix, against the stylised facts of the bundled prices (docs/datasets.md).

use super::brownian::GeometricBrownian;
use super::earnings::Earnings;
use super::gapped::Gapped;
use super::garch::{Garch, GjrGarch};
use super::heston::Heston;
use super::kou::Kou;
use super::merton::Merton;
use super::process::{Process, ProcessName};
use super::random::Random;
use super::regimes::{Regime, Regimes};
use super::reversion::MeanReversion;
use super::stale::Stale;
use super::stochastic_volatility::StochasticVolatility;

/// The first close of a series: log-normal with median 40, within 1 to 1,000.
pub fn first_close(random: &mut Random) -> f64 {
    random.log_normal(40.0, 1.1, 1.0, 1_000.0)
}

/// A process of this name with parameters of its own.
pub fn randomised(name: ProcessName, random: &mut Random) -> Process {
    match name {
        ProcessName::GeometricBrownian => Process::GeometricBrownian(GeometricBrownian {
            drift: drift(random),
            volatility: volatility(random),
        }),
        ProcessName::Garch => Process::Garch(garch(random)),
        ProcessName::GjrGarch => Process::GjrGarch(gjr_garch(random)),
        ProcessName::StochasticVolatility => Process::StochasticVolatility(stochastic_volatility(random)),
        ProcessName::Heston => Process::Heston(heston(random)),
        ProcessName::Regimes => Process::Regimes(regimes(random)),
        ProcessName::Merton => Process::Merton(merton(random)),
        ProcessName::Kou => Process::Kou(kou(random)),
        ProcessName::Earnings => Process::Earnings(Earnings {
            days: gjr_garch(random),
            jump_deviation: random.log_normal(0.05, 0.5, 0.015, 0.15),
            ..Earnings::default()
        }),
        ProcessName::MeanReversion => Process::MeanReversion(MeanReversion {
            half_life: random.log_between(10.0, 250.0),
            volatility: volatility(random),
        }),
        ProcessName::Stale => {
            let stale = Stale {
                probability: random.log_between(0.02, 0.4),
            };
            Process::Stale(stale, Box::new(Process::GjrGarch(gjr_garch(random))))
        }
        ProcessName::Gapped => {
            let gapped = Gapped {
                probability: random.log_between(0.003, 0.03),
                mean_days: random.between(1.0, 10.0),
            };
            Process::Gapped(gapped, Box::new(Process::GjrGarch(gjr_garch(random))))
        }
    }
}

/// A daily drift: 8 % a year, give or take 10 %.
fn drift(random: &mut Random) -> f64 {
    0.0003 + 0.0004 * random.normal()
}

/// A daily volatility: median 2 %, two thirds of all within 1.3 % to 3.1 %.
fn volatility(random: &mut Random) -> f64 {
    random.log_normal(0.02, 0.45, 0.005, 0.08)
}

/// How much of a variance carries over to the next day: half-lives of 17 to 350 days.
fn persistence(random: &mut Random) -> f64 {
    1.0 - random.log_between(0.002, 0.04)
}

/// Degrees of freedom of the innovations.
fn degrees_of_freedom(random: &mut Random) -> f64 {
    random.log_between(3.2, 10.0)
}

fn garch(random: &mut Random) -> Garch {
    let alpha = random.between(0.03, 0.12);
    Garch {
        drift: drift(random),
        volatility: volatility(random),
        alpha,
        beta: persistence(random) - alpha,
        degrees_of_freedom: degrees_of_freedom(random),
    }
}

fn gjr_garch(random: &mut Random) -> GjrGarch {
    let alpha = random.between(0.0, 0.05);
    let leverage = random.between(0.04, 0.2);
    GjrGarch {
        drift: drift(random),
        volatility: volatility(random),
        alpha,
        leverage,
        beta: persistence(random) - alpha - 0.5 * leverage,
        degrees_of_freedom: degrees_of_freedom(random),
    }
}

fn stochastic_volatility(random: &mut Random) -> StochasticVolatility {
    let persistence = persistence(random);
    // The variance of the log variance, which sets the kurtosis, is drawn rather than the size of its innovations.
    let spread = random.between(0.4, 1.6);
    StochasticVolatility {
        drift: drift(random),
        volatility: volatility(random),
        persistence,
        volatility_of_volatility: (spread * (1.0 - persistence * persistence)).sqrt(),
        correlation: random.between(-0.8, -0.1),
    }
}

fn heston(random: &mut Random) -> Heston {
    let reversion = random.log_between(0.005, 0.05);
    // The relative variance of the variance, η²/2κ, as above.
    let spread = random.between(0.5, 2.0);
    Heston {
        drift: drift(random),
        volatility: volatility(random),
        reversion,
        volatility_of_volatility: (2.0 * reversion * spread).sqrt(),
        correlation: random.between(-0.8, -0.1),
    }
}

fn regimes(random: &mut Random) -> Regimes {
    let volatility = volatility(random);
    let drift = drift(random);
    Regimes {
        states: [
            Regime {
                drift: drift + 0.0005,
                volatility: volatility * random.between(0.5, 0.8),
                mean_days: random.log_between(100.0, 500.0),
            },
            Regime {
                drift,
                volatility,
                mean_days: random.log_between(50.0, 250.0),
            },
            Regime {
                drift: drift - 0.1 * volatility * random.uniform(),
                volatility: volatility * random.between(1.6, 3.2),
                mean_days: random.log_between(10.0, 80.0),
            },
        ],
    }
}

fn merton(random: &mut Random) -> Merton {
    let volatility = volatility(random);
    let jump_deviation = volatility * random.between(2.0, 5.0);
    Merton {
        drift: drift(random),
        volatility,
        intensity: random.log_between(0.01, 0.08),
        jump_mean: jump_deviation * random.between(-0.3, 0.1),
        jump_deviation,
    }
}

fn kou(random: &mut Random) -> Kou {
    let volatility = volatility(random);
    Kou {
        drift: drift(random),
        volatility,
        intensity: random.log_between(0.01, 0.08),
        up_probability: random.between(0.3, 0.6),
        up_mean: volatility * random.between(1.0, 3.0),
        down_mean: volatility * random.between(1.5, 4.0),
    }
}
