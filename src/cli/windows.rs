//! Runs the windows of a backtest on the engine: a single window with its whole analysis, or many with the forecast only, each
//! stored in a journal when it is finished.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::ending::{Ending, wrong_use};
use super::progress::Progress;
use crate::analysis::Analysis;
use crate::backtest::{Backtest, Journal, NAIVE, Outcome, ScoredWindow, Watch, Window};
use crate::engine::{Cancel, NativeEngine, RemoteEngine};
use crate::grounding::amount;
use crate::market::Ticker;
use crate::run::{Asked, Gathered, ModelSet, Prepared, Scheduler, Sources};

/// What all backtests of a run share.
pub(super) struct Bench<'a> {
    /// The sources of headlines.
    pub sources: &'a Sources,
    /// The async runtime for fetching.
    pub runtime: &'a Runtime,
    /// Set by Ctrl-C.
    pub cancel: Cancel,
    /// The engine that runs the models.
    pub engine: RemoteEngine<NativeEngine>,
    /// Runs the stages.
    pub scheduler: Scheduler,
    /// The directory of the journals.
    pub folder: PathBuf,
    /// The journal given by the user.
    pub journal: Option<PathBuf>,
    /// Whether there are several tickers or formats, each with its own journal.
    pub shares_journal: bool,
    /// Whether stored windows are ignored.
    pub fresh: bool,
    /// Whether progress is hidden.
    pub quiet: bool,
    /// Whether a single window gets the whole analysis.
    pub whole: bool,
}

/// A window whose forecast is not finished.
struct Pending {
    window: Window,
    made_from: String,
}

impl Bench<'_> {
    /// Tests one ticker with one set of models.
    pub(super) fn test(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        if prepared.is_single() && self.whole {
            self.single(prepared, models)
        } else {
            self.rolling(prepared, models)
        }
    }

    /// Tests a single window with all stages.
    fn single(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        let window = *prepared.windows().first().context("there is no window")?;
        let gathered = self.runtime.block_on(prepared.job(window, self.sources))?;
        let mut outcome = None;
        let analyses = self.engine_run(models, vec![gathered], &mut |_, _, heard| {
            outcome = Some(heard);
            Ok(())
        })?;
        let (scored, failures) = match outcome {
            Some(Outcome::Made(sampled)) => (vec![prepared.score(window, &sampled)?], Vec::new()),
            Some(Outcome::Failed(reason)) => (Vec::new(), vec![reason]),
            None => (Vec::new(), Vec::new()),
        };
        Ok(prepared.finish(scored, &failures, models, analyses.into_iter().next())?)
    }

    /// Forecasts many windows in one batch; windows in the journal of an earlier run are not computed again.
    fn rolling(&mut self, prepared: &Prepared, models: &ModelSet) -> anyhow::Result<Backtest> {
        let path = self.journal(prepared, models);
        let mut journal = Journal::open(&path, self.fresh)?;
        let (mut scored, mut batch, mut pending) = (Vec::new(), Vec::new(), HashMap::new());
        for &window in prepared.windows() {
            let made_from = prepared.made_from(window, models);
            if let Some(found) = journal.find(&made_from) {
                scored.push(found.clone());
                continue;
            }
            let gathered = self.runtime.block_on(prepared.job(window, self.sources))?;
            pending.insert(gathered.job.id.clone(), Pending { window, made_from });
            batch.push(gathered);
        }
        let (found, of) = (scored.len(), prepared.windows().len());
        if found > 0 && !self.quiet {
            anstream::eprintln!(
                "{found} of {of} windows were finished by an earlier run, stored in {}",
                path.display()
            );
        }
        let mut failures = Vec::new();
        if !batch.is_empty() {
            self.engine_run(models, batch, &mut |progress, job, outcome| {
                let Some(Pending { window, made_from }) = pending.remove(&job) else {
                    return Ok(());
                };
                match outcome {
                    Outcome::Made(sampled) => {
                        let window = prepared.score(window, &sampled)?;
                        journal.keep(&made_from, &window)?;
                        progress.say(&line(&window, scored.len() + 1, of));
                        scored.push(window);
                    }
                    Outcome::Failed(reason) => failures.push(reason),
                }
                Ok(())
            })?;
        }
        Ok(prepared.finish(scored, &failures, models, None)?)
    }

    /// Runs jobs on the engine and reports each finished forecast.
    fn engine_run(
        &mut self,
        models: &ModelSet,
        batch: Vec<Gathered>,
        tell: &mut dyn FnMut(&Progress, String, Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Analysis>> {
        let progress = Progress::new(self.quiet);
        let state = RefCell::new((Watch::default(), tell, None));
        let cancel = self.cancel.clone();
        let results = self
            .scheduler
            .drive(&mut self.engine, models, batch, &self.cancel, &|event| {
                // What a stage says of being cancelled is not the one line that Ctrl-C ends with.
                if !cancel.is_cancelled() {
                    progress.show(&event);
                }
                let (watch, tell, trouble) = &mut *state.borrow_mut();
                if let Some((job, outcome)) = watch.hear(&event)
                    && let Err(error) = tell(&progress, job, outcome)
                {
                    // A window that cannot be stored stops the run, because the next ones could not be stored either.
                    cancel.cancel();
                    trouble.get_or_insert(error);
                }
            });
        progress.finish();
        if let Some(error) = state.into_inner().2 {
            return Err(error);
        }
        if self.cancel.is_cancelled() {
            return Err(interrupted());
        }
        Ok(results.into_iter().collect::<Result<_, _>>()?)
    }

    /// Checks the journals that the user named, before anything runs.
    ///
    /// # Errors
    ///
    /// Wrong use: one cannot be opened, or holds something else.
    pub(super) fn check_journals(&self, tickers: &[Asked], models: &[ModelSet]) -> anyhow::Result<()> {
        let named = self.journal.iter().filter(|_| !self.fresh);
        for (path, models) in named.flat_map(|path| models.iter().map(move |models| (path, models))) {
            for ticker in tickers.iter().filter_map(|asked| asked.ticker.as_ref().ok()) {
                Journal::check(&self.own_part(path, ticker, models)).map_err(wrong_use)?;
            }
        }
        Ok(())
    }

    fn journal(&self, prepared: &Prepared, models: &ModelSet) -> PathBuf {
        let ticker = &prepared.series().ticker;
        if let Some(path) = &self.journal {
            return self.own_part(path, ticker, models);
        }
        let format = format_of(models);
        let settings = format!("{:?} {:?}", prepared.options(), models.refs());
        let short = hex::encode(&Sha256::digest(settings)[..6]);
        self.folder.join(format!("{ticker}-{format}-{short}.jsonl"))
    }

    /// The file of a ticker and a format, where the journal that the user named stands for several.
    fn own_part(&self, path: &Path, ticker: &Ticker, models: &ModelSet) -> PathBuf {
        if !self.shares_journal {
            return path.to_owned();
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("backtest");
        path.with_file_name(format!("{stem}-{ticker}-{}.jsonl", format_of(models)))
    }
}

fn format_of(models: &ModelSet) -> &'static str {
    models.prompt_format().map_or("", |format| format.as_str())
}

/// The error of an interrupted run.
pub(super) fn interrupted() -> anyhow::Error {
    Ending::Interrupted("; run the same command again to compute the remaining windows").into()
}

fn line(window: &ScoredWindow, done: usize, of: usize) -> String {
    let naive = window.baselines.get(NAIVE);
    format!(
        "window {done} of {of}, {}: mean absolute error {}, naive {}",
        window.as_of,
        amount(window.metrics.mae, 3),
        naive.map_or("–".to_owned(), |naive| amount(naive.mae, 3))
    )
}
