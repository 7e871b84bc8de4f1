//! Prices from a user's CSV file: what is accepted, and which errors are reported with file, line and column.

use tripod::market::{CsvOptions, MarketError, Series, SourceKind, Ticker, csv_series};

fn read(text: &str) -> Result<Series, MarketError> {
    let mut options = CsvOptions::new("prices.csv");
    options.currency = Some("EUR".to_owned());
    csv_series(text.as_bytes(), &Ticker::parse("ACME").unwrap(), &options)
}

fn complaint(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn days(series: &Series) -> Vec<(String, f64)> {
    series
        .bars
        .iter()
        .map(|bar| (bar.date.to_string(), bar.close))
        .collect()
}

#[test]
fn a_date_and_a_close_are_enough() {
    let series = read("Date,Close\n2013-02-28,10\n2013-03-01,11.5\n").unwrap();
    assert_eq!(
        days(&series),
        [("2013-02-28".to_owned(), 10.0), ("2013-03-01".to_owned(), 11.5)]
    );
    assert_eq!((series.bars[0].open, series.bars[0].volume), (None, None));
    assert_eq!((series.source, series.currency.as_str()), (SourceKind::Csv, "EUR"));
    assert!(series.warnings.is_empty());
}

#[test]
fn columns_may_stand_in_any_order_and_case_among_others() {
    let series = read("VOLUME,note,close,HIGH,low,Open,dAtE\n100,x,10,12,8,9,2013-03-01\n").unwrap();
    let bar = series.bars[0];
    assert_eq!(
        (bar.open, bar.high, bar.low, bar.close, bar.volume),
        (Some(9.0), Some(12.0), Some(8.0), 10.0, Some(100))
    );
}

#[test]
fn an_adjusted_close_is_preferred_and_scales_the_other_prices() {
    let series = read("Date,Open,High,Low,Close,Adj Close,Volume\n2013-03-01,9,12,8,10,5,100\n").unwrap();
    let bar = series.bars[0];
    assert_eq!(
        (bar.open, bar.high, bar.low, bar.close),
        (Some(4.5), Some(6.0), Some(4.0), 5.0)
    );
    assert_eq!(read("date,adj_close\n2013-03-01,5\n").unwrap().bars[0].close, 5.0);
}

#[test]
fn newest_first_is_turned_round() {
    let series = read("Date,Close\n2013-03-01,11\n2013-02-28,10\n").unwrap();
    assert_eq!(
        days(&series),
        [("2013-02-28".to_owned(), 10.0), ("2013-03-01".to_owned(), 11.0)]
    );
}

#[test]
fn currency_signs_thousands_separators_and_slashed_dates_are_read_where_they_have_one_reading() {
    let series =
        read("Date,Close/Last,Volume\n03/01/2013,\"$1,234.50\",\"12,345,678\"\n02/28/2013,$999.00,\"1,000\"\n")
            .unwrap();
    assert_eq!(
        days(&series),
        [("2013-02-28".to_owned(), 999.0), ("2013-03-01".to_owned(), 1_234.5)]
    );
    assert_eq!(series.bars[1].volume, Some(12_345_678));
}

#[test]
fn tables_parted_by_semicolons_or_tabs_may_have_decimal_commas() {
    for table in ["Date;Close\n01.03.2013;24,68\n", "Date\tClose\n01.03.2013\t24,68\n"] {
        assert_eq!(days(&read(table).unwrap()), [("2013-03-01".to_owned(), 24.68)]);
    }
}

#[test]
fn a_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm() {
    let series = read("\u{feff}Date,Close\r\n2013-02-28,10\r\n\r\n2013-03-01,11\r\n").unwrap();
    assert_eq!(series.bars.len(), 2);
}

#[test]
fn rows_without_a_close_are_left_out_with_a_warning() {
    let series = read("Date,Close,Adj Close\n2013-02-27,null,null\n2013-02-28,10,\n2013-03-01,11,11\n").unwrap();
    assert_eq!(days(&series), [("2013-03-01".to_owned(), 11.0)]);
    assert_eq!(series.warnings, ["2 of 3 rows had no close and were left out"]);
}

#[test]
fn without_a_currency_dollars_are_assumed_and_a_warning_says_so() {
    let options = CsvOptions::new("x.csv");
    let series = csv_series(
        "Date,Close\n2013-03-01,1\n".as_bytes(),
        &Ticker::parse("A").unwrap(),
        &options,
    )
    .unwrap();
    assert_eq!(series.currency, "USD");
    assert_eq!(
        series.warnings,
        ["the file names no currency; the prices are taken for US dollars"]
    );
}

#[test]
fn a_wrong_cell_is_named_by_line_and_column() {
    assert_eq!(
        complaint("Date,Close\n2013-02-28,10\n2013-03-01,ten\n"),
        "prices.csv, line 3, column `Close`: `ten` is not a number"
    );
    assert_eq!(
        complaint("Close,When,Date\n10,x,2013-02-30\n"),
        "prices.csv, line 2, column `Date`: `2013-02-30` is not a date: write it as YYYY-MM-DD"
    );
    assert_eq!(
        complaint("Date,Close\n2013-02-28,-4\n"),
        "prices.csv, line 2, column `Close`: -4 is negative"
    );
    assert_eq!(
        complaint("Date,Close\n2013-02-28,0\n"),
        "prices.csv, line 2, column `Close`: a price of 0 is none: leave the cell empty where there is no price"
    );
    assert_eq!(
        complaint("Date;Close\n2013-02-28;1,234\n"),
        "prices.csv, line 2, column `Close`: `1,234` can be read in two ways: write it with a decimal point and without thousands separators"
    );
}

#[test]
fn a_wrong_table_is_complained_about_as_a_whole() {
    for (table, told) in [
        ("", "its first line must name a date and a close column"),
        (
            "2013-03-01,10\n2013-03-02,11\n",
            "its first line must name a date and a close column",
        ),
        ("Date,Open\n2013-03-01,10\n", "it has: Date, Open"),
        (
            "Date,Close,CLOSE\n2013-03-01,10,11\n",
            "it has two columns called `Close`",
        ),
        ("Date,Close\n", "it has no row with a close"),
        (
            "Date,Close\n2013-03-01,1\n2013-03-01,2\n",
            "lines 2 and 3 are both of 2013-03-01",
        ),
        (
            "Date,Close\n03/04/2013,1\n05/04/2013,2\n",
            "column `Date`: the dates can be read month first and day first",
        ),
        (
            "Date,Close\n2013-03-01,1,2\n",
            "it is not a CSV table: line 2 has 3 cells",
        ),
        (
            "Date;Close\n2013-03-01;1,5\n2013-03-04;1.5\n",
            "different decimal marks",
        ),
        (
            "date,symbol,close\n2013-03-01,AAPL,1\n2013-03-01,MSFT,2\n",
            "it has rows of several tickers and none of ACME",
        ),
    ] {
        let found = complaint(table);
        assert!(
            found.starts_with("prices.csv: ") && found.contains(told),
            "{table:?}: {found}"
        );
    }
}

#[test]
fn bytes_that_are_no_table_are_refused_by_what_they_are() {
    for (bytes, told) in [
        (&b"\xff\xfe\xfd"[..], "it is not UTF-16LE text"),
        (b"Nothing\n\xff\xff", "it is not UTF-8 text"),
        (b"\0\x01\xff", "it is not text"),
        (b"PK\x03\x04", "it is a workbook or another archive"),
        (b"PAR1", "it is a Parquet file"),
    ] {
        let error = csv_series(bytes, &Ticker::parse("A").unwrap(), &CsvOptions::new("x.csv")).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

/// Exports in the shapes that services and spreadsheets write, made for these tests with the same three days in each.
#[test]
fn the_exports_of_services_and_spreadsheets_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/csv");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 35, "{files:?}");
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/data.md")).unwrap();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(table.contains(&format!("| `{name}` |")), "docs/data.md lists {name}");
        let series = CsvOptions::new(&path).read(&Ticker::parse("AAPL").unwrap());
        let series = series.unwrap_or_else(|error| panic!("{name}: {error}"));
        let wanted = [("2024-01-12", 185.92), ("2024-01-16", 183.63), ("2024-01-17", 182.68)];
        let found: Vec<(String, f64)> = days(&series);
        for ((day, close), (wanted_day, wanted_close)) in found.iter().zip(wanted) {
            assert_eq!(day, wanted_day, "{name}");
            assert!((close - wanted_close).abs() < 1e-6, "{name}: {close}");
        }
        assert_eq!(found.len(), 3, "{name}");
        if name == "last-price.csv" {
            continue;
        }
        for (bar, shares) in series.bars.iter().zip([40_477_780_u64, 65_603_040, 47_317_430]) {
            assert!(
                bar.volume.unwrap().abs_diff(shares) <= 5_000,
                "{name}: {:?}",
                bar.volume
            );
        }
        if name != "yfinance-two-tickers.csv" {
            let (high, low) = (series.bars[0].high.unwrap(), series.bars[0].low.unwrap());
            assert!(
                (high - 186.74).abs() < 0.01 && (low - 185.19).abs() < 0.01,
                "{name}: {high} {low}"
            );
        }
    }
}

#[test]
fn of_a_table_of_several_tickers_each_gets_its_own_columns() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/csv/yfinance-two-tickers.csv"
    );
    let read = |ticker: &str| CsvOptions::new(path).read(&Ticker::parse(ticker).unwrap());
    assert_eq!(read("MSFT").unwrap().bars[0].close, 371.84);
    let error = read("IBM").unwrap_err().to_string();
    assert!(
        error.ends_with("it has columns of MSFT, AAPL and none of IBM"),
        "{error}"
    );
}

#[test]
fn a_gap_of_more_than_ten_days_is_a_warning_that_names_the_longest() {
    let warnings = |text: &str| read(text).unwrap().warnings;
    let gapped = "Date,Close\n2013-01-02,1\n2013-01-14,2\n2013-03-01,3\n2013-03-04,4\n";
    assert_eq!(
        warnings(gapped),
        ["the file has no row between 2013-01-14 and 2013-03-01; there is another gap of more than 10 days"]
    );
    assert!(warnings("Date,Close\n2013-01-02,1\n2013-01-12,2\n").is_empty());
}

#[test]
fn an_endless_table_is_refused_without_reading_it_to_its_end() {
    let error = csv_series(
        std::io::repeat(b'1'),
        &Ticker::parse("A").unwrap(),
        &CsvOptions::new("x.csv"),
    )
    .unwrap_err();
    assert!(error.to_string().contains("larger than 32 MiB"), "{error}");
}

#[test]
fn what_is_no_file_is_told_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("none.csv")] {
        let error = CsvOptions::new(&path).read(&Ticker::parse("A").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    }
}
