//! Bars that are there already: those of a request, and the bundled ones. Asks no service.

use futures_util::future::BoxFuture;

use super::super::demo::demo_series;
use super::super::error::MarketError;
use super::super::series::Series;
use super::{BarQuery, BarSource};
use crate::net::HttpClient;

/// A series that came with a request.
#[derive(Debug, Clone)]
pub struct Given(pub Series);

impl BarSource for Given {
    fn name(&self) -> &'static str {
        "given"
    }

    fn bars<'a>(&'a self, _client: &'a HttpClient, _query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

/// The bundled prices.
#[derive(Debug, Clone, Copy)]
pub struct DemoBars;

impl BarSource for DemoBars {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn bars<'a>(&'a self, _client: &'a HttpClient, query: &'a BarQuery) -> BoxFuture<'a, Result<Series, MarketError>> {
        let ticker = query.ticker.clone();
        Box::pin(blocking(move || demo_series(&ticker)))
    }
}

/// Runs file reads and decompression off the async threads.
pub(in crate::market) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A task is cancelled only when the runtime shuts down, and then this future is dropped too.
            Err(_) => std::future::pending().await,
        },
    }
}
