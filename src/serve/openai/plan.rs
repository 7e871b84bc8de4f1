//! Decides what a conversation asks of the pipeline: a checked chat request comes in; a new analysis, a comparison of two, a
//! follow-up to the last report, or a question back to the user goes out. Looks a company's name up where the message gives no symbol: in the list of listed
//! securities, then with Yahoo's search.

use super::validate::ValidChat;
use crate::engine::Role;
use crate::market::{Company, Found, MarketError, Ticker, demo_companies, find_company};
use crate::serve::chat::{self, Asked, Horizon, Security};
use crate::serve::runs::{App, Question};

/// What a conversation asks for.
pub(super) enum Plan {
    /// A new analysis.
    Analyse(Box<Question>),
    /// Two analyses side by side.
    Compare(Box<[Question; 2]>),
    /// An answer from the report that the conversation holds.
    FollowUp,
    /// A question back to the user: no security, several, or a horizon out of range.
    AskBack(String),
}

/// Reads the last user message and, for a follow-up, the ones before.
pub(super) async fn plan(app: &App, valid: &ValidChat) -> Plan {
    // Only the demo's companies are recognised by symbol and name in any text. The list of listed securities is asked for a name that
    // the message gives: it holds symbols such as ALL, ARE and NOW and companies called Target and Block, which are words.
    let known = demo_companies();
    let only: &[Company] = if app.search.is_some() { &[] } else { &known };
    let of_user = || valid.messages.iter().rev().filter(|message| message.role == Role::User);
    let has_answer = valid.messages.iter().any(|message| message.role == Role::Assistant);
    let mut asked = of_user()
        .map(|message| chat::read(&message.content, &known))
        .next()
        .unwrap_or(Asked {
            security: Security::None,
            horizon: None,
        });
    if asked.security == Security::None && has_answer {
        if asked.horizon.is_none() {
            return Plan::FollowUp;
        }
        // "And over ten days?" refers to the security named before.
        let earlier = of_user()
            .skip(1)
            .map(|message| chat::read(&message.content, &known).security);
        let named = earlier.into_iter().find(|security| *security != Security::None);
        asked.security = named.unwrap_or(Security::None);
    }
    let mut searched = true;
    if let Security::Name(name) = &asked.security {
        match look_up(app, name).await {
            Ok(Some(found)) => {
                asked.security = Security::Named {
                    name: found.name.unwrap_or_else(|| name.clone()),
                    ticker: found.ticker,
                };
            }
            Ok(None) => {}
            Err(_) => searched = false,
        }
    }
    if let Some(questions) = comparison(app, &asked, valid, &known, only).await {
        return Plan::Compare(Box::new(questions));
    }
    let ticker = match &asked.security {
        Security::Ticker(ticker) | Security::Named { ticker, .. } => Some(ticker.clone()),
        Security::Name(_) | Security::Ambiguous(_) | Security::None => None,
    };
    let horizon = match asked.horizon {
        None => Some(None),
        Some(Horizon::Days(days)) => Some(Some(days)),
        Some(Horizon::OutOfRange(_)) => None,
    };
    let out_of_reach = |ticker: &Ticker| !only.is_empty() && !only.iter().any(|company| company.ticker == *ticker);
    match (ticker, horizon) {
        (Some(ticker), Some(days)) if !out_of_reach(&ticker) => {
            let mut question = Question::about(ticker, &app.defaults);
            question.options.horizon = days.unwrap_or(question.options.horizon);
            question.options.seed = valid.options.seed.unwrap_or(question.options.seed);
            question.store = valid.store;
            Plan::Analyse(Box::new(question))
        }
        _ => {
            let text = chat::clarify(&asked, only);
            Plan::AskBack(if searched {
                text
            } else {
                format!("The search for names of companies did not answer. {text}")
            })
        }
    }
}

/// Both questions, if the last message compares two securities that are known.
async fn comparison(
    app: &App,
    asked: &Asked,
    valid: &ValidChat,
    known: &[Company],
    only: &[Company],
) -> Option<[Question; 2]> {
    let Security::Ambiguous(several) = &asked.security else {
        return None;
    };
    let [one, other] = several.as_slice() else { return None };
    let text = valid.messages.iter().rev().find(|message| message.role == Role::User)?;
    let days = match asked.horizon {
        None => None,
        Some(Horizon::Days(days)) => Some(days),
        Some(Horizon::OutOfRange(_)) => return None,
    };
    if !chat::compares(&text.content) {
        return None;
    }
    let mut questions = Vec::new();
    for name in [one, other] {
        let ticker = match chat::read(name, known).security {
            Security::Ticker(ticker) | Security::Named { ticker, .. } => ticker,
            Security::Name(name) => look_up(app, &name).await.ok()??.ticker,
            Security::Ambiguous(_) | Security::None => Ticker::parse(name).ok()?,
        };
        if !only.is_empty() && !only.iter().any(|company| company.ticker == ticker) {
            return None;
        }
        let mut question = Question::about(ticker, &app.defaults);
        question.options.horizon = days.unwrap_or(question.options.horizon);
        question.options.seed = valid.options.seed.unwrap_or(question.options.seed);
        question.store = valid.store;
        questions.push(question);
    }
    questions.try_into().ok()
}

/// Looks a company up. Where the search fails, the user is asked for the symbol.
async fn look_up(app: &App, name: &str) -> Result<Option<Found>, MarketError> {
    let universe = app.universe.current_or_bundled();
    let search = app.search.as_ref().map(|options| (&app.sources.client, options));
    let found = find_company(&universe, search, name).await;
    if let Err(error) = &found {
        tracing::warn!(%error, "the company search failed");
    }
    found
}
