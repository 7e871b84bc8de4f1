//! The bundled prices of four tickers: real daily bars of 2000 to 2013, adjusted for splits and dividends. `demo/README.md` names
//! their origin. Reads neither network nor disk.

use flate2::read::GzDecoder;

use super::error::MarketError;
use super::series::{Bar, Series, SourceKind};
use super::ticker::Ticker;

const PRICES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/prices.csv.gz"));

/// Ticker, company, exchange.
const COMPANIES: [(&str, &str, &str); 4] = [
    ("AAPL", "Apple Inc.", "NasdaqGS"),
    ("GOOG", "Google Inc.", "NasdaqGS"),
    ("IBM", "International Business Machines Corporation", "NYSE"),
    ("MSFT", "Microsoft Corporation", "NasdaqGS"),
];

/// The tickers that the demo has prices and headlines of.
pub fn demo_tickers() -> [&'static str; 4] {
    COMPANIES.map(|(ticker, _, _)| ticker)
}

/// All bars that the demo has of `ticker`, in US dollars.
///
/// # Errors
/// [`MarketError::NotInDemo`] lists the tickers there are.
pub fn demo_series(ticker: &Ticker) -> Result<Series, MarketError> {
    let (_, company, exchange) = COMPANIES
        .into_iter()
        .find(|(symbol, _, _)| *symbol == ticker.as_str())
        .ok_or_else(|| MarketError::NotInDemo {
            ticker: ticker.clone(),
            known: demo_tickers().join(", "),
        })?;
    let bars = bars_of(ticker.as_str()).map_err(|error| MarketError::DemoDamaged {
        reason: error.to_string(),
    })?;
    Ok(Series {
        ticker: ticker.clone(),
        company: Some(company.to_owned()),
        currency: "USD".to_owned(),
        exchange: Some(exchange.to_owned()),
        bars,
        source: SourceKind::Demo,
        warnings: Vec::new(),
        events: super::series::Events::default(),
        doubts: Vec::new(),
    })
}

fn bars_of(ticker: &str) -> Result<Vec<Bar>, csv::Error> {
    let mut table = csv::Reader::from_reader(GzDecoder::new(PRICES));
    let header = table.headers()?.clone();
    let mut bars = Vec::new();
    let mut record = csv::StringRecord::new();
    while table.read_record(&mut record)? {
        // The first column is the ticker; only rows of the wanted one are parsed further.
        if record.get(0) == Some(ticker) {
            bars.push(record.deserialize(Some(&header))?);
        }
    }
    Ok(bars)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn series(ticker: &str) -> Series {
        demo_series(&Ticker::parse(ticker).unwrap()).unwrap()
    }

    #[test]
    fn every_demo_ticker_has_its_bars_in_order_and_whole() {
        for (ticker, bars) in [("AAPL", 3_270), ("GOOG", 2_148), ("IBM", 3_270), ("MSFT", 3_270)] {
            let series = series(ticker);
            assert_eq!(series.bars.len(), bars, "{ticker}");
            assert_eq!(
                series.last().unwrap().date,
                chrono::NaiveDate::from_ymd_opt(2013, 3, 1).unwrap()
            );
            assert!(series.bars.windows(2).all(|pair| pair[0].date < pair[1].date));
            for bar in &series.bars {
                let (open, high, low) = (bar.open.unwrap(), bar.high.unwrap(), bar.low.unwrap());
                assert!(low > 0.0 && low <= open.min(bar.close) + 1e-3 && open.max(bar.close) <= high + 1e-3);
                assert!(bar.volume.unwrap() > 0);
            }
        }
    }

    #[test]
    fn closes_are_adjusted_so_that_a_split_leaves_no_step() {
        // Apple split 2:1 on 2005-02-28: unadjusted, the close falls by half.
        let bars = series("AAPL").bars;
        let at = bars
            .iter()
            .position(|bar| bar.date.to_string() == "2005-02-28")
            .unwrap();
        assert!((bars[at].close / bars[at - 1].close - 1.0).abs() < 0.05);
    }

    #[test]
    fn an_unknown_ticker_is_told_which_there_are() {
        let error = demo_series(&Ticker::parse("NVDA").unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the demo has no prices of NVDA; it has AAPL, GOOG, IBM, MSFT"
        );
    }
}
