//! `tripod dataset verify` as a user runs it: it passes on what the factory wrote, and names the line of each planted fault.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{stderr, stdout, tripod};

/// A folder with a training part of 300 prompts and a test part of 100 from the bundled prices.
pub struct Parts {
    pub folder: TempDir,
    pub train: PathBuf,
    pub test: PathBuf,
}

impl Parts {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [train, test] = ["train.jsonl", "test.jsonl"].map(|name| folder.path().join(name));
        generate(&train, &["--part", "train", "--count", "300"]);
        generate(&test, &["--part", "test", "--count", "100"]);
        Parts { folder, train, test }
    }

    pub fn lines(&self) -> Vec<String> {
        lines(&self.train)
    }

    /// Writes lines in place of the training part, whose manifest stays.
    fn replace(&self, lines: &[String]) {
        std::fs::write(&self.train, lines.concat()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub fn generate(out: &Path, more: &[&str]) {
    let lengths = ["--context", "20..40", "--horizon", "1..10"];
    let fixed = ["dataset", "timeseries", "--demo", "--quiet", "--out", text(out)];
    let output = tripod(&[&fixed[..], &lengths, more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The lines of a file with their line ends.
pub fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn verify(arguments: &[&Path]) -> Output {
    let paths: Vec<&str> = arguments.iter().map(|path| text(path)).collect();
    tripod(&[&["dataset", "verify", "--quiet"], &paths[..]].concat())
}

#[test]
fn what_the_factory_wrote_is_proved_in_one_line() {
    let parts = Parts::new();
    let output = verify(&[&parts.train]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "300 prompts: every line is a whole record; none stands twice; every prompt and completion is what the format writes for \
         its series, and every window lies in its part; count and hash are those of the manifest\n"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn every_format_and_simulated_series_are_proved() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = ["--mix", "real=0.5,simulated=0.5", "--count", "200"];
    for (name, format) in [
        ("a.jsonl.gz", "seed-v1"),
        ("b.jsonl.zst", "stats-v2"),
        ("c.jsonl", "scaled-v3"),
    ] {
        let path = folder.path().join(name);
        generate(&path, &[&mixed[..], &["--format", format]].concat());
        let output = verify(&[&path]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        assert!(stdout(&output).starts_with("200 prompts: "));
    }
}

/// Verifies lines that stand in place of the training part, and returns the fault of `line`.
fn fault_of(parts: &Parts, lines: &[String], line: usize) -> String {
    parts.replace(lines);
    let output = verify(&[&parts.train]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(said.contains("it is another file, or it was changed"), "{said}");
    let of_lines: Vec<&str> = said.lines().filter(|said| said.contains(", line ")).collect();
    let prefix = format!("error: {}, line {line}: ", parts.train.display());
    match of_lines.as_slice() {
        [only] => only
            .strip_prefix(&prefix)
            .unwrap_or_else(|| panic!("{only}"))
            .to_owned(),
        _ => panic!("{said}"),
    }
}

/// A record with some fields replaced.
fn with(line: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut record: Value = serde_json::from_str(line).unwrap();
    change(&mut record);
    record.to_string() + "\n"
}

#[test]
fn a_line_that_was_cut_is_named() {
    let parts = Parts::new();
    let whole = parts.lines();
    let mut lines = whole.clone();
    lines[4] = lines[4][..90].to_owned() + "\n";
    let fault = fault_of(&parts, &lines, 5);
    assert!(
        fault.starts_with("it is not a whole record: EOF while parsing a string"),
        "{fault}"
    );
    // The same at the end of a file, as a copy that broke off leaves it.
    let cut = [&whole[..4], &[whole[4][..50].to_owned()]].concat();
    let fault = fault_of(&parts, &cut, 5);
    assert!(fault.contains("EOF while parsing"), "{fault}");
}

#[test]
fn a_wrong_field_is_named() {
    let parts = Parts::new();
    let whole = parts.lines();
    let planted = |change: &dyn Fn(&mut Value), wanted: &str| {
        let mut lines = whole.clone();
        lines[6] = with(&lines[6], change);
        let fault = fault_of(&parts, &lines, 7);
        assert!(fault.contains(wanted), "{fault}");
    };
    planted(&|record| record["note"] = "x".into(), "unknown field `note`");
    planted(&|record| record["horizon"] = 2.5.into(), "expected u16");
    planted(
        &|record| drop(record.as_object_mut().unwrap().remove("split_day")),
        "missing field `split_day`",
    );
    planted(
        &|record| record["horizon"] = 11.into(),
        "the prompt is not what seed-v1 writes",
    );
    planted(&|record| record["context"] = 19.into(), "those 19 closes begin on");
    planted(
        &|record| record["from"] = "2001-01-01".into(),
        "has no window from 2001-01-01",
    );
    planted(
        &|record| record["split_day"] = "2005-01-01".into(),
        "the series has no close on 2005-01-01",
    );
    planted(&|record| record["ticker"] = "NVDA".into(), "have no NVDA");
}

#[test]
fn a_prompt_that_stands_twice_is_named_with_the_first() {
    let parts = Parts::new();
    let mut lines = parts.lines();
    lines[200] = lines[2].clone();
    let fault = fault_of(&parts, &lines, 201);
    assert_eq!(fault, format!("it repeats line 3 of {}", parts.train.display()));
}

#[test]
fn a_prompt_that_stands_in_two_shards_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("set.jsonl");
    for shard in ["1/2", "2/2"] {
        generate(&out, &["--count", "8200", "--shard", shard]);
    }
    let mut shards: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    shards.sort();
    let [first, second] = &shards[..] else {
        panic!("{shards:?}")
    };
    let output = verify(&[first, second]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("8,200 prompts: "), "{}", stdout(&output));

    let mut second_lines = lines(second);
    second_lines[0] = lines(first)[9].clone();
    std::fs::write(second, second_lines.concat()).unwrap();
    let output = verify(&[first, second]);
    let wanted = format!(
        "error: {}, line 1: it repeats line 10 of {}",
        second.display(),
        first.display()
    );
    assert!(stderr(&output).contains(&wanted), "{}", stderr(&output));
}

#[test]
fn a_text_that_the_format_would_not_write_is_named_with_the_difference() {
    let parts = Parts::new();
    let whole = parts.lines();
    let mut lines = whole.clone();
    lines[9] = with(&lines[9], |record| {
        let completion = record["completion"].as_str().unwrap().replacen('.', "1.", 1);
        record["completion"] = completion.into();
    });
    let fault = fault_of(&parts, &lines, 10);
    assert!(
        fault.starts_with("the completion is not what seed-v1 writes for "),
        "{fault}"
    );
    assert!(
        fault.contains("from character ") && fault.contains(" instead of "),
        "{fault}"
    );
    let mut lines = whole;
    lines[9] = with(&lines[9], |record| {
        record["prompt"] = record["prompt"].as_str().unwrap().replace("trend=", "trend= ").into();
    });
    let fault = fault_of(&parts, &lines, 10);
    assert!(
        fault.starts_with("the prompt is not what seed-v1 writes for "),
        "{fault}"
    );
}

#[test]
fn a_window_of_the_other_part_is_a_leak() {
    let parts = Parts::new();
    let all = parts.path("all.jsonl");
    generate(&all, &["--part", "all", "--count", "4000"]);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(parts.path("train.jsonl.manifest.json")).unwrap()).unwrap();
    let split_day = manifest["recipe"]["split"]["day"].as_str().unwrap();
    let held_out = manifest["recipe"]["split"]["test_tickers"][0].as_str().unwrap();
    let records: Vec<(String, Value)> = lines(&all)
        .into_iter()
        .map(|line| (line.clone(), serde_json::from_str(&line).unwrap()))
        .collect();
    let text_of = |record: &Value, field: &str| record[field].as_str().unwrap().to_owned();
    // Windows whose prompt ends before the split day and whose completion reaches it are the subtle ones.
    let reaches = |record: &Value| {
        let from_split = split_day.parse::<chrono::NaiveDate>().unwrap()
            - text_of(record, "split_day").parse::<chrono::NaiveDate>().unwrap();
        let horizon = record["horizon"].as_i64().unwrap();
        (1..=horizon).contains(&from_split.num_days()) && text_of(record, "ticker") != held_out
    };
    let later = |record: &Value| text_of(record, "from").as_str() > split_day && text_of(record, "ticker") != held_out;
    let of_held_out = |record: &Value| text_of(record, "ticker") == held_out;
    let whole = parts.lines();
    for (wanted, is_it) in [
        ("but the train part ends before ", &reaches as &dyn Fn(&Value) -> bool),
        ("but the train part ends before ", &later),
        ("but the train part has none of the held-out tickers", &of_held_out),
    ] {
        let (leaked, _) = records.iter().find(|(_, record)| is_it(record)).unwrap();
        let mut lines = whole.clone();
        lines[100].clone_from(leaked);
        let fault = fault_of(&parts, &lines, 101);
        assert!(
            fault.starts_with("it leaks: its window of ") && fault.contains(wanted),
            "{fault}"
        );
    }
}

#[test]
fn the_parts_share_no_day_and_an_overlap_is_named_on_both_sides() {
    let parts = Parts::new();
    let against = |files: &[&Path]| {
        let mut arguments = vec!["dataset", "verify", "--quiet", text(&parts.train), "--against"];
        arguments.extend(files.iter().map(|path| text(path)));
        tripod(&arguments)
    };
    let output = against(&[&parts.test]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let proved = "; no window shares a day of its ticker with the other files\n";
    assert!(stdout(&output).ends_with(proved), "{}", stdout(&output));

    // Lines of the training part itself, without a manifest: their days are known from the prices of the other side.
    let leaked = parts.path("leaked.jsonl");
    let train = parts.lines();
    std::fs::write(&leaked, lines(&parts.test)[..5].concat() + &train[20]).unwrap();
    let output = against(&[&parts.test, &leaked]);
    assert_eq!(output.status.code(), Some(1));
    let record: Value = serde_json::from_str(&train[20]).unwrap();
    let start = format!(
        "error: {}, line 6: its window of {}, {} to ",
        leaked.display(),
        record["ticker"].as_str().unwrap(),
        record["from"].as_str().unwrap()
    );
    let said = stderr(&output);
    let fault = said
        .lines()
        .find(|line| line.starts_with(&start))
        .unwrap_or_else(|| panic!("{said}"));
    assert!(fault.contains("shares days with line "), "{fault}");
    let named: usize = fault
        .split("with line ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let other: Value = serde_json::from_str(&train[named - 1]).unwrap();
    assert_eq!(other["ticker"], record["ticker"]);
    assert!(other["from"].as_str().unwrap() <= record["split_day"].as_str().unwrap() || named == 21);
    let estimated = format!(
        "{}: the last days of its windows are counted in weekdays",
        leaked.display()
    );
    assert!(said.contains(&estimated), "{said}");
    assert!(said.contains("1 fault in 300 prompts"), "{said}");
}

#[test]
fn a_compressed_file_that_breaks_off_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl.zst", "a.jsonl.gz"] {
        let path = folder.path().join(name);
        // Two blocks of 4,096 prompts: two frames, or members.
        generate(&path, &["--count", "5000"]);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 10]).unwrap();
        let output = verify(&[&path]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        let fault = said
            .lines()
            .find(|line| line.contains("the file is damaged or cut off here"))
            .unwrap();
        let line: u64 = fault
            .split(", line ")
            .nth(1)
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!((4_097..=5_000).contains(&line), "{fault}");
        let count = format!("it has {} prompts, and its manifest says 5000", line - 1);
        assert!(said.contains(&count), "{said}");
    }
}

#[test]
fn without_a_manifest_it_says_what_could_not_be_checked() {
    let parts = Parts::new();
    let alone = parts.path("alone.jsonl");
    std::fs::copy(&parts.train, &alone).unwrap();
    let output = verify(&[&alone]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stdout(&output),
        "300 prompts: every line is a whole record; none stands twice\n"
    );
    let said = stderr(&output);
    let reason = format!("{}: there is no manifest beside it", alone.display());
    assert_eq!(said.matches(&reason).count(), 2, "{said}");
    assert!(
        said.contains("not proved that every prompt and completion is what the format writes"),
        "{said}"
    );
}

#[test]
fn many_faults_are_counted_and_the_first_are_listed() {
    let parts = Parts::new();
    let lines: Vec<String> = parts
        .lines()
        .iter()
        .map(|line| line.replace("\"horizon\"", "\"horizons\""))
        .collect();
    parts.replace(&lines);
    let output = verify(&[&parts.train]);
    let said = stderr(&output);
    assert_eq!(said.matches(": it is not a whole record: ").count(), 18, "{said}");
    // The count and the hash are faults of the whole file and stand first.
    assert!(
        said.contains("error: and 282 more\n302 faults in 0 prompts\n"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    let output = verify(&[Path::new("/nonexistent/a.jsonl")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("error: cannot read /nonexistent/a.jsonl: "),
        "{}",
        stderr(&output)
    );
}
