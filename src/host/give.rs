//! Orders as the engine takes them: each goes to the scheduler's inbox, or to who asked a question.

use super::attempts::attempts;
use super::message::{Order, SendSignal, Signal};
use super::relay::Relay;
use crate::engine::Cancel;
use crate::run::{Inbox, Notice};

/// Passes an order to the scheduler, and what is told of a question to who asked it. A second `Hello` is ignored.
pub(super) fn give(order: Order, inbox: &Inbox, relay: &Relay, send: &SendSignal) {
    match order {
        Order::Told { question, told } => relay.tell(question, told),
        Order::Hello { .. } => {}
        Order::Try { store } => send(Signal::Tried {
            attempts: attempts(store.as_deref()),
        }),
        Order::Analyse { gathered, models } => inbox.analyse([(*gathered, *models, Cancel::new())]),
        Order::Text { task, request, model } => inbox.write(task, *request, model),
        Order::Embed { task, texts, model } => inbox.embed(task, texts, model),
        Order::Cancel { task } => {
            if inbox.cancel(&task) {
                send(Signal::Notice(Notice::cancelled(task)));
            }
        }
    }
}
