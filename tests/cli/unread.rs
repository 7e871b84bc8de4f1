//! An analysis with a headline in German and one, called `title`, in a language that the classifier does not read.

use tripod::analysis::{Analysis, UnreadHeadline};

use crate::sample::sample;

pub fn sample_with_unread(title: &str) -> Analysis {
    let mut analysis = sample();
    let sentiment = analysis.sentiment.as_mut().unwrap();
    sentiment.headlines[0].language = Some("de".into());
    sentiment.answered = vec!["Yahoo news".into(), "Finnhub".into()];
    sentiment.unread = vec![UnreadHeadline {
        number: 5,
        title: title.into(),
        source: "Wire".into(),
        published_at: "2013-02-28T10:00:00Z".parse().unwrap(),
        url: None,
        language: "ja".into(),
    }];
    analysis
}
