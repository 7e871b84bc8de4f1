//! Stage 1: bars come in, a forecast goes out. The model samples N continuations of the price list from one evaluated prompt;
//! the accepted paths give the quantiles. When every path is rejected, the stage fails; there is no fallback forecast.

mod doubtful;
mod paths;
mod planned;
mod reliability;
mod requests;

pub(super) use self::doubtful::refuse_doubtful;
use self::planned::{Planned, plan, speaks};
use self::requests::ForecastRequests;
use super::in_flight::{InFlight, load_cancel};
use super::models::{ForecasterModel, StageModels};
use super::stage::{Ran, Stage};
use crate::analysis::{Sink, StageError, StageName};
use crate::engine::{Capability, Engine, EngineError, Estimate, Language, LanguageInfo, LanguageWork, Workload};

/// The forecast stage.
#[derive(Debug)]
pub(super) struct ForecastStage;

impl Stage for ForecastStage {
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let model = match models.forecaster() {
            Ok(model) => model,
            Err(error) => return (None, Err(error)),
        };
        if !refuse_doubtful(jobs, sink) {
            return (None, Ok(()));
        }
        let cancel = load_cancel(jobs);
        let mut work = Forecasting {
            model,
            jobs,
            planned: Vec::new(),
            sink,
        };
        let (row, done) = engine.language(StageName::FORECAST, &model.model, &cancel, &mut work, sink);
        (row, done.map_err(StageError::from))
    }
}

struct Forecasting<'a, 'j> {
    model: &'a ForecasterModel,
    jobs: &'a mut [&'j mut InFlight],
    /// The request of each job; `None` for a job whose planning failed.
    planned: Vec<Option<Planned>>,
    sink: &'a Sink<'a>,
}

impl LanguageWork for Forecasting<'_, '_> {
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        // The grammar ensures that every answer is a list of prices. Without it, paths could not be parsed.
        language.capabilities().require(Capability::Regex)?;
        let speaks = speaks(self.model, language)?;
        let mut requests = Vec::new();
        for job in self.jobs.iter_mut() {
            // The stage has already failed for a job whose prices may be wrong or whose history could not be summarised.
            if job.has_failed(StageName::FORECAST) {
                self.planned.push(None);
                continue;
            }
            match plan(job, self.model, speaks, language) {
                Ok(planned) => {
                    requests.push(Estimate {
                        sequences: planned.request.sequences,
                        ..Estimate::one(planned.tokens, planned.request.max_tokens)
                    });
                    self.planned.push(Some(planned));
                }
                Err(error) => {
                    job.fail(StageName::FORECAST, error, self.sink);
                    self.planned.push(None);
                }
            }
        }
        Ok(Workload {
            together: requests.len(),
            requests,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let planned = std::mem::take(&mut self.planned);
        let mut requests = ForecastRequests::new(self.model, self.jobs, planned, self.sink);
        let served = language.serve(&mut requests);
        if let Err(error) = served {
            requests.fail_waiting(&error.into());
        }
        Ok(())
    }
}
