//! How long a night's sweep takes on how many machines: a simulation. Rates and numbers come in as arguments, the time of each phase,
//! the use of what is shared and the bottleneck go out.
//!
//! ```sh
//! cargo run --example scale -- --tickers 6800 --workers 10 --reports 50
//! ```
//!
//! Workers lease groups of tickers from one queue, gather a group's data while the stages work on the group before, and open each
//! stage's model once for a group. When every ticker has its forecast, the first N are ranked and get reports: from the workers
//! themselves, or from servers on other machines. A worker that dies loses its groups; they go back when its lease has ended.
//! docs/scale.md has the rates that were measured, and what they give.

// A simulation fails loudly, as a test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use clap::Parser;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// What is simulated. Times in seconds.
#[derive(Debug, Clone, Parser)]
#[command(args_override_self = true)]
struct Plan {
    /// Tickers of the sweep
    #[arg(long, default_value_t = 6800)]
    tickers: usize,

    /// Workers, one for each core that computes
    #[arg(long, default_value_t = 1)]
    workers: usize,

    /// Tickers in a group
    #[arg(long, default_value_t = 32)]
    group: usize,

    /// Jobs that the queue gives out in a second, for all workers together
    #[arg(long, default_value_t = 500.0)]
    queue: f64,

    /// Tickers that one worker gathers in a second
    #[arg(long, default_value_t = 8.0)]
    gather: f64,

    /// Tickers that all workers together may gather in a second: what the source allows [default: no limit]
    #[arg(long, default_value_t = f64::INFINITY)]
    source: f64,

    /// Loading the forecaster and the classifier, for a group
    #[arg(long, default_value_t = 0.5)]
    load: f64,

    /// Forecast and sentiment of a ticker
    #[arg(long, default_value_t = 0.11)]
    analyse: f64,

    /// Spread of a group's time, as a share of it (uniform, more or less)
    #[arg(long, default_value_t = 0.0)]
    spread: f64,

    /// Reports, for the first of the ranking
    #[arg(long, default_value_t = 0)]
    reports: usize,

    /// Loading the reporter, for a group
    #[arg(long, default_value_t = 2.0)]
    report_load: f64,

    /// Writing a report on a worker
    #[arg(long, default_value_t = 120.0)]
    report: f64,

    /// Reports that servers on other machines write in a second, all together; 0: the workers write them
    #[arg(long, default_value_t = 0.0)]
    servers: f64,

    /// Deaths of a worker in an hour
    #[arg(long, default_value_t = 0.0)]
    deaths: f64,

    /// Until the jobs of a dead worker go back
    #[arg(long, default_value_t = 60.0)]
    lease: f64,

    /// Until a dead worker is up again
    #[arg(long, default_value_t = 30.0)]
    restart: f64,

    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// What came of it. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
struct Night {
    /// Until every ticker has its forecast.
    forecasts: f64,
    /// From then until every report is written.
    reports: f64,
    /// Groups that were begun again.
    lost: usize,
    /// The share of the forecasts' time that the queue, the source, the gathering and the stages of a worker were busy.
    busy: [(&'static str, f64); 4],
}

/// Something that takes one after the other, such as the queue: who comes later waits.
#[derive(Debug, Default)]
struct Line {
    free_at: f64,
    busy: f64,
}

impl Line {
    /// When work that comes at `now` and takes `time` is done.
    fn take(&mut self, now: f64, time: f64) -> f64 {
        self.free_at = self.free_at.max(now) + time;
        self.busy += time;
        self.free_at
    }
}

/// Happens at a time. Ordered by time, then by the order in which they were planned.
#[derive(Debug, PartialEq)]
struct Event {
    at: f64,
    number: usize,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    /// A worker has the data of a group of this size.
    Gathered {
        worker: usize,
        life: usize,
        size: usize,
    },
    /// A worker has finished a group of this size.
    Analysed {
        worker: usize,
        life: usize,
        size: usize,
    },
    Dies {
        worker: usize,
    },
    Restarts {
        worker: usize,
    },
    /// The tickers of a dead worker go back.
    Returned {
        size: usize,
    },
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.total_cmp(&other.at).then(self.number.cmp(&other.number))
    }
}

/// A worker: it gathers one group while its stages work on another, and one more may wait between the two.
#[derive(Debug, Default)]
struct Worker {
    /// Rises with each death, so that what a dead worker had planned does not happen.
    life: usize,
    is_dead: bool,
    gathering: Option<usize>,
    waiting: Option<usize>,
    analysing: Option<usize>,
    gathers: Line,
    stages: Line,
}

/// The first phase: forecasts and sentiment of every ticker.
struct Phase<'a> {
    plan: &'a Plan,
    random: Pcg64Mcg,
    events: BinaryHeap<Reverse<Event>>,
    planned: usize,
    workers: Vec<Worker>,
    queue: Line,
    source: Line,
    /// Groups that nobody has leased.
    groups: VecDeque<usize>,
    /// Tickers that have their forecast.
    done: usize,
    lost: usize,
}

impl Phase<'_> {
    fn plan(&mut self, at: f64, what: What) {
        self.planned += 1;
        let number = self.planned;
        self.events.push(Reverse(Event { at, number, what }));
    }

    /// A number from 0 to below 1.
    fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn plan_death(&mut self, now: f64, worker: usize) {
        if self.plan.deaths > 0.0 {
            let wait = -(1.0 - self.uniform()).ln() * 3600.0 / self.plan.deaths;
            self.plan(now + wait, What::Dies { worker });
        }
    }

    /// Lets a worker begin what it can.
    fn go_on(&mut self, now: f64, number: usize) {
        let worker = &mut self.workers[number];
        if worker.is_dead {
            return;
        }
        let life = worker.life;
        if worker.analysing.is_none()
            && let Some(size) = worker.waiting.take()
        {
            worker.analysing = Some(size);
            let even = self.plan.load + self.plan.analyse * size as f64;
            let time = even * (1.0 + self.plan.spread * (2.0 * self.uniform() - 1.0));
            let at = self.workers[number].stages.take(now, time);
            let what = What::Analysed {
                worker: number,
                life,
                size,
            };
            self.plan(at, what);
        }
        let worker = &mut self.workers[number];
        if worker.gathering.is_none()
            && worker.waiting.is_none()
            && let Some(size) = self.groups.pop_front()
        {
            worker.gathering = Some(size);
            let count = size as f64;
            let leased = self.queue.take(now, count / self.plan.queue);
            let gathered = worker.gathers.take(leased, count / self.plan.gather);
            let allowed = self.source.take(leased, count / self.plan.source);
            let what = What::Gathered {
                worker: number,
                life,
                size,
            };
            self.plan(gathered.max(allowed), what);
        }
    }

    fn happen(&mut self, now: f64, what: What) {
        match what {
            What::Gathered { worker, life, size } if self.workers[worker].life == life => {
                self.workers[worker].gathering = None;
                self.workers[worker].waiting = Some(size);
                self.go_on(now, worker);
            }
            What::Analysed { worker, life, size } if self.workers[worker].life == life => {
                self.workers[worker].analysing = None;
                self.done += size;
                self.go_on(now, worker);
            }
            What::Gathered { .. } | What::Analysed { .. } => {}
            What::Dies { worker: number } => {
                let worker = &mut self.workers[number];
                worker.life += 1;
                worker.is_dead = true;
                let held = [worker.gathering.take(), worker.waiting.take(), worker.analysing.take()];
                worker.gathers.free_at = now;
                worker.stages.free_at = now;
                for size in held.into_iter().flatten() {
                    self.lost += 1;
                    self.plan(now + self.plan.lease, What::Returned { size });
                }
                self.plan(now + self.plan.restart, What::Restarts { worker: number });
            }
            What::Restarts { worker } => {
                self.workers[worker].is_dead = false;
                self.plan_death(now, worker);
                self.go_on(now, worker);
            }
            What::Returned { size } => {
                self.groups.push_back(size);
                for worker in 0..self.workers.len() {
                    self.go_on(now, worker);
                }
            }
        }
    }

    /// Until every ticker is done; the time of the last.
    fn run(&mut self) -> f64 {
        for worker in 0..self.workers.len() {
            self.plan_death(0.0, worker);
            self.go_on(0.0, worker);
        }
        let mut now = 0.0;
        while self.done < self.plan.tickers {
            let Reverse(event) = self.events.pop().expect("a ticker that is not done has an event");
            now = event.at;
            self.happen(now, event.what);
        }
        now
    }
}

/// Reports: even shares for the workers, or all at the servers.
fn reports(plan: &Plan) -> f64 {
    let reports = plan.reports.min(plan.tickers);
    if reports == 0 {
        0.0
    } else if plan.servers > 0.0 {
        reports as f64 / plan.servers
    } else {
        let each = reports.div_ceil(plan.workers);
        each.div_ceil(plan.group) as f64 * plan.report_load + each as f64 * plan.report
    }
}

fn night(plan: &Plan) -> Night {
    let full = plan.tickers / plan.group;
    let rest = plan.tickers % plan.group;
    let mut phase = Phase {
        plan,
        random: Pcg64Mcg::seed_from_u64(plan.seed),
        events: BinaryHeap::new(),
        planned: 0,
        workers: (0..plan.workers).map(|_| Worker::default()).collect(),
        queue: Line::default(),
        source: Line::default(),
        groups: std::iter::repeat_n(plan.group, full)
            .chain((rest > 0).then_some(rest))
            .collect(),
        done: 0,
        lost: 0,
    };
    let forecasts = phase.run();
    let share = |busy: f64, lines: usize| busy / lines as f64 / forecasts;
    let of_workers = |busy: fn(&Worker) -> f64| share(phase.workers.iter().map(busy).sum(), plan.workers);
    Night {
        forecasts,
        reports: reports(plan),
        lost: phase.lost,
        busy: [
            ("the queue", share(phase.queue.busy, 1)),
            ("the source", share(phase.source.busy, 1)),
            ("gathering", of_workers(|worker| worker.gathers.busy)),
            ("the stages", of_workers(|worker| worker.stages.busy)),
        ],
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        0.0..120.0 => format!("{seconds:.1} s"),
        120.0..7200.0 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

fn main() {
    let plan = Plan::parse();
    assert!(
        plan.tickers > 0 && plan.workers > 0 && plan.group > 0,
        "give at least one ticker, one worker and one in a group"
    );
    let night = night(&plan);
    println!("{} tickers, {} workers", plan.tickers, plan.workers);
    println!("forecasts and sentiment  {}", time(night.forecasts));
    if plan.reports > 0 {
        println!("{:>6} reports           {}", plan.reports, time(night.reports));
    }
    println!("the whole night          {}", time(night.forecasts + night.reports));
    for (name, share) in night.busy {
        println!("  {name:<12} {:>5.1} % busy", share * 100.0);
    }
    let limit = night
        .busy
        .iter()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .expect("four shares");
    println!("what limits it: {}", limit.0);
    if night.lost > 0 {
        println!("{} groups were begun again", night.lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &str) -> Plan {
        Plan::parse_from(std::iter::once("scale").chain(arguments.split_whitespace()))
    }

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found / expected - 1.0).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn one_worker_takes_its_groups_one_after_the_other() {
        // 10 groups of 1 + 32 · 0.5 s; the first is leased and gathered before the stages begin, the others while they work.
        let night = night(&plan("--tickers 320 --load 1 --analyse 0.5 --gather 32 --queue 320"));
        near(night.forecasts, 0.1 + 1.0 + 10.0 * 17.0, 1e-9);
    }

    #[test]
    fn the_slowest_part_sets_the_rate() {
        for (limit, arguments) in [
            ("the stages", "--analyse 1 --load 0 --gather 1000 --queue 100000"),
            ("gathering", "--analyse 0.01 --load 0 --gather 1 --queue 100000"),
            ("the queue", "--analyse 0.01 --load 0 --gather 1000 --queue 8"),
            (
                "the source",
                "--analyse 0.01 --load 0 --gather 1000 --queue 100000 --source 8",
            ),
        ] {
            // Eight tickers a second, whichever part it is.
            let night = night(&plan(&format!("--tickers 25600 --workers 8 {arguments}")));
            near(night.forecasts, 25_600.0 / 8.0, 0.02);
            let busiest = night.busy.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert_eq!(busiest.0, limit);
        }
    }

    #[test]
    fn ten_workers_take_a_tenth() {
        let one = night(&plan("--tickers 32000 --gather 100"));
        let ten = night(&plan("--tickers 32000 --gather 100 --workers 10"));
        near(one.forecasts / ten.forecasts, 10.0, 0.02);
    }

    #[test]
    fn deaths_cost_time_and_no_ticker() {
        let calm = night(&plan("--workers 8 --gather 100"));
        for seed in 0..10 {
            let plan = plan(&format!(
                "--workers 8 --gather 100 --deaths 60 --lease 5 --restart 1 --seed {seed}"
            ));
            let rough = night(&plan);
            assert!(rough.lost > 0 && rough.forecasts > calm.forecasts, "{rough:?}");
            assert_eq!(rough, night(&plan), "the same seed gives the same night");
        }
    }

    #[test]
    fn reports_are_written_by_the_workers_or_by_servers() {
        let own = night(&plan("--workers 10 --reports 50 --report 120 --report-load 2"));
        near(own.reports, 2.0 + 5.0 * 120.0, 1e-9);
        let remote = night(&plan("--workers 10 --reports 50 --servers 2"));
        near(remote.reports, 25.0, 1e-9);
    }
}
