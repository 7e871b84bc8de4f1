//! The only table of stages: name, title, model and code of each, in the order they run. The runner, the command line, the
//! server, the metrics and the page read it. Adding a stage takes one row here and one file beside it.

use std::borrow::Cow;

use super::forecast::ForecastStage;
use super::history::HistoryStage;
use super::models::StageModels;
use super::report::{ReportStage, RuleWrittenStage};
use super::sentiment::SentimentStage;
use super::stage::Stage;
use crate::analysis::{JobOptions, StageName};
use crate::grounding::{Locale, USUAL_COSTS};
use crate::models::Role;
use crate::news::USUAL_HEADLINES;

/// The built-in stages.
pub static STAGES: StageTable = StageTable(Cow::Borrowed(&[
    StageRow {
        name: StageName::FORECAST,
        title: "Forecast",
        about: "continues the prices along many paths",
        together: 4,
        parts: &[
            StagePart {
                opens: Opens::Language(Role::Reporter),
                stage: &HistoryStage,
            },
            StagePart {
                opens: Opens::Language(Role::Forecaster),
                stage: &ForecastStage,
            },
        ],
    },
    StageRow {
        name: StageName::SENTIMENT,
        title: "Sentiment",
        about: "labels every headline",
        together: 4,
        parts: &[StagePart {
            opens: Opens::Classifier(Role::Sentiment),
            stage: &SentimentStage,
        }],
    },
    StageRow {
        name: StageName::REPORT,
        title: "Report",
        about: "writes, and has every number checked",
        // A report takes long and is the last result of its analysis. Alone, it does not wait for another analysis' report.
        together: 1,
        // One of the two applies: a reporter that writes no prose is not opened.
        parts: &[
            StagePart {
                opens: Opens::Nothing,
                stage: &RuleWrittenStage,
            },
            StagePart {
                opens: Opens::Language(Role::Reporter),
                stage: &ReportStage,
            },
        ],
    },
]));

/// The most analyses that share a stage whose model runs on other machines.
const TOGETHER_ELSEWHERE: usize = 32;

/// The stages in the order they run.
#[derive(Debug, Clone)]
pub struct StageTable(Cow<'static, [StageRow]>);

/// One stage.
#[derive(Debug, Clone, Copy)]
pub struct StageRow {
    /// Name in requests, results and metrics.
    pub name: StageName,
    /// Name for people.
    pub title: &'static str,
    /// Description, shown after the title.
    pub about: &'static str,
    /// On a server, the most analyses that share one opening of the model: enough to amortise loading it, few enough that
    /// nobody waits long for the next stage.
    pub together: usize,
    /// The parts of the stage in the order they run, each with at most one model open. The last produces the stage's result;
    /// the earlier ones prepare its input.
    pub parts: &'static [StagePart],
}

/// A part of a stage, with at most one model open.
#[derive(Clone, Copy)]
pub struct StagePart {
    /// The model it opens.
    pub opens: Opens,
    /// The code that runs.
    pub stage: &'static dyn Stage,
}

/// The model that a part of a stage opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// The language model of a role.
    Language(Role),
    /// The classifier of a role.
    Classifier(Role),
    /// No model.
    Nothing,
}

/// The table has no stage of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no stage; there are {}", known.join(", "))]
pub struct UnknownStage {
    /// The unknown name.
    pub name: String,
    /// The names in the table.
    pub known: Vec<&'static str>,
}

impl Opens {
    /// The role of the model.
    pub fn role(self) -> Option<Role> {
        match self {
            Opens::Language(role) | Opens::Classifier(role) => Some(role),
            Opens::Nothing => None,
        }
    }
}

impl StageTable {
    /// The table with another stage at its end.
    pub fn with(&self, row: StageRow) -> StageTable {
        let mut rows = self.0.to_vec();
        rows.push(row);
        StageTable(Cow::Owned(rows))
    }

    /// The rows, in order.
    pub fn rows(&self) -> &[StageRow] {
        &self.0
    }

    /// The names of the stages, in order.
    pub fn names(&self) -> Vec<StageName> {
        self.0.iter().map(|row| row.name).collect()
    }

    /// The row of a stage, if the table has it.
    pub fn row(&self, name: StageName) -> Option<&StageRow> {
        self.0.iter().find(|row| row.name == name)
    }

    /// The position of a stage, counted from 1.
    pub fn number(&self, name: StageName) -> usize {
        self.0
            .iter()
            .position(|row| row.name == name)
            .map_or(0, |index| index + 1)
    }

    /// The title of a stage; its name when the table does not have it.
    pub fn title(&self, name: StageName) -> &'static str {
        self.row(name).map_or(name.as_str(), |row| row.title)
    }

    /// Finds the stage of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownStage`] with the known names.
    pub fn read(&self, text: &str) -> Result<StageName, UnknownStage> {
        let row = self.0.iter().find(|row| row.name.as_str() == text);
        row.map(|row| row.name).ok_or_else(|| UnknownStage {
            name: text.chars().filter(|c| !c.is_control()).take(40).collect(),
            known: self.0.iter().map(|row| row.name.as_str()).collect(),
        })
    }

    /// The role of the first model that these stages need and that `models` lacks.
    pub(crate) fn missing(&self, stages: &[StageName], models: &StageModels) -> Option<Role> {
        let rows = self.0.iter().filter(|row| stages.contains(&row.name));
        let mut roles = rows
            .flat_map(|row| row.parts_for(models))
            .filter_map(|part| part.opens.role());
        roles.find(|&role| !models.has(role))
    }

    /// Sorts these stages into the order they run and removes duplicates.
    pub fn in_order(&self, stages: &[StageName]) -> Vec<StageName> {
        let names = self.names().into_iter();
        names.filter(|name| stages.contains(name)).collect()
    }
}

impl StageRow {
    /// The parts that apply to these models, in order.
    pub fn parts_for<'a>(&self, models: &'a StageModels) -> impl Iterator<Item = &'static StagePart> + use<'a> {
        self.parts.iter().filter(|part| part.stage.applies(models))
    }

    /// Whether the model that produces the stage's result is available.
    pub(crate) fn is_ready(&self, models: &StageModels) -> bool {
        self.role().is_none_or(|role| models.has(role))
    }

    /// The role of the model that produces the stage's result.
    pub(crate) fn role(&self) -> Option<Role> {
        self.parts.last().and_then(|part| part.opens.role())
    }

    /// The most analyses that share the stage on a server. Other machines answer many requests at once, so all that wait may.
    pub(crate) fn most_together(&self, models: &StageModels) -> usize {
        let model = self.role().and_then(|role| models.model(role));
        match model.is_some_and(|model| model.remote.is_some()) {
            true => TOGETHER_ELSEWHERE,
            false => self.together,
        }
    }

    /// Whether both sets have the same models for this stage, so that their jobs can share one opening.
    pub(crate) fn is_shared(&self, one: &StageModels, other: &StageModels) -> bool {
        let mut roles = self.parts.iter().filter_map(|part| part.opens.role());
        // A part that does not apply opens no model.
        roles.all(|role| one.shares(role, other) || self.ignores(role, one) && self.ignores(role, other))
    }

    fn ignores(&self, role: Role, models: &StageModels) -> bool {
        !self.parts_for(models).any(|part| part.opens.role() == Some(role))
    }
}

impl std::fmt::Debug for StagePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StagePart")
            .field("opens", &self.opens)
            .finish_non_exhaustive()
    }
}

/// The default analysis runs every built-in stage.
impl Default for JobOptions {
    fn default() -> Self {
        JobOptions {
            horizon: 30,
            context: 180,
            samples: None,
            seed: 0,
            stages: STAGES.names(),
            costs: USUAL_COSTS,
            language: Locale::default(),
            max_headlines: USUAL_HEADLINES,
            first_day: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_are_read_and_put_in_order_and_an_unknown_one_is_told_what_there_is() {
        assert_eq!(STAGES.read("report").unwrap(), StageName::REPORT);
        let error = STAGES.read("dreams").unwrap_err().to_string();
        assert_eq!(error, "`dreams` is no stage; there are forecast, sentiment, report");
        let mixed = [StageName::REPORT, StageName::FORECAST, StageName::REPORT];
        assert_eq!(STAGES.in_order(&mixed), [StageName::FORECAST, StageName::REPORT]);
        assert_eq!(STAGES.number(StageName::REPORT), 3);
    }

    #[test]
    fn no_two_stages_have_the_same_name() {
        let names = STAGES.names();
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name}");
        }
    }
}
