//! Labels from the servers of a classifier: texts come in, rows of probabilities go out, through the `/predict` of
//! text-embeddings-inference.

use futures_util::future::try_join_all;
use serde_json::json;

use super::fault::Fault;
use super::model::Model;
use super::retry::{Retry, all_away, given_up, note};
use super::wire::Scored;
use crate::engine::error::RemoteFailure;
use crate::engine::remote::ask::{Spent, Told};

/// Texts in one request; what the server takes by default.
const TOGETHER: usize = 32;

/// How far a row's sum may be from 1.
const TOLERANCE: f32 = 0.02;

/// Answers a request for labels.
pub(super) async fn classify(model: &Model, texts: &[String]) -> Told {
    if model.labels.is_empty() {
        return Told::Failed {
            kind: RemoteFailure::NotAllowed,
            reason: format!("{} is no classifier: its manifest lists no labels", model.id),
            spent: Spent::default(),
        };
    }
    let parts = texts.chunks(TOGETHER).map(|texts| some(model, texts));
    match try_join_all(parts).await {
        Err(failed) => failed,
        Ok(parts) => {
            let mut spent = Spent::default();
            let mut rows = Vec::new();
            for (part, of_part) in parts {
                rows.extend(part);
                spent.add(&of_part);
            }
            Told::Classified { rows, spent }
        }
    }
}

/// Some texts in one request, which is sent again where a server fails.
async fn some(model: &Model, texts: &[String]) -> Result<(Vec<Vec<f32>>, Spent), Told> {
    let inputs: Vec<[&String; 1]> = texts.iter().map(|text| [text]).collect();
    let body = json!({"inputs": inputs, "truncate": true, "raw_scores": false});
    let timing = &model.line.timing;
    let mut retry = Retry::new(timing.patience);
    let mut spent = Spent::default();
    let mut last = None;
    loop {
        let Some(lease) = model.spread.place(retry.avoid, timing.patience).await else {
            return Err(all_away(&model.id, last.as_ref(), spent));
        };
        let asking = async {
            let answer: Vec<Vec<Scored>> = model.line.ask(&lease.server, &["predict"], &body, timing.first).await?;
            rows(answer, texts.len(), &model.labels)
                .map_err(|reason| Fault::Broken(format!("{}: {reason}", lease.server.shown)))
        };
        let outcome = asking.await;
        note(&lease, &outcome);
        let fault = match outcome {
            Ok(rows) => {
                *spent.remote.answered.entry(lease.server.shown.clone()).or_default() += 1;
                return Ok((rows, spent));
            }
            Err(fault) => fault,
        };
        let index = lease.index;
        drop(lease);
        if !retry.again(&fault, index, &model.spread).await {
            return Err(given_up(&model.id, &fault, spent));
        }
        spent.remote.retries += 1;
        last = Some(fault);
    }
}

/// The rows in the order of the labels.
fn rows(answer: Vec<Vec<Scored>>, count: usize, labels: &[String]) -> Result<Vec<Vec<f32>>, String> {
    if answer.len() != count {
        return Err(format!("{} rows for {count} texts", answer.len()));
    }
    let row = |scored: Vec<Scored>| {
        let score = |label: &String| {
            let found = scored.iter().find(|scored| scored.label.eq_ignore_ascii_case(label));
            let score = found
                .map(|scored| scored.score)
                .filter(|score| (0.0..=1.0).contains(score));
            score.ok_or_else(|| format!("no probability of the label {label}"))
        };
        let row = labels.iter().map(score).collect::<Result<Vec<f32>, _>>()?;
        let sum: f32 = row.iter().sum();
        if (sum - 1.0).abs() > TOLERANCE {
            return Err(format!("the probabilities of a row sum to {sum}"));
        }
        Ok(row)
    };
    answer.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_come_in_the_order_of_the_labels_and_wrong_ones_are_refused() {
        let labels = ["positive", "negative", "neutral"].map(str::to_owned);
        let of = |text: &str| rows(serde_json::from_str(text).unwrap(), 1, &labels);
        let good = r#"[[{"label": "neutral", "score": 0.7}, {"label": "Positive", "score": 0.2}, {"label": "negative", "score": 0.1}]]"#;
        assert_eq!(of(good).unwrap(), [[0.2, 0.1, 0.7]]);
        for wrong in [
            "[]",
            r#"[[{"label": "neutral", "score": 1.0}]]"#,
            r#"[[{"label": "neutral", "score": 0.7}, {"label": "positive", "score": 0.7}, {"label": "negative", "score": 0.1}]]"#,
            r#"[[{"label": "neutral", "score": 1.7}, {"label": "positive", "score": 0.0}, {"label": "negative", "score": -0.7}]]"#,
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
