//! What repair finds in real daily histories: CSV files or folders of them come in, the findings of each and their number go out.
//!
//!     cargo bench --bench glitches -- FILE|DIR…
//!
//! On histories that are known to be good, every finding is a false alarm.

#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;

use tripod::market::{CsvOptions, Ticker, examined};

#[derive(Parser)]
struct Cli {
    /// CSV files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let mut files = Vec::new();
    for path in Cli::parse().paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder").flatten();
            files.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    let ticker = Ticker::parse("ACME").expect("a ticker");
    let (mut histories, mut bars, mut with_findings) = (0, 0, 0);
    let mut found: BTreeMap<_, usize> = BTreeMap::new();
    for path in files {
        match CsvOptions::new(&path).read(&ticker) {
            Ok(series) => {
                let (_, findings) = examined(&series);
                histories += 1;
                bars += series.bars.len();
                with_findings += usize::from(!findings.is_empty());
                for finding in findings {
                    println!("{}: {}", path.display(), finding.text);
                    *found.entry((finding.kind, finding.done.is_some())).or_default() += 1;
                }
            }
            Err(error) => println!("{}: {error}", path.display()),
        }
    }
    println!("{histories} histories, {bars} bars; {with_findings} histories have findings");
    for ((kind, mended), count) in found {
        println!("{kind:?}, {}: {count}", if mended { "mended" } else { "not certain" });
    }
}
