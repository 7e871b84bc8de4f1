//! Questions as people ask them, about an analysis of the demo, and what is answered.

#![allow(clippy::unwrap_used)]

use super::*;

fn analysis() -> Analysis {
    serde_json::from_str(include_str!("../../../../tests/fixtures/chat/analysis.json")).unwrap()
}

/// Questions with a figure, date or title that the answer must give.
const HELD: [(&str, &str); 63] = [
    ("What was the RSI?", "33.3"),
    ("rsi", "33.3"),
    ("Is the stock overbought or oversold right now?", "33.3"),
    ("How does the relative-strength index look?", "33.3"),
    ("What did it close at?", "$56.137"),
    ("what's the current price", "$56.137"),
    ("Where is the stock trading?", "$56.137"),
    ("When was the last close?", "2013-03-01"),
    ("How recent is the data?", "2013-03-01"),
    ("How did the stock do over the last week?", "-4.5%"),
    ("What is the 5-day return?", "-4.5%"),
    ("How much has it lost in the past month?", "-5.2%"),
    ("Give me the monthly return.", "-5.2%"),
    ("21 day return please", "-5.2%"),
    ("What was yesterday's move?", "-2.5%"),
    ("How much did it fall on the last day?", "-2.5%"),
    ("What's the daily return?", "-2.5%"),
    ("What is the 12-1 momentum?", "-13.9%"),
    ("How has it performed over the past year?", "-13.9%"),
    ("How far is it below its peak?", "-38.0%"),
    ("What's the drawdown?", "-38.0%"),
    ("How volatile is the stock?", "26.9%"),
    ("annualized volatility?", "26.9%"),
    ("What is the daily volatility?", "1.70%"),
    ("What's the 50-day moving average?", "$63.01"),
    ("Where's the 200 day SMA", "$74.306"),
    ("Tell me both moving averages", "$63.01"),
    ("long moving average?", "$74.306"),
    ("Is the 50-day average above the 200-day average?", "$63.01"),
    ("When did the averages cross?", "2012-12-10"),
    ("Was there a death cross?", "2012-12-10"),
    ("Where is resistance?", "$79.37"),
    ("How often was the resistance tested?", "2 times"),
    ("What's the support level?", "no figure"),
    ("What is the median forecast?", "$57.34"),
    ("What price does the model predict?", "$57.34"),
    ("What is your target price?", "$57.34"),
    ("What return do you expect?", "+2.1%"),
    ("expected return", "+2.1%"),
    ("How much upside does the model see?", "+2.1%"),
    ("What's the 80% band?", "$48.28"),
    ("What is the forecast range?", "$64.775"),
    ("What's the 10% quantile?", "$48.28"),
    ("And the upper end of the band?", "$64.775"),
    ("What is the worst case in the forecast?", "$48.28"),
    ("When does the forecast end?", "2013-04-15"),
    ("How many days ahead does the forecast go?", "30 trading days"),
    ("How many paths did the model draw?", "256"),
    ("What is the forecast for March 8?", "$56."),
    ("What will the price be in 5 days?", "2013-03-08"),
    ("Where will it close tomorrow?", "2013-03-04"),
    ("What was the close on 2013-02-27?", "$57.976"),
    ("what did it close at on February 28, 2013", "$57.56"),
    ("How many headlines are there?", "11"),
    ("How many negative news stories?", "3 of 11"),
    ("number of positive articles?", "4 of 11"),
    ("What's the sentiment score?", "+0.08"),
    ("What does headline 4 say?", "Analyst cuts Apple price target"),
    ("Which headlines are negative?", "Fund managers trim"),
    ("What is the latest headline?", "edge higher"),
    ("Any news on tablets?", "Survey finds"),
    ("Should I buy or sell?", "hold"),
    ("Why do you say hold?", "50% band"),
];

/// Questions that the analysis cannot answer.
const NOT_HELD: [&str; 26] = [
    "What is the P/E ratio?",
    "Who is the CEO?",
    "How much revenue did they make last year?",
    "What's the dividend yield?",
    "How many employees does it have?",
    "What is the market cap?",
    "What's the beta?",
    "When is the next earnings date?",
    "What is the MACD?",
    "What is the 20-day moving average?",
    "What was the 3-month return?",
    "What did it open at?",
    "What is the 52-week high?",
    "Where is the headquarters?",
    "How much debt do they have?",
    "What's the analyst consensus?",
    "What is the implied volatility?",
    "Who are the main competitors?",
    "What was the close on 2010-05-03?",
    "What is the price in 90 days?",
    "What does headline 40 say?",
    "Is there any news about Tesla?",
    "What is the short interest?",
    "How many iPhones were sold?",
    "What is the inflation rate?",
    "What's the weather like?",
];

/// Questions for more than a look-up.
const OPEN: [&str; 8] = [
    "Why do you say that?",
    "Explain the risks to me.",
    "What does the RSI mean?",
    "Summarise the report in one sentence.",
    "What do you think about the news?",
    "Thanks!",
    "Can you make it shorter?",
    "Tell me more",
];

#[test]
fn figures_dates_and_headlines_are_looked_up_in_any_wording() {
    let analysis = analysis();
    let wrong: Vec<String> = HELD
        .iter()
        .filter_map(|(question, wanted)| match look_up(question, &analysis) {
            LookedUp::Says(said) if said.contains(wanted) => None,
            other => Some(format!("{question} -> {other:?}, wanted {wanted}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_analysis_does_not_hold_is_said_so() {
    let analysis = analysis();
    let is_said = |said: &LookedUp| match said {
        LookedUp::NotHeld(_) => true,
        LookedUp::Says(said) => said.contains("not in this analysis") || said.contains("The forecast ends"),
        LookedUp::Open => false,
    };
    let wrong: Vec<String> = NOT_HELD
        .iter()
        .map(|question| (question, look_up(question, &analysis)))
        .filter(|(_, said)| !is_said(said))
        .map(|(question, said)| format!("{question} -> {said:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_reason_an_opinion_or_a_text_is_no_look_up() {
    let analysis = analysis();
    let wrong: Vec<String> = OPEN
        .iter()
        .map(|question| (question, look_up(question, &analysis)))
        .filter(|(_, said)| *said != LookedUp::Open)
        .map(|(question, said)| format!("{question} -> {said:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest::proptest! {
    #[test]
    fn any_question_is_answered_in_words_or_passed_on(question in ".{0,200}", number in 0u64..u64::MAX) {
        let analysis = analysis();
        let absurd = format!("What was the return over {number} years and the {number}-day average in {number} days?");
        for question in [question, absurd] {
            let said = look_up(&question, &analysis);
            let has_words = |text: &String| text.trim_end().ends_with(['.', '\u{201d}']) || text.ends_with("more");
            proptest::prop_assert!(match &said {
                LookedUp::Says(text) | LookedUp::NotHeld(text) => has_words(text),
                LookedUp::Open => true,
            }, "{said:?}");
        }
    }
}
