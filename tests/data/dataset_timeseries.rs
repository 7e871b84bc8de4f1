//! The factory's files: what a recipe gives is the same whoever writes it, with how many threads, in how many shards, and after
//! how many interruptions.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use tripod::dataset::{
    Collected, DatasetError, Draw, Generated, Job, Manifest, Mixture, Part, Plan, Recipe, Record, SeriesOrigin, Shard,
    Split, collect, generate,
};
use tripod::formats::PromptFormat;
use tripod::market::Repair;

const DEMO: SeriesOrigin = SeriesOrigin::Demo { tickers: Vec::new() };

fn demo(folder: &Path) -> Collected {
    collect(&DEMO, Repair::default(), folder).unwrap()
}

fn recipe(collected: &Collected) -> Recipe {
    Recipe {
        version: Recipe::VERSION,
        format: PromptFormat::SeedV1,
        seed: 7,
        count: 20_000,
        draw: Draw::uniform(30..=60, 1..=10),
        part: Part::Train,
        split: Split {
            day: Split::usual_day(&collected.pack).unwrap(),
            gap: 10,
            test_tickers: Split::held_out(&collected.pack, 0.1, 7),
        },
        mixture: "real=0.4,simulated=0.6".parse().unwrap(),
        series: Some(collected.pack.sha256().to_owned()),
    }
}

fn job(out: &Path) -> Job {
    Job {
        out: out.to_owned(),
        shard: None,
        threads: 2,
        level: 1,
        fresh: false,
        origins: vec![DEMO],
    }
}

fn made(recipe: &Recipe, collected: &Collected, job: &Job) -> Generated {
    let plan = Plan::new(recipe, Some(&collected.pack)).unwrap();
    generate(&plan, job, &mut |_| true).unwrap()
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().unwrap().to_str().unwrap() {
        "zst" => zstd::Decoder::new(&bytes[..])
            .unwrap()
            .read_to_string(&mut text)
            .unwrap(),
        "gz" => flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap(),
        _ => return String::from_utf8(bytes).unwrap(),
    };
    text
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn threads_shards_and_compression_change_no_byte_of_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let collected = demo(folder.path());
    let recipe = recipe(&collected);
    let whole = made(&recipe, &collected, &job(&folder.path().join("two.jsonl")));
    assert_eq!(whole.manifest.prompts, 20_000);
    let wanted = text(&whole.path);
    assert_eq!(wanted.lines().count(), 20_000);
    for (name, threads) in [("one.jsonl", 1), ("five.jsonl.zst", 5), ("two.jsonl.gz", 2)] {
        let job = Job {
            threads,
            ..job(&folder.path().join(name))
        };
        assert!(text(&made(&recipe, &collected, &job).path) == wanted, "{name}");
    }
    let mut together = String::new();
    for number in 1..=4 {
        let job = Job {
            shard: Some(Shard { number, of: 4 }),
            ..job(&folder.path().join("shards.jsonl.zst"))
        };
        let shard = made(&recipe, &collected, &job);
        let name = shard.path.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            name,
            format!("shards-0000{number}-of-00004-{}.jsonl.zst", &recipe.sha256()[..16])
        );
        together += &text(&shard.path);
    }
    assert!(together == wanted);
    let left = files(folder.path());
    assert!(
        left.iter().all(|path| !path.to_str().unwrap().contains(".part")),
        "{left:?}"
    );
}

#[test]
fn an_interrupted_file_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let collected = demo(folder.path());
    let recipe = recipe(&collected);
    let wanted = text(&made(&recipe, &collected, &job(&folder.path().join("whole.jsonl.zst"))).path);
    let plan = Plan::new(&recipe, Some(&collected.pack)).unwrap();
    let out = folder.path().join("interrupted.jsonl.zst");
    let (mut runs, mut resumed) = (0, 0);
    let done = loop {
        runs += 1;
        let mut blocks = 0;
        let run = generate(&plan, &job(&out), &mut |progress| {
            resumed = progress.resumed;
            blocks += 1;
            blocks < 2
        });
        match run {
            Ok(done) => break done,
            Err(DatasetError::Interrupted { prompts }) => assert!(prompts > 0 && !out.exists()),
            Err(error) => panic!("{error}"),
        }
        // What was written after the last note, as a kill leaves it.
        let part = folder.path().join("interrupted.jsonl.zst.part");
        let mut bytes = std::fs::read(&part).unwrap();
        bytes.extend(b"half a block");
        std::fs::write(&part, bytes).unwrap();
        let notes = folder.path().join("interrupted.jsonl.zst.part.journal");
        let mut text = std::fs::read_to_string(&notes).unwrap();
        text += "{\"blocks\":9";
        std::fs::write(&notes, text).unwrap();
    };
    assert!(runs > 2 && resumed > 0, "{runs} runs");
    assert!(text(&done.path) == wanted);
    assert!(generate(&plan, &job(&out), &mut |_| true).unwrap().was_there);
}

#[test]
fn a_file_of_another_recipe_is_never_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let collected = demo(folder.path());
    let [one, other] = [1, 2].map(|seed| Recipe {
        seed,
        count: 5_000,
        ..recipe(&collected)
    });
    let plans = [&one, &other].map(|recipe| Plan::new(recipe, Some(&collected.pack)).unwrap());
    let out = folder.path().join("file.jsonl");
    generate(&plans[0], &job(&out), &mut |_| false).unwrap_err();
    let refused = generate(&plans[1], &job(&out), &mut |_| true).unwrap_err();
    assert!(
        refused.to_string().contains("other options") && refused.to_string().contains("--fresh"),
        "{refused}"
    );
    generate(&plans[0], &job(&out), &mut |_| true).unwrap();
    let refused = generate(&plans[1], &job(&out), &mut |_| true).unwrap_err();
    assert!(refused.to_string().contains("exists already"), "{refused}");
    let before = text(&out);
    let fresh = Job {
        fresh: true,
        ..job(&out)
    };
    generate(&plans[1], &fresh, &mut |_| true).unwrap();
    assert!(text(&out) != before);
    assert_eq!(Manifest::read(&out).unwrap().unwrap().recipe_sha256, other.sha256());
}

#[test]
fn every_prompt_is_a_window_of_its_series_none_comes_twice_and_none_crosses_the_split() {
    let folder = tempfile::tempdir().unwrap();
    let collected = demo(folder.path());
    for part in [Part::Train, Part::Test] {
        let recipe = Recipe {
            part,
            ..recipe(&collected)
        };
        let split = &recipe.split;
        let out = folder.path().join(format!("{part}.jsonl"));
        let written = text(&made(&recipe, &collected, &job(&out)).path);
        let (mut seen, mut real) = (HashSet::new(), 0);
        for line in written.lines() {
            let record: Record = serde_json::from_str(line).unwrap();
            let key = (
                record.ticker.to_string(),
                record.split_day,
                record.horizon,
                record.context,
            );
            assert!(seen.insert(key), "twice: {line}");
            let Some(number) = collected.pack.find(&record.ticker) else {
                assert!(record.ticker.starts_with("SIM"), "{line}");
                continue;
            };
            real += 1;
            let bars = collected.pack.bars(number).unwrap();
            let at = bars.iter().position(|bar| bar.date == record.split_day).unwrap();
            let start = at + 1 - usize::from(record.context);
            assert_eq!(bars[start].date, record.from, "{line}");
            let last = &bars[at + usize::from(record.horizon)];
            let is_held_out = split.test_tickers.contains(&record.ticker.to_string());
            match part {
                Part::Train => assert!(!is_held_out && last.date < split.day, "{line}"),
                _ => {
                    let gap = bars[..start].iter().filter(|bar| bar.date >= split.day).count();
                    assert!(is_held_out && gap >= 10, "{line}");
                }
            }
            assert!(
                record.prompt.contains(&format!("CONTEXT_DAYS: {}\n", record.context)),
                "{line}"
            );
            assert!(record.completion.ends_with(&format!("{:.2}]", last.close)), "{line}");
        }
        // Shares hold for visits of 64 prompts, the last of which is shorter.
        assert!((7_936..=8_064).contains(&real), "{part}: {real}");
    }
}

#[test]
fn more_prompts_than_windows_are_refused_with_the_number_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let collected = demo(folder.path());
    let recipe = Recipe {
        draw: Draw::seed_pairs(180),
        mixture: Mixture::REAL,
        count: 4_000_000,
        ..recipe(&collected)
    };
    let refused = Plan::new(&recipe, Some(&collected.pack)).err().unwrap().to_string();
    assert!(
        refused.contains("4000000") && refused.contains("simulated=0.7"),
        "{refused}"
    );
}
