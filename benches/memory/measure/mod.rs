//! The benchmark's main program: starts every measurement, prints it and checks it, in order.

mod check;
mod child;
mod hint;
mod limit;
mod watched;

use std::process::{Command, ExitCode, ExitStatus, Stdio};

use clap::{Parser, Subcommand};
use serde::de::DeserializeOwned;

use self::check::Checks;
use self::child::{Measured, Run, Step};
use self::limit::Limit;
use self::watched::Taken;
use tripod::analysis::StageName;
use tripod::engine::human_bytes;

/// The budget of every arena: the consumer graphics card that the project was first written for.
pub const BUDGET: u64 = 4 << 30;

/// A budget that is too small for the reporter.
const TIGHT: u64 = 3 << 29;

/// Bytes allocated above the limit to check that it is enforced.
const BEYOND: u64 = 64 << 20;

/// Tokens of an answer if only memory matters.
const FEW: usize = 4;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    measurement: Option<Measurement>,

    /// How often the pipeline runs in one process
    #[arg(long, default_value_t = 20)]
    rounds: usize,

    /// The most tokens of an answer in the full analysis, to save time
    #[arg(long)]
    most_tokens: Option<usize>,

    /// Skip the models that the profile does not use, the limit and the refusal
    #[arg(long)]
    brief: bool,

    /// Memory-map weights that are not repacked instead of reading them into the heap
    #[arg(long, global = true)]
    map: bool,

    /// Cargo passes this flag to a benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

/// A measurement in a separate process.
#[derive(Subcommand)]
#[command(hide = true)]
enum Measurement {
    /// The pipeline, once or several times
    Run {
        /// Which stages
        #[arg(long, value_delimiter = ',', value_parser = |name: &str| tripod::stages::STAGES.read(name))]
        stages: Vec<StageName>,
        /// A model to use instead of the profile's for its role
        #[arg(long)]
        model: Option<String>,
        #[arg(long, default_value_t = 1)]
        rounds: usize,
        #[arg(long)]
        most_tokens: Option<usize>,
        #[command(flatten)]
        limit: LimitArgs,
    },
    /// The reporter within a budget that is too small, then as its hints advise
    Refused {
        #[arg(long)]
        budget: u64,
    },
    /// Allocates this many bytes
    Take {
        #[arg(long)]
        bytes: u64,
        #[command(flatten)]
        limit: LimitArgs,
    },
}

/// A limit that the process applies to itself before anything else.
#[derive(clap::Args)]
struct LimitArgs {
    /// A control group to enter
    #[arg(long)]
    enter: Option<std::path::PathBuf>,
    /// A limit on its data segment (`RLIMIT_DATA`), in bytes
    #[arg(long)]
    data: Option<u64>,
}

impl LimitArgs {
    fn obey(&self) {
        limit::obey(self.enter.as_deref(), self.data).expect("the limit");
    }
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.measurement {
        None => return measure_all(&cli),
        Some(Measurement::Run {
            stages,
            model,
            rounds,
            most_tokens,
            limit,
        }) => {
            limit.obey();
            let run = Run {
                stages: stages.clone(),
                model: model.clone(),
                most_tokens: *most_tokens,
                use_mmap: cli.map,
            };
            print(&child::run(&run, *rounds));
        }
        Some(Measurement::Refused { budget }) => print(&child::refused(*budget, FEW, cli.map)),
        Some(Measurement::Take { bytes, limit }) => {
            limit.obey();
            print(&child::take(*bytes));
        }
    }
    ExitCode::SUCCESS
}

fn measure_all(cli: &Cli) -> ExitCode {
    let mut checks = Checks::default();
    let weights = if cli.map {
        "; weights memory-mapped if not repacked"
    } else {
        ""
    };
    println!("{}{weights}\n", child::setting());

    println!("Each stage alone, in a process of its own ({FEW} tokens a text, which does not change the memory):");
    let alone: Vec<Measured> = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT]
        .iter()
        .map(|stage| measured(&run(&[*stage], 1, Some(FEW))))
        .collect();
    println!("{}", check::table(&first_rounds(&alone)));
    print_cards(&alone[0]);

    match cli.most_tokens {
        None => println!("\nThe whole pipeline in one process:"),
        Some(most) => println!("\nThe whole pipeline in one process (texts of at most {most} tokens):"),
    }
    let whole = measured(&run(&STAGES, 1, cli.most_tokens));
    println!("{}", check::table(&whole.rounds[0]));
    print_noise(&whole);
    checks.peak(&whole, &alone);
    checks.on_card(&whole);
    checks.given_back(&whole);
    checks.stated(&whole);

    if !cli.brief {
        other_models(&mut checks);
        println!(
            "\nThe whole pipeline under a limit of {} ({FEW} tokens a text):",
            human_bytes(BUDGET)
        );
        under_limit(&mut checks);
    }

    println!("\n{} rounds in one process ({FEW} tokens a text):", cli.rounds);
    let rounds = measured(&run(&STAGES, cli.rounds, Some(FEW)));
    println!("{}", check::rounds_table(&rounds));
    checks.drift(&rounds);

    if !cli.brief {
        println!("\nThe reporter within {}:", human_bytes(TIGHT));
        let steps: Vec<Step> = output(&mut itself(&["refused", "--budget", &TIGHT.to_string()]));
        checks.hints(&steps, TIGHT);
    }

    checks.conclude()
}

fn other_models(checks: &mut Checks) {
    println!("\nThe other models of true shape, each alone in a process of its own ({FEW} tokens a text):");
    let others: Vec<Measured> = child::other_models()
        .into_iter()
        .map(|(stage, model)| {
            let model = ["--model".to_owned(), model];
            measured(&[run(&[stage], 1, Some(FEW)), model.to_vec()].concat())
        })
        .collect();
    println!("{}", check::table(&first_rounds(&others)));
    others.iter().for_each(|other| checks.stated(other));
}

/// Prints the graphics cards, and the memory that their driver and libraries keep until the process ends.
fn print_cards(first: &Measured) {
    let (Some(began), Some(ended)) = (first.first_use.first(), first.first_use.last()) else {
        return;
    };
    println!(
        "on {}; held there before anything ran, the driver's own included: {} MiB. The first run of the pipeline, made before \
         each measurement, left {} MiB on the card and {} MiB of anonymous memory for the life of the process",
        first.cards.join(", "),
        began.card_before >> 20,
        ended.card_after.saturating_sub(began.card_before) >> 20,
        ended.row.anon_after.saturating_sub(began.row.anon_before) >> 20,
    );
}

const STAGES: [StageName; 3] = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];

fn first_rounds(measured: &[Measured]) -> Vec<Taken> {
    measured.iter().flat_map(|one| one.rounds[0].clone()).collect()
}

fn under_limit(checks: &mut Checks) {
    child::forget_cached_weights();
    let limit = Limit::strictest(BUDGET);
    let mut command = limit.wrap(&itself(&run(&STAGES, 1, Some(FEW))));
    let finished = command.stderr(Stdio::inherit()).output().expect("a child process");
    println!("limit: {limit}");
    println!("{}", limit.record());
    checks.within_limit(finished.status, &finished.stdout);
    drop(limit);

    let limit = Limit::strictest(BUDGET);
    let beyond = (BUDGET + BEYOND).to_string();
    let finished = limit.wrap(&itself(&["take", "--bytes", &beyond])).output();
    checks.limit_bites(finished.expect("a child process").status);
}

fn run(stages: &[StageName], rounds: usize, most_tokens: Option<usize>) -> Vec<String> {
    let stages: Vec<String> = stages.iter().map(StageName::to_string).collect();
    let mut arguments = vec!["run".to_owned(), "--stages".into(), stages.join(",")];
    arguments.extend(["--rounds".to_owned(), rounds.to_string()]);
    if let Some(most) = most_tokens {
        arguments.extend(["--most-tokens".to_owned(), most.to_string()]);
    }
    arguments
}

/// A command that starts this program again.
fn itself<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program's path"));
    command.args(arguments);
    if std::env::args().any(|argument| argument == "--map") {
        command.arg("--map");
    }
    command
}

fn measured(arguments: &[String]) -> Measured {
    output(&mut itself(arguments))
}

/// Runs a measurement and parses its output.
fn output<T: DeserializeOwned>(command: &mut Command) -> T {
    let finished = command.stderr(Stdio::inherit()).output();
    let finished = finished.expect("a child process");
    assert!(
        finished.status.success(),
        "a measurement ended with {}",
        finished.status
    );
    serde_json::from_slice(&finished.stdout).expect("a measurement's output")
}

fn print<T: serde::Serialize>(measured: &T) {
    println!("{}", serde_json::to_string(measured).expect("plain data"));
}

fn print_noise(measured: &Measured) {
    for note in &measured.notes {
        println!("of random weights: {note}");
    }
}

/// A description of how a process ended.
pub fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("ended by signal {signal}"),
        None => status.to_string(),
    }
}
