//! Verifies datasets: files go in, and what was proved about them and every fault with its line come out. Changes nothing.
//!
//! In the order of the flow: a [`Subject`] is a file with its manifest and series; `piece` checks a few megabytes of it against
//! the series (`series`), `doubles` finds what stands twice, `overlap` compares the days of two datasets, and a [`Verification`]
//! tells the outcome.

mod doubles;
mod fault;
mod name_lines;
mod overlap;
mod piece;
mod series;
mod subject;

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use self::fault::{Fault, FaultKind};
pub use self::subject::Subject;

use self::doubles::{Doubles, Place};
use self::fault::Faults;
use self::overlap::Coverage;
use self::piece::Examiner;
use super::chunk::Broken;
use super::error::DatasetError;
use super::scan::scan;

/// The outcome for all files.
#[derive(Debug)]
pub struct Verification {
    /// Prompts that were read.
    pub prompts: u64,
    /// What holds for all files, if there is no fault.
    pub proved: Vec<Check>,
    /// What could not be proved, for which file and why.
    pub skipped: Vec<(Check, String)>,
    /// The first faults, in the order of files and lines.
    pub faults: Vec<Fault>,
    /// The number of all faults.
    pub fault_count: u64,
}

/// Something that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Every line is a record with exactly its fields.
    Whole,
    /// No record stands twice.
    Once,
    /// Every prompt and completion is what the format writes for its series, and every window lies in the file's part.
    Series,
    /// Bytes and count are those of the manifest.
    Manifest,
    /// No window shares a day with one of the other files.
    Apart,
}

impl Check {
    /// What is proved, as a sentence without a capital.
    pub fn statement(self) -> &'static str {
        match self {
            Check::Whole => "every line is a whole record",
            Check::Once => "none stands twice",
            Check::Series => {
                "every prompt and completion is what the format writes for its series, and every window lies in its part"
            }
            Check::Manifest => "count and hash are those of the manifest",
            Check::Apart => "no window shares a day of its ticker with the other files",
        }
    }
}

/// Verifies files, and that none of their windows overlaps one of the files in `against`. `watch` is told how many prompts are
/// read and returns false to interrupt.
///
/// # Errors
///
/// When temporary files or series cannot be read or written, and [`DatasetError::Interrupted`]. A file that cannot be read is a
/// fault of it.
pub fn verify(
    subjects: &[Subject],
    against: &[Subject],
    threads: usize,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Verification, DatasetError> {
    let mut run = Run {
        threads,
        prompts: 0,
        faults: Faults::default(),
        doubles: Doubles::new(),
        coverage: (!against.is_empty()).then(Coverage::default),
        watch,
    };
    let all = || (0..).zip(subjects.iter().chain(against));
    for (number, subject) in all().take(subjects.len()) {
        run.file(number, subject)?;
    }
    let paths: Vec<&Path> = all().map(|(_, subject)| subject.path.as_path()).collect();
    let spilled = DatasetError::write(&std::env::temp_dir());
    let (doubles, faults) = (std::mem::replace(&mut run.doubles, Doubles::new()), &mut run.faults);
    let found = doubles.find(|place, first| {
        let file = paths[first.file as usize].to_owned();
        faults.add(place, FaultKind::Repeated { file, line: first.line });
    });
    found.map_err(spilled)?;
    for (number, subject) in all().skip(subjects.len()) {
        run.against(number, subject)?;
    }
    let Run { prompts, faults, .. } = run;
    let fault_count = faults.count();
    let mut listed = faults.into_listed();
    name_lines::name_lines(subjects, &mut listed, threads)?;
    let (proved, skipped) = checks(subjects, against);
    let faults = listed.into_iter().map(|(place, kind)| Fault {
        file: paths[place.file as usize].to_owned(),
        line: (place.line > 0).then_some(place.line),
        kind,
    });
    Ok(Verification {
        prompts,
        proved,
        skipped,
        faults: faults.collect(),
        fault_count,
    })
}

/// What the files allow to prove, and what not.
fn checks(subjects: &[Subject], against: &[Subject]) -> (Vec<Check>, Vec<(Check, String)>) {
    let mut proved = vec![Check::Whole, Check::Once];
    let mut skipped = Vec::new();
    for subject in subjects {
        if let Err(reason) = &subject.source {
            skipped.push((Check::Series, format!("{}: {reason}", subject.path.display())));
        }
    }
    if skipped.is_empty() {
        proved.push(Check::Series);
    }
    if subjects.iter().all(|subject| subject.manifest.is_some()) {
        proved.push(Check::Manifest);
    } else {
        let without = subjects.iter().filter(|subject| subject.manifest.is_none());
        skipped.extend(without.map(|subject| {
            let reason = format!("{}: there is no manifest beside it", subject.path.display());
            (Check::Manifest, reason)
        }));
    }
    if !against.is_empty() {
        let estimated: Vec<_> = (subjects.iter().chain(against))
            .filter_map(|subject| {
                let (path, reason) = (subject.path.display(), subject.source.as_ref().err()?);
                let why = format!("{path}: the last days of its windows are counted in weekdays, because {reason}");
                Some((Check::Apart, why))
            })
            .collect();
        if estimated.is_empty() {
            proved.push(Check::Apart);
        }
        skipped.extend(estimated);
    }
    (proved, skipped)
}

/// A verification under way.
struct Run<'a> {
    threads: usize,
    prompts: u64,
    faults: Faults,
    doubles: Doubles,
    /// The days of the files, if others are compared with them.
    coverage: Option<Coverage>,
    watch: &'a mut dyn FnMut(u64) -> bool,
}

impl Run<'_> {
    /// Checks a file by itself and collects what is compared later.
    fn file(&mut self, number: u32, subject: &Subject) -> Result<(), DatasetError> {
        let before = self.prompts;
        let examiner = Examiner::new(number, subject, self.coverage.is_some())?;
        let spilled = DatasetError::write(&std::env::temp_dir());
        let hash = std::thread::scope(|scope| {
            let hashing = subject.manifest.as_ref().map(|_| scope.spawn(|| sha256(&subject.path)));
            let ending = scan(
                &subject.path,
                self.threads,
                |chunk| examiner.examine(&chunk),
                |found| {
                    let found = found?;
                    self.prompts += found.prompts;
                    self.faults.merge(found.faults);
                    for (key, place) in found.keys {
                        self.doubles.add(key, place).map_err(&spilled)?;
                    }
                    if let Some(coverage) = &mut self.coverage {
                        coverage.merge(found.coverage);
                    }
                    self.told()
                },
            )?;
            self.ended(number, ending);
            Ok::<_, DatasetError>(hashing.map(|hashing| hashing.join()))
        })?;
        let Some(manifest) = &subject.manifest else {
            return Ok(());
        };
        let whole = Place { file: number, line: 0 };
        let (found, stated) = (self.prompts - before, manifest.prompts);
        if found != stated {
            self.faults.add(whole, FaultKind::Count { found, stated });
        }
        // A file that cannot be read is a fault already.
        if let Some(Ok(Ok(found))) = hash
            && found != manifest.file.sha256
        {
            let stated = manifest.file.sha256.clone();
            self.faults.add(whole, FaultKind::Hash { found, stated });
        }
        Ok(())
    }

    /// Compares the windows of another file with the days of the files.
    fn against(&mut self, number: u32, subject: &Subject) -> Result<(), DatasetError> {
        let examiner = Examiner::new(number, subject, false)?;
        let coverage = self.coverage.take().unwrap_or_default();
        let ending = scan(
            &subject.path,
            self.threads,
            |chunk| examiner.overlaps(&chunk, &coverage),
            |found| {
                self.faults.merge(found?);
                self.told()
            },
        )?;
        self.ended(number, ending);
        self.coverage = Some(coverage);
        Ok(())
    }

    fn ended(&mut self, file: u32, ending: Result<(), Broken>) {
        if let Err(Broken { line, reason }) = ending {
            let line = line.unwrap_or(0);
            self.faults.add(Place { file, line }, FaultKind::Unreadable { reason });
        }
    }

    fn told(&mut self) -> Result<(), DatasetError> {
        if (self.watch)(self.prompts) {
            return Ok(());
        }
        Err(DatasetError::Choice("interrupted; nothing was changed".to_owned()))
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}
