//! `tripod doctor`: checks what an analysis needs and names the command that fixes each problem. Changes nothing.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::store::StoreArgs;
use crate::config::Config;
use crate::engine::{self, Card, backend, cards, human_bytes, loaded_variant, probe_runtime};
use crate::host::{Outcome, hide};
use crate::models::{FreeSpace, Role};

/// Arguments of `tripod doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// A line of the output: what was checked, and the result.
struct Finding {
    what: String,
    state: State,
    says: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No problem.
    Good,
    /// An analysis can run, with limitations.
    Limited,
    /// No analysis can run until this is fixed.
    Missing,
}

/// Runs the command. Exit code 0 when an analysis can run, else 1.
pub fn run(args: &DoctorArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    hide();
    let store = args.store.path(config)?;
    let mut findings = vec![onnx_runtime(config)];
    findings.extend(models(config));
    findings.extend([
        news(config),
        disk(config),
        main_memory(config),
        threads(config),
        processor(),
        graphics_cards(),
    ]);
    findings.extend(confinement(config, &store, runtime));
    for finding in &findings {
        let mark = match finding.state {
            State::Good => "✓",
            State::Limited => "–",
            State::Missing => "✗",
        };
        anstream::println!("{mark} {:<18} {}", finding.what, finding.says);
    }
    let missing = findings
        .iter()
        .filter(|finding| finding.state == State::Missing)
        .count();
    anstream::println!();
    if missing == 0 {
        anstream::println!("An analysis can run. Try: tripod analyze AAPL --demo");
        Ok(ExitCode::SUCCESS)
    } else {
        let profile = config.profile;
        anstream::println!(
            "{missing} missing. To fetch models and libraries, run: tripod models pull --profile {profile}"
        );
        Ok(ExitCode::FAILURE)
    }
}

fn onnx_runtime(config: &Config) -> Finding {
    let what = "ONNX Runtime".to_owned();
    let Some(library) = &config.engine.onnx_library else {
        return Finding {
            what,
            state: State::Missing,
            says: "no library; run `tripod models pull onnxruntime`".into(),
        };
    };
    match probe_runtime(library) {
        Ok(()) => Finding {
            what,
            state: State::Good,
            says: library.display().to_string(),
        },
        Err(error) => Finding {
            what,
            state: State::Missing,
            says: error.to_string(),
        },
    }
}

fn models(config: &Config) -> Vec<Finding> {
    let choices = &config.choices;
    let roles = [
        (Role::Forecaster, &choices.forecaster),
        (Role::Sentiment, &choices.sentiment),
        (Role::Reporter, &choices.reporter),
    ];
    let findings = roles.map(|(role, choice)| {
        let what = role.to_string();
        match config
            .registry
            .resolve_role(&config.cache, role, config.profile, choice.as_ref())
        {
            Ok(model) => Finding {
                what,
                state: State::Good,
                says: match &model.manifest.remote {
                    Some(remote) => format!("{}, at {}", model.id, remote.urls.join(", ")),
                    None => format!("{}, {}", model.id, human_bytes(model.bytes)),
                },
            },
            Err(error) => Finding {
                what,
                state: State::Missing,
                says: error.to_string(),
            },
        }
    });
    findings.into()
}

/// Whose instructions llama.cpp uses.
fn processor() -> Finding {
    let (state, says) = match (backend(), loaded_variant()) {
        (Err(error), _) => (State::Missing, error.to_string()),
        (Ok(_), Some(variant)) => (
            State::Good,
            format!("llama.cpp's code for {variant}, chosen for this processor"),
        ),
        (Ok(_), None) => (State::Good, "llama.cpp was built for one kind of processor".into()),
    };
    Finding {
        what: "processor".into(),
        state,
        says,
    }
}

fn graphics_cards() -> Finding {
    let built = cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan"));
    let found: Vec<String> = cards()
        .iter()
        .map(|Card { name, memory }| {
            let (free, total) = (human_bytes(memory.free), human_bytes(memory.total));
            format!("{name}, {free} of {total} free")
        })
        .collect();
    let (state, says) = match (built, found.is_empty()) {
        (_, false) => (State::Good, found.join("; ")),
        (true, true) => (State::Limited, "none found; the models run on the CPU".into()),
        (false, true) => (
            State::Limited,
            "this build has no GPU support; the models run on the CPU".into(),
        ),
    };
    Finding {
        what: "graphics card".into(),
        state,
        says,
    }
}

fn news(config: &Config) -> Finding {
    let services: Vec<&str> = config.news.services.iter().map(|service| service.name()).collect();
    let hint = "; NEWSAPI_KEY, FINNHUB_KEY or feeds add others";
    Finding {
        what: "news".to_owned(),
        state: if services.len() > 1 {
            State::Good
        } else {
            State::Limited
        },
        says: format!(
            "from {}{}",
            services.join(", "),
            if services.len() > 1 { "" } else { hint }
        ),
    }
}

fn disk(config: &Config) -> Finding {
    let what = "disk".to_owned();
    match FreeSpace::default().at(config.cache.root()) {
        Ok(free) => {
            let says = format!("{} free at {}", human_bytes(free), config.cache.root().display());
            Finding {
                what,
                state: if free < 1 << 30 { State::Limited } else { State::Good },
                says,
            }
        }
        Err(error) => Finding {
            what,
            state: State::Limited,
            says: error.to_string(),
        },
    }
}

fn main_memory(config: &Config) -> Finding {
    let what = "memory".to_owned();
    let budget = config.engine.budget;
    match engine::memory::available() {
        Some(available) if available < budget.0 => {
            let says = format!(
                "{} available, less than the budget of {budget}: lower --budget",
                human_bytes(available)
            );
            Finding {
                what,
                state: State::Limited,
                says,
            }
        }
        Some(available) => Finding {
            what,
            state: State::Good,
            says: format!("{} available, budget {budget}", human_bytes(available)),
        },
        None => Finding {
            what,
            state: State::Limited,
            says: format!("this system does not report its free memory; budget {budget}"),
        },
    }
}

/// Starts an engine process, asks it which restrictions apply to it, and lets it try to break out.
fn confinement(config: &Config, store: &Path, runtime: &Runtime) -> Vec<Finding> {
    let store = store.exists().then(|| store.to_owned());
    let probe = match runtime.block_on(crate::host::probe(&config.engine, store)) {
        Ok(probe) => probe,
        Err(error) => {
            return vec![Finding {
                what: "engine process".into(),
                state: State::Missing,
                says: error,
            }];
        }
    };
    let restrictions = if probe.confined.is_empty() {
        (
            State::Limited,
            "not confined: this system has neither seccomp nor Landlock".into(),
        )
    } else {
        (State::Good, probe.confined.join(", "))
    };
    let of = |outcome: Outcome| {
        let attempts = probe.attempts.iter().filter(move |attempt| attempt.outcome == outcome);
        attempts.map(|attempt| attempt.what.as_str()).collect::<Vec<_>>()
    };
    let (refused, succeeded) = (of(Outcome::Refused), of(Outcome::Succeeded));
    let attempts = match (refused.len(), succeeded.as_slice()) {
        (0, []) => (State::Limited, "nothing could be tried on this system".to_owned()),
        (refused, []) => (
            State::Good,
            format!("all {refused} attempts from inside it were refused"),
        ),
        (_, some) => (State::Limited, format!("from inside it, one can {}", some.join(", "))),
    };
    [("engine process", restrictions), ("its confinement", attempts)]
        .map(|(what, (state, says))| Finding {
            what: what.into(),
            state,
            says,
        })
        .into()
}

fn threads(config: &Config) -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = config.engine.llama.threads;
    let (state, note) = if threads >= cores && cores > 1 {
        (
            State::Limited,
            "; with as many threads as cores, any other program slows the models down a lot: leave one core free",
        )
    } else {
        (State::Good, "")
    };
    Finding {
        what: "threads".into(),
        state,
        says: format!("{threads} of {cores} cores{note}"),
    }
}
