//! Labels of headlines: stories come in, the reporter's judgement of each goes out, from one opening of its model. All questions
//! begin with the same instructions, so they are decoded in separate cells that keep them; a text request for each would
//! evaluate them again.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;

use crate::analysis::{FailureKind, ModelRef, Sink, StageError, StageName};
use crate::dataset::sentiment::{ANSWER_TOKENS, Judgement, Story, answer_grammar, question, read_answer};
use crate::engine::{
    Cancel, Capability, Completion, Engine, EngineError, Estimate, Generate, Keeps, Language, LanguageInfo,
    LanguageWork, Prompt, RequestSource, Sampling, Step, Workload,
};

/// Receives each story with its judgement, or why it has none, as soon as it is known. When it breaks, no further story begins.
pub(crate) type Labelled<'a> = dyn FnMut(Story, Result<Judgement, StageError>) -> ControlFlow<()> + 'a;

/// How stories are labelled.
#[derive(Debug)]
pub(crate) struct Labelling<'a> {
    /// The reporter's model.
    pub(crate) model: &'a ModelRef,
    /// The most stories decoded together.
    pub(crate) together: usize,
    /// Stops the work. Stories that are not finished are then not reported.
    pub(crate) cancel: &'a Cancel,
}

impl Labelling<'_> {
    /// Labels the stories on this thread, in their order.
    ///
    /// # Errors
    ///
    /// What makes labels impossible, such as a model that cannot be loaded. The failure of a single story goes to `each`.
    pub(crate) fn run(
        &self,
        engine: &mut dyn Engine,
        stories: Vec<Story>,
        sink: &Sink<'_>,
        each: &mut Labelled<'_>,
    ) -> Result<(), StageError> {
        let mut work = Questions {
            labelling: self,
            stories,
            waiting: VecDeque::new(),
            next_number: 0,
            in_hand: HashMap::new(),
            each,
            stopped: false,
        };
        let (_, done) = engine.language(StageName::REPORT, self.model, self.cancel, &mut work, sink);
        match done {
            // What stopped the work knows why.
            Err(EngineError::Cancelled) => Ok(()),
            done => Ok(done?),
        }
    }
}

/// The questions of one opening.
struct Questions<'a, 'e> {
    labelling: &'a Labelling<'a>,
    /// Not measured yet.
    stories: Vec<Story>,
    /// Measured, but not started.
    waiting: VecDeque<(Story, Prompt)>,
    next_number: usize,
    /// Started stories by number.
    in_hand: HashMap<usize, Story>,
    each: &'a mut Labelled<'e>,
    stopped: bool,
}

impl Questions<'_, '_> {
    fn report(&mut self, story: Story, judged: Result<Judgement, StageError>) {
        if !self.stopped {
            self.stopped = (self.each)(story, judged).is_break();
        }
    }
}

impl LanguageWork for Questions<'_, '_> {
    fn plan(&mut self, model: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        model.capabilities().require(Capability::JsonSchema)?;
        let mut requests = Vec::new();
        for story in std::mem::take(&mut self.stories) {
            match measure(&story, model) {
                Ok((prompt, estimate)) => {
                    requests.push(estimate);
                    self.waiting.push_back((story, prompt));
                }
                Err(error) => self.report(story, Err(error)),
            }
        }
        Ok(Workload {
            together: requests.len().min(self.labelling.together),
            requests,
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        language.serve(self)
    }
}

fn measure(story: &Story, model: &dyn LanguageInfo) -> Result<(Prompt, Estimate), StageError> {
    let prompt = question(story)?;
    let fit = model.fit(&prompt, ANSWER_TOKENS)?;
    let tokens = fit.or_too_long("use a reporter with a longer context")?;
    let estimate = Estimate {
        keeps: Keeps::Instructions,
        ..Estimate::one(tokens, ANSWER_TOKENS)
    };
    Ok((prompt, estimate))
}

impl RequestSource for Questions<'_, '_> {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        if self.stopped || self.labelling.cancel.is_cancelled() {
            return None;
        }
        let (story, prompt) = self.waiting.pop_front()?;
        let number = self.next_number;
        self.next_number += 1;
        self.in_hand.insert(number, story);
        let request = Generate {
            // The most probable answer, so that a label can be made again.
            sampling: Sampling {
                temperature: 0.0,
                ..Sampling::default()
            },
            grammar: Some(answer_grammar()),
            keeps: Keeps::Instructions,
            cancel: self.labelling.cancel.clone(),
            ..Generate::one(prompt, ANSWER_TOKENS)
        };
        Some((number, request))
    }

    fn watch(&mut self, _number: usize, _step: Step<'_>) {}

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(story) = self.in_hand.remove(&number) else {
            return;
        };
        let judged = match result {
            Err(EngineError::Cancelled) => return,
            Err(error) => Err(error.into()),
            Ok(completions) => judge(&completions),
        };
        self.report(story, judged);
    }
}

fn judge(completions: &[Completion]) -> Result<Judgement, StageError> {
    let text = completions.first().map_or("", |completion| completion.text.as_str());
    read_answer(text).map_err(|error| StageError::new(FailureKind::NoUsableText, error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::analysis::Label;
    use crate::engine::{Capabilities, Finish};
    use crate::market::Ticker;
    use crate::news::Headline;

    /// A model that knows JSON schemas, with a token for each character.
    struct Info;

    impl LanguageInfo for Info {
        fn capabilities(&self) -> Capabilities {
            Capabilities {
                tokenizes: true,
                regex: true,
                json_schema: true,
                sequences: true,
                logprobs: false,
                first_token: false,
                context_length: Some(1_000),
            }
        }

        fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
            Ok(match prompt {
                Prompt::Plain(text) => Some(text.len()),
                Prompt::Chat { messages, .. } => Some(messages.iter().map(|message| message.content.len()).sum()),
            })
        }
    }

    fn story(title: &str) -> Story {
        Story {
            ticker: Ticker::parse("ACME").unwrap(),
            company: "Acme Inc.".into(),
            headline: Headline {
                title: title.into(),
                source: "Wire".into(),
                published_at: "2013-02-26T16:40:00Z".parse().unwrap(),
                url: None,
                disguised: false,
                undated: false,
                language: None,
            },
            next_day_change: None,
        }
    }

    fn answer(text: &str) -> Result<Vec<Completion>, EngineError> {
        Ok(vec![Completion {
            text: text.into(),
            tokens: 1,
            finish: Finish::Stop,
        }])
    }

    /// Calls `test` with the questions about the titles, planned. Returns each title with its label, or the reason for none.
    fn asked(titles: &[&str], stops_after: usize, test: impl FnOnce(&mut Questions<'_, '_>)) -> Vec<(String, String)> {
        let model = ModelRef {
            id: "reporter".into(),
            sha256: "0".repeat(64),
            adapter: None,
            remote: None,
            trained_until: None,
        };
        let mut told = Vec::new();
        let cancel = Cancel::new();
        let mut each = |story: Story, judged: Result<Judgement, StageError>| {
            let what = judged.map_or_else(|error| error.message, |judged| judged.label.as_str().to_owned());
            told.push((story.headline.title, what));
            if told.len() < stops_after {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let mut questions = Questions {
            labelling: &Labelling {
                model: &model,
                together: 8,
                cancel: &cancel,
            },
            stories: titles.iter().map(|title| story(title)).collect(),
            waiting: VecDeque::new(),
            next_number: 0,
            in_hand: HashMap::new(),
            each: &mut each,
            stopped: false,
        };
        questions.plan(&Info).unwrap();
        test(&mut questions);
        told
    }

    const GOOD: &str = r#"{"label": "positive", "score": 0.5, "next_day_change": 0.1}"#;

    #[test]
    fn a_story_without_a_usable_answer_fails_alone_and_a_cancelled_one_is_not_reported() {
        let told = asked(&["A", "B", "C"], 9, |questions| {
            let numbers: Vec<usize> = std::iter::from_fn(|| questions.next(&Info))
                .map(|(number, request)| {
                    assert_eq!(request.sampling.temperature, 0.0);
                    assert_eq!(request.grammar, Some(answer_grammar()));
                    number
                })
                .collect();
            questions.finish(
                numbers[1],
                answer(r#"{"label": "positive", "score": -0.5, "next_day_change": 0.1}"#),
            );
            questions.finish(numbers[2], Err(EngineError::Cancelled));
            questions.finish(numbers[0], answer(GOOD));
        });
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].0 == "B" && told[0].1.contains("differ in sign"), "{told:?}");
        assert_eq!(told[1], ("A".into(), Label::Positive.as_str().into()));
    }

    #[test]
    fn after_a_break_no_story_begins_and_none_is_reported() {
        let told = asked(&["A", "B", "C"], 1, |questions| {
            let (first, _) = questions.next(&Info).unwrap();
            let (second, _) = questions.next(&Info).unwrap();
            questions.finish(first, answer(GOOD));
            assert!(questions.next(&Info).is_none());
            questions.finish(second, answer(GOOD));
        });
        assert_eq!(told, [("A".to_owned(), "positive".to_owned())]);
    }

    #[test]
    fn a_story_that_does_not_fit_into_the_model_fails_before_it_is_loaded() {
        let long = "A".repeat(1_000);
        let told = asked(&[&long, "B"], 9, |questions| {
            assert_eq!(questions.waiting.len(), 1);
        });
        assert!(told[0].1.contains("longer context"), "{told:?}");
    }
}
