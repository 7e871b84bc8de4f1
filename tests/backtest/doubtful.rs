//! A backtest over a history with a step that no split explains: which windows it concerns.

use tripod::analysis::JobOptions;
use tripod::market::{BarSources, Given, Repair, Ticker, demo_series};
use tripod::net::{HttpClient, HttpOptions};
use tripod::news::NewsSources;
use tripod::run::{BacktestRequest, Prepared, Sources};

#[tokio::test]
async fn windows_before_a_doubtful_step_are_tested_and_later_ones_know_of_it() {
    let mut series = demo_series(&Ticker::parse("AAPL").unwrap()).unwrap();
    // Three days a window, one after the other: the step into the eighteenth bar from the end lies in one of them.
    let step = series.bars.len() - 18;
    for bar in &mut series.bars[..step] {
        bar.scale(2.0);
    }
    let day = series.bars[step].date;
    let sources = Sources {
        client: HttpClient::new(&HttpOptions::default()).unwrap(),
        fundamentals: None,
        market: BarSources::only(Given(series)),
        cache: None,
        news: NewsSources::default(),
        repair: Repair::Mend,
    };
    let request = BacktestRequest {
        ticker: Ticker::parse("AAPL").unwrap(),
        as_of: None,
        options: JobOptions {
            horizon: 3,
            ..JobOptions::default()
        },
        from: None,
        until: None,
        origins: 10,
        stride: 3,
    };
    let prepared = Prepared::gather(request, &sources).await.unwrap();
    assert_eq!(prepared.windows().len(), 9);
    let warnings = &prepared.series().warnings;
    let said = "1 of 10 windows are left out: the prices to compare with may be wrong";
    assert!(warnings.iter().any(|warning| warning == said), "{warnings:?}");
    let mut doubtful = 0;
    for window in prepared.windows() {
        let series = prepared.job(*window, &sources).await.unwrap().job.series;
        let knows = series.last().unwrap().date >= day;
        assert_eq!(series.doubts.iter().any(|doubt| doubt.refuses), knows);
        doubtful += usize::from(knows);
    }
    assert_eq!(doubtful, 5);
}
