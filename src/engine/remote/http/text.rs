//! A text from the servers of a model: a request comes in; it goes to one server, to a second one too where the first is slower than
//! usual, and again where one fails. What was told of a live text cannot be taken back, so a failure after that is final.

use std::time::Instant;

use futures_util::future::{Either, select};

use super::collect::Collected;
use super::exchange::{Claim, TextExchange};
use super::fault::Fault;
use super::model::Model;
use super::retry::{Retry, all_away, given_up, note};
use super::spread::Lease;
use crate::engine::remote::ask::{Spent, Told, Writing};
use crate::engine::remote::caller::Tell;

/// Answers a request for a text.
pub(super) async fn write(model: &Model, request: &Writing, tell: &Tell) -> Told {
    let mut retry = Retry::new(model.line.timing.patience);
    let mut spent = Spent::default();
    let mut last = None;
    loop {
        let Some(lease) = model.spread.place(retry.avoid, model.line.timing.patience).await else {
            return all_away(&model.id, last.as_ref(), spent);
        };
        let claim = Claim::default();
        let index = lease.index;
        let fault = match race(model, lease, request, tell, &claim, &mut spent).await {
            Ok((server, collected)) => return written(server, collected, spent),
            Err(fault) => fault,
        };
        if request.live && claim.is_made() {
            return given_up(&model.id, &fault, spent);
        }
        if !retry.again(&fault, index, &model.spread).await {
            return given_up(&model.id, &fault, spent);
        }
        spent.remote.retries += 1;
        last = Some(fault);
    }
}

fn written(server: String, collected: Collected, mut spent: Spent) -> Told {
    spent.prompt_tokens += collected.prompt_tokens;
    spent.decoded_tokens += collected.decoded_tokens;
    *spent.remote.answered.entry(server).or_default() += 1;
    Told::Written {
        completions: collected.completions,
        tokens: collected.tokens,
        spent,
    }
}

/// Asks a server, and a second one too if the first takes longer for its first piece than 95 of 100 answers did.
async fn race(
    model: &Model,
    lease: Lease,
    request: &Writing,
    tell: &Tell,
    claim: &Claim,
    spent: &mut Spent,
) -> Result<(String, Collected), Fault> {
    let index = lease.index;
    let mut first = Box::pin(one(model, lease, request, tell, claim, 1));
    let Some(slow) = model.latencies.slow().filter(|_| model.spread.servers.len() > 1) else {
        return first.await;
    };
    let begun = Instant::now();
    if let Ok(outcome) = tokio::time::timeout(slow, &mut first).await {
        return outcome;
    }
    let second = model.spread.now(Some(index)).filter(|second| second.index != index);
    let Some(second) = second.filter(|_| !claim.is_made()) else {
        return first.await;
    };
    tracing::debug!(waited = ?begun.elapsed(), server = second.server.shown, "a second server is asked");
    spent.remote.hedged += 1;
    let second = Box::pin(one(model, second, request, tell, claim, 2));
    match select(first, second).await {
        Either::Left((Err(_), second)) => second.await,
        Either::Right((Err(_), first)) => first.await,
        Either::Left((outcome, _)) | Either::Right((outcome, _)) => outcome,
    }
}

async fn one(
    model: &Model,
    lease: Lease,
    request: &Writing,
    tell: &Tell,
    claim: &Claim,
    who: usize,
) -> Result<(String, Collected), Fault> {
    let exchange = TextExchange {
        model: &model.name,
        request,
        tell,
        claim,
        who,
    };
    let answering = async {
        let dialect = model.dialect(&lease.server).await?;
        model.line.write(&lease.server, &dialect, &exchange).await
    };
    let outcome = answering.await;
    note(&lease, &outcome);
    let (collected, first) = outcome?;
    model.latencies.add(first);
    Ok((lease.server.shown.clone(), collected))
}
