//! Prints the measurements as tables, and checks them: one line for each check, with PASS or FAIL and its figures.

use std::process::{ExitCode, ExitStatus};

use comfy_table::{CellAlignment, Table, presets};

use super::child::{Measured, Step};
use super::watched::Taken;
use super::{BUDGET, ended};

/// The most by which the whole pipeline may exceed its largest stage. Stages leave some memory allocated until the process ends,
/// such as a loaded library.
const ABOVE_LARGEST: u64 = 64 << 20;

/// The most by which anonymous memory after a stage may exceed that before it.
const LEFT_BEHIND: u64 = 32 << 20;

/// The largest accepted difference between estimated and measured memory, as a fraction of the measured.
const STATED: f64 = 0.10;

/// The same if part of it is on a graphics card, whose driver and libraries round up and allocate their own buffers.
const STATED_ON_CARD: f64 = 0.15;

/// The most by which memory after a later round may exceed that after the second.
const DRIFT: u64 = 8 << 20;

/// The number of checks so far.
#[derive(Default)]
pub struct Checks {
    passed: usize,
    failed: usize,
}

impl Checks {
    fn say(&mut self, right: bool, what: &str) {
        if right {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        println!("{}  {what}", if right { "PASS" } else { "FAIL" });
    }

    /// Checks that the whole pipeline needs no more than its largest stage alone, and no more than the budget.
    pub fn peak(&mut self, whole: &Measured, alone: &[Measured]) {
        let largest = alone.iter().map(|one| one.highest).max().unwrap_or(0);
        let highest = whole.highest;
        self.say(
            highest <= largest + ABOVE_LARGEST,
            &format!(
                "highest memory of the whole: {} MiB; of its largest stage alone: {} MiB; allowed above that: {} MiB",
                mib(highest),
                mib(largest),
                mib(ABOVE_LARGEST)
            ),
        );
        self.say(
            highest <= BUDGET,
            &format!(
                "highest memory of the whole: {} MiB; the budget: {} MiB",
                mib(highest),
                mib(BUDGET)
            ),
        );
    }

    /// Checks that no stage exceeds the budget on the graphics card, and that each frees its memory there.
    pub fn on_card(&mut self, whole: &Measured) {
        if whole.cards.is_empty() {
            return;
        }
        let arenas = &whole.rounds[0];
        let peak = arenas.iter().map(|taken| taken.row.vram_peak).max().unwrap_or(0);
        self.say(
            0 < peak && peak <= BUDGET,
            &format!(
                "highest memory of a stage on the card: {} MiB; the budget: {} MiB",
                mib(peak),
                mib(BUDGET)
            ),
        );
        for taken in arenas {
            self.say(
                taken.card_after <= taken.card_before + LEFT_BEHIND,
                &format!(
                    "after {}: {} MiB held on the card, {} before it; allowed above that: {}",
                    taken.row.stage,
                    mib(taken.card_after),
                    mib(taken.card_before),
                    mib(LEFT_BEHIND)
                ),
            );
        }
    }

    /// Checks that each stage frees its anonymous memory.
    pub fn given_back(&mut self, whole: &Measured) {
        for Taken { row, .. } in &whole.rounds[0] {
            self.say(
                row.anon_after <= row.anon_before + LEFT_BEHIND,
                &format!(
                    "after {}: {} MiB of anonymous memory, {} before it; allowed above that: {}",
                    row.stage,
                    mib(row.anon_after),
                    mib(row.anon_before),
                    mib(LEFT_BEHIND)
                ),
            );
        }
    }

    /// Checks each arena's estimate against its measured memory.
    pub fn stated(&mut self, whole: &Measured) {
        for taken in &whole.rounds[0] {
            let (need, bytes) = (taken.row.need_bytes as f64, taken.bytes() as f64);
            let off = need / bytes - 1.0;
            let allowed = if taken.row.vram_peak > 0 {
                STATED_ON_CARD
            } else {
                STATED
            };
            self.say(
                off.abs() <= allowed,
                &format!(
                    "{} stated {} MiB and took {} MiB: {:+.1} %, allowed ±{:.0} %",
                    taken.row.stage,
                    mib(taken.row.need_bytes),
                    mib(taken.bytes()),
                    off * 100.0,
                    allowed * 100.0
                ),
            );
        }
    }

    /// Checks that the pipeline completes under the limit.
    pub fn within_limit(&mut self, status: ExitStatus, output: &[u8]) {
        let measured: Option<Measured> = serde_json::from_slice(output).ok();
        let arenas = measured.as_ref().map_or(0, |measured| measured.rounds[0].len());
        let highest = measured.as_ref().map_or(0, |measured| measured.highest);
        self.say(
            status.success() && arenas == 3,
            &format!(
                "the pipeline under the limit: {}, {arenas} arenas, highest memory {} MiB",
                ended(status),
                mib(highest)
            ),
        );
    }

    /// Checks that the limit stops a process that exceeds it.
    pub fn limit_bites(&mut self, status: ExitStatus) {
        self.say(
            !status.success(),
            &format!("a process that takes more than the limit: {}", ended(status)),
        );
    }

    /// Checks that memory does not grow from round to round.
    pub fn drift(&mut self, rounds: &Measured) {
        self.no_drift("anonymous memory", rounds, |taken| taken.row.anon_after);
        if !rounds.cards.is_empty() {
            self.no_drift("memory held on the card", rounds, |taken| taken.card_after);
        }
    }

    fn no_drift(&mut self, what: &str, rounds: &Measured, of: fn(&Taken) -> u64) {
        let last_of_each = rounds.rounds.iter().filter_map(|round| round.last());
        let after: Vec<u64> = last_of_each.map(of).collect();
        // The first round loads what stays until the process ends.
        let (second, last) = (after.get(1).copied().unwrap_or(0), after.last().copied().unwrap_or(0));
        let highest = after.iter().skip(1).copied().max().unwrap_or(0);
        self.say(
            highest <= second + DRIFT,
            &format!(
                "{what} after the second of {} rounds: {} KiB, after the last: {} KiB, at most {} KiB; allowed above the \
                 second: {} KiB",
                after.len(),
                second >> 10,
                last >> 10,
                highest >> 10,
                DRIFT >> 10
            ),
        );
    }

    /// Checks that following the refusals' hints leads to a run within the budget.
    pub fn hints(&mut self, steps: &[Step], budget: u64) {
        for step in steps {
            match (&step.refused, &step.taken) {
                (Some(message), _) => println!("  {}: refused: {message}", step.setting),
                (None, Some(taken)) => println!(
                    "  {}: ran; stated {} MiB, took {} MiB",
                    step.setting,
                    mib(taken.row.need_bytes),
                    mib(taken.bytes())
                ),
                (None, None) => println!("  {}: no arena was opened", step.setting),
            }
        }
        let refused = steps.first().is_some_and(|step| step.refused.is_some());
        let ran = steps
            .last()
            .is_some_and(|step| step.refused.is_none() && step.taken.is_some());
        let tries = steps.len().saturating_sub(1);
        self.say(
            refused && ran,
            &format!("refused at first, and its hints, followed literally, end in a run ({tries} of them)"),
        );
        if let Some(taken) = steps.last().and_then(|step| step.taken.as_ref()) {
            self.say(
                taken.bytes() <= budget,
                &format!(
                    "that run took {} MiB; the budget: {} MiB",
                    mib(taken.bytes()),
                    mib(budget)
                ),
            );
        }
    }

    /// Prints the totals and returns the exit code.
    pub fn conclude(self) -> ExitCode {
        println!("\n{} checks passed, {} failed", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// A column's name and its value in bytes.
type Column = (&'static str, fn(&Taken) -> u64);

/// One line for each arena; sizes in MiB. Columns for graphics cards appear if there is one.
pub fn table(arenas: &[Taken]) -> String {
    let mut columns: Vec<Column> = vec![
        ("need", |taken| taken.row.need_bytes),
        ("weights", |taken| taken.row.weights_bytes),
        ("KV", |taken| taken.row.kv_bytes),
        ("compute", |taken| taken.row.compute_bytes),
        ("anon before", |taken| taken.row.anon_before),
        ("anon peak", |taken| taken.row.anon_peak),
        ("anon after", |taken| taken.row.anon_after),
        ("file peak", |taken| taken.row.file_peak),
        ("total peak", |taken| taken.row.total_peak),
        ("taken", Taken::bytes),
    ];
    if arenas.iter().any(|taken| taken.card_before > 0) {
        let of_cards: [Column; 3] = [
            ("VRAM before", |taken| taken.card_before),
            ("VRAM peak", |taken| taken.row.vram_peak),
            ("VRAM after", |taken| taken.card_after),
        ];
        columns.extend(of_cards);
    }
    let header: Vec<&str> = std::iter::once("MiB")
        .chain(columns.iter().map(|(name, _)| *name))
        .collect();
    let mut table = plain(&header);
    for taken in arenas {
        let sizes = columns.iter().map(|(_, of)| mib(of(taken)));
        table.add_row(std::iter::once(format!("{}: {}", taken.row.stage, taken.row.model)).chain(sizes));
    }
    finished(table)
}

/// One line for each of some rounds: memory after each stage in KiB, and the peak in MiB.
pub fn rounds_table(measured: &Measured) -> String {
    let mut header = vec![
        "round",
        "after forecast, KiB",
        "after sentiment, KiB",
        "after report, KiB",
        "highest, MiB",
    ];
    let has_card = !measured.cards.is_empty();
    if has_card {
        header.push("on the card after it, KiB");
    }
    let mut table = plain(&header);
    let count = measured.rounds.len();
    for (number, round) in (1..).zip(&measured.rounds) {
        if number <= 3 || number % 5 == 0 || number == count {
            let after = round.iter().map(|taken| (taken.row.anon_after >> 10).to_string());
            let highest = round.iter().map(|taken| taken.row.total_peak).max().unwrap_or(0);
            let on_card = round
                .last()
                .filter(|_| has_card)
                .map(|taken| (taken.card_after >> 10).to_string());
            table.add_row(
                std::iter::once(number.to_string())
                    .chain(after)
                    .chain([mib(highest)])
                    .chain(on_card),
            );
        }
    }
    finished(table)
}

fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn finished(table: Table) -> String {
    table.trim_fmt()
}

/// A size in MiB, without the unit.
fn mib(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / f64::from(1 << 20))
}
