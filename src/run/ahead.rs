//! Fetches ahead of the engine: results leave in the order of the items, while a bounded number of items are being fetched or
//! wait to be received.

use std::pin::pin;

use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Fetches `one` result for each of `items`, at most `at_once` at a time. At most `ahead` finished results wait to be received;
/// dropping the receiver stops the fetching.
pub(crate) fn in_order<T, O, F>(
    runtime: &Handle,
    items: Vec<T>,
    (at_once, ahead): (usize, usize),
    one: impl Fn(T) -> F + Send + 'static,
) -> mpsc::Receiver<O>
where
    T: Send + 'static,
    O: Send + 'static,
    F: Future<Output = O> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(ahead.max(1));
    runtime.spawn(async move {
        let mut results = pin!(stream::iter(items.into_iter().map(one)).buffered(at_once.max(1)));
        while let Some(result) = results.next().await {
            if sender.send(result).await.is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_only_so_many_are_fetched_at_once() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let highest = Arc::clone(&most);
        let mut received = in_order(runtime.handle(), (0..40_u64).collect(), (8, 4), move |number| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // In each group of eight the first is the slowest.
                tokio::time::sleep(std::time::Duration::from_millis(8 - number % 8)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                number
            }
        });
        let numbers: Vec<u64> = std::iter::from_fn(|| received.blocking_recv()).collect();
        assert_eq!(numbers, (0..40).collect::<Vec<_>>());
        assert!((2..=8).contains(&highest.load(Ordering::SeqCst)));
    }
}
