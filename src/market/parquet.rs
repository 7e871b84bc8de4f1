//! Reads prices from a Parquet file: a column of dates and one of closes, and where there are any, open, high, low, volume and
//! the ticker, in any order of columns and rows. A file goes in, the bars of each ticker come out. Holds the bars of one file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use chrono::NaiveDate;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::columns::Field;
use super::error::MarketError;
use super::parquet_column::{Column, damaged};
use super::series::Bar;
use super::ticker::Ticker;
use super::whole_file::WholeFile;
use crate::text::clean_text;

/// The most rows of a group: writers make groups of a million at most, unless told otherwise.
const MOST_ROWS: u64 = 16 << 20;

/// More rows than this in a byte are no prices: a few hundred bytes can stand for a billion rows of nothing.
const ROWS_A_BYTE: u64 = 100;

/// The bars in a file, by ticker, oldest first. A file without a column of tickers has those of the ticker that it is named for,
/// such as `AAPL.parquet`.
///
/// The columns are found by name, as those of a CSV file are: with an adjusted close, open, high and low are scaled by the same
/// factor. Dates may be dates, timestamps (their day in UTC) or texts. Rows without a close are left out.
///
/// # Errors
/// [`MarketError::File`] when the file cannot be read, [`MarketError::Parquet`] for what is wrong in it, and
/// [`MarketError::Ticker`] when it is not named for a ticker.
pub fn parquet_bars(path: &Path) -> Result<BTreeMap<Ticker, Vec<Bar>>, MarketError> {
    // The library panics at some damaged files.
    std::panic::catch_unwind(|| bars_in(path)).unwrap_or_else(|_| {
        Err(MarketError::Parquet {
            path: path.to_owned(),
            reason: "it is not a whole Parquet file (its reader failed)".to_owned(),
        })
    })
}

fn bars_in(path: &Path) -> Result<BTreeMap<Ticker, Vec<Bar>>, MarketError> {
    let file = File::open(path).map_err(|source| MarketError::File {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |reason: String| MarketError::Parquet {
        path: path.to_owned(),
        reason,
    };
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let reader = SerializedFileReader::new(WholeFile(file)).map_err(|error| wrong(damaged(&error)))?;
    let columns = Columns::find(reader.metadata().file_metadata().schema_descr()).map_err(wrong)?;
    let named_for = match columns.ticker {
        Some(_) => None,
        None => Some(Ticker::parse(&path.file_stem().unwrap_or_default().to_string_lossy())?),
    };
    let mut found: BTreeMap<Ticker, Vec<Bar>> = BTreeMap::new();
    let mut before = 0;
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index).map_err(|error| wrong(damaged(&error)))?;
        let rows = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        if rows > MOST_ROWS || rows > bytes.saturating_mul(ROWS_A_BYTE) {
            return Err(wrong(format!(
                "a row group of it has {rows} rows, in {bytes} bytes: write it with at most {MOST_ROWS} in each"
            )));
        }
        let table = columns.read(&*group).map_err(wrong)?;
        for row in 0..table.rows {
            let at = |reason: String| wrong(format!("row {}: {reason}", before + row + 1));
            let Some(bar) = table.bar(row).map_err(at)? else {
                continue;
            };
            let ticker = match &named_for {
                Some(ticker) => ticker.clone(),
                None => table.ticker(row).map_err(at)?,
            };
            found.entry(ticker).or_default().push(bar);
        }
        before += table.rows;
    }
    if found.is_empty() {
        return Err(wrong("it has no row with a close".to_owned()));
    }
    for (ticker, bars) in &mut found {
        bars.sort_by_key(|bar| bar.date);
        if let Some(pair) = bars.windows(2).find(|pair| pair[0].date == pair[1].date) {
            return Err(wrong(format!(
                "two rows of {ticker} are of {}: keep one a day",
                pair[0].date
            )));
        }
    }
    Ok(found)
}

/// Where each column is.
struct Columns {
    date: Column,
    close: Option<Column>,
    adjusted: Option<Column>,
    open: Option<Column>,
    high: Option<Column>,
    low: Option<Column>,
    volume: Option<Column>,
    ticker: Option<Column>,
}

impl Columns {
    fn find(schema: &SchemaDescriptor) -> Result<Self, String> {
        let names = || schema.columns().iter().map(|column| column.name());
        let find = |field: Field| -> Result<Option<Column>, String> {
            let found = field.column(names())?;
            let column = found.map(|index| Column::new(index, &schema.columns()[index]));
            column.transpose()
        };
        let (date, close) = (find(Field::Date)?, find(Field::Close)?);
        let adjusted = find(Field::Adjusted)?;
        let (Some(date), true) = (date, close.is_some() || adjusted.is_some()) else {
            return Err(format!(
                "it needs a column of dates and one of closes, such as `date` and `close`; it has: {}",
                clean_text(&names().collect::<Vec<_>>().join(", "), 120)
            ));
        };
        Ok(Columns {
            date,
            close,
            adjusted,
            open: find(Field::Open)?,
            high: find(Field::High)?,
            low: find(Field::Low)?,
            volume: find(Field::Volume)?,
            ticker: find(Field::Ticker)?,
        })
    }

    fn read(&self, group: &dyn RowGroupReader) -> Result<Table, String> {
        let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| "it has a negative number of rows")?;
        let numbers = |column: &Option<Column>| column.as_ref().map(|column| column.numbers(group, rows)).transpose();
        Ok(Table {
            rows,
            dates: self.date.dates(group, rows)?,
            close: numbers(&self.close)?,
            adjusted: numbers(&self.adjusted)?,
            open: numbers(&self.open)?,
            high: numbers(&self.high)?,
            low: numbers(&self.low)?,
            volume: numbers(&self.volume)?,
            tickers: self
                .ticker
                .as_ref()
                .map(|column| column.texts(group, rows))
                .transpose()?,
        })
    }
}

/// The rows of a row group.
struct Table {
    rows: usize,
    dates: Vec<Option<NaiveDate>>,
    close: Option<Vec<Option<f64>>>,
    adjusted: Option<Vec<Option<f64>>>,
    open: Option<Vec<Option<f64>>>,
    high: Option<Vec<Option<f64>>>,
    low: Option<Vec<Option<f64>>>,
    volume: Option<Vec<Option<f64>>>,
    tickers: Option<Vec<Option<String>>>,
}

impl Table {
    /// `None` for a row without a close.
    fn bar(&self, row: usize) -> Result<Option<Bar>, String> {
        let value = |column: &Option<Vec<Option<f64>>>| column.as_ref().and_then(|values| values[row]);
        let price = |column: &Option<Vec<Option<f64>>>| match value(column) {
            Some(price) if price > 0.0 && price.is_finite() => Ok(Some(price)),
            Some(price) => Err(format!("{price} is no price: leave the cell empty where there is none")),
            None => Ok(None),
        };
        // As in a CSV file: an adjusted close is used as it is, and a traded close cannot be adjusted.
        let (close, factor) = match (price(&self.adjusted)?, price(&self.close)?) {
            (Some(adjusted), Some(traded)) => (adjusted, Some(adjusted / traded)),
            (Some(adjusted), None) => (adjusted, None),
            (None, Some(traded)) if self.adjusted.is_none() => (traded, Some(1.0)),
            (None, _) => return Ok(None),
        };
        let scaled = |column| {
            let price = price(column)?.zip(factor).map(|(price, factor)| price * factor);
            Ok::<_, String>(price.filter(|price| price.is_finite() && *price > 0.0))
        };
        Ok(Some(Bar {
            date: self.dates[row].ok_or("it has no date")?,
            open: scaled(&self.open)?,
            high: scaled(&self.high)?,
            low: scaled(&self.low)?,
            close,
            volume: value(&self.volume)
                .filter(|shares| *shares >= 0.0)
                .map(|shares| shares.round() as u64),
        }))
    }

    fn ticker(&self, row: usize) -> Result<Ticker, String> {
        let ticker = self.tickers.as_ref().and_then(|tickers| tickers[row].as_deref());
        Ticker::parse(ticker.ok_or("it has no ticker")?).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::PathBuf;
    use std::sync::Arc;

    use parquet::data_type::{ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
    use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
    use parquet::schema::parser::parse_message_type;
    use tempfile::TempDir;

    use super::*;

    /// 2020-01-01 in days after 1970.
    const NEW_YEAR: i32 = 18_262;

    type Group<'a> = SerializedRowGroupWriter<'a, File>;

    fn write(folder: &TempDir, name: &str, schema: &str, fill: impl Fn(&mut Group<'_>)) -> PathBuf {
        let path = folder.path().join(name);
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        fill(&mut group);
        group.close().unwrap();
        writer.close().unwrap();
        path
    }

    fn column<T: DataType>(group: &mut Group<'_>, values: &[T::T], levels: Option<&[i16]>) {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<T>().write_batch(values, levels, None).unwrap();
        column.close().unwrap();
    }

    fn closes(bars: &[Bar]) -> Vec<(String, f64)> {
        bars.iter().map(|bar| (bar.date.to_string(), bar.close)).collect()
    }

    fn ticker(symbol: &str) -> Ticker {
        Ticker::parse(symbol).unwrap()
    }

    #[test]
    fn a_file_named_for_its_ticker_has_its_bars_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let schema = "message prices { REQUIRED DOUBLE Close; OPTIONAL DOUBLE volume; REQUIRED INT32 Date (DATE); }";
        let path = write(&folder, "brk-b.parquet", schema, |group| {
            column::<DoubleType>(group, &[2.5, 1.5, f64::NAN], None);
            column::<DoubleType>(group, &[1000.0], Some(&[0, 1, 0]));
            column::<Int32Type>(group, &[NEW_YEAR + 2, NEW_YEAR, NEW_YEAR + 1], None);
        });
        let found = parquet_bars(&path).unwrap();
        let bars = &found[&ticker("BRK-B")];
        assert_eq!(closes(bars), [("2020-01-01".into(), 1.5), ("2020-01-03".into(), 2.5)]);
        assert_eq!((bars[0].volume, bars[1].volume), (Some(1000), None));
    }

    #[test]
    fn one_file_has_the_bars_of_many_tickers() {
        let folder = tempfile::tempdir().unwrap();
        let schema = "message prices { REQUIRED BYTE_ARRAY symbol (STRING); REQUIRED BYTE_ARRAY date (STRING); REQUIRED FLOAT close; }";
        let path = write(&folder, "all.parquet", schema, |group| {
            column::<ByteArrayType>(group, &["MSFT", "AAPL", "MSFT"].map(Into::into), None);
            column::<ByteArrayType>(group, &["2020-01-02", "2020-01-02", "2020-01-01"].map(Into::into), None);
            column::<FloatType>(group, &[101.3, 7.0, 99.9], None);
        });
        let found = parquet_bars(&path).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(closes(&found[&ticker("AAPL")]), [("2020-01-02".into(), 7.0)]);
        let microsoft = [("2020-01-01".into(), 99.9), ("2020-01-02".into(), 101.3)];
        assert_eq!(closes(&found[&ticker("MSFT")]), microsoft);
    }

    #[test]
    fn timestamps_decimals_and_adjusted_closes_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let schema = "message prices { REQUIRED INT64 timestamp (TIMESTAMP(NANOS,true)); REQUIRED INT64 close (DECIMAL(12,2)); \
                      REQUIRED DOUBLE adj_close; REQUIRED DOUBLE high; }";
        let path = write(&folder, "A.parquet", schema, |group| {
            // Five in the morning in UTC is midnight in New York.
            let time = (i64::from(NEW_YEAR) * 86_400 + 5 * 3_600) * 1_000_000_000;
            column::<Int64Type>(group, &[time], None);
            column::<Int64Type>(group, &[20_050], None);
            column::<DoubleType>(group, &[100.25], None);
            column::<DoubleType>(group, &[210.0], None);
        });
        let bars = parquet_bars(&path).unwrap().remove(&ticker("A")).unwrap();
        assert_eq!(closes(&bars), [("2020-01-01".into(), 100.25)]);
        assert!((bars[0].high.unwrap() - 105.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file_and_row() {
        let folder = tempfile::tempdir().unwrap();
        let schema = "message prices { REQUIRED INT32 date (DATE); REQUIRED DOUBLE close; }";
        let said = |days: &[i32], prices: &[f64]| {
            let path = write(&folder, "A.parquet", schema, |group| {
                column::<Int32Type>(group, days, None);
                column::<DoubleType>(group, prices, None);
            });
            let error = parquet_bars(&path).unwrap_err().to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
            error
        };
        assert!(
            said(&[1, 2], &[1.0, -1.0]).ends_with("row 2: -1 is no price: leave the cell empty where there is none")
        );
        assert!(said(&[1, 1], &[1.0, 2.0]).contains("two rows of A are of 1970-01-02"));
        assert!(said(&[1], &[f64::NAN]).contains("no row with a close"));

        let other = "message prices { REQUIRED INT32 day_number; REQUIRED DOUBLE level; }";
        let path = write(&folder, "A.parquet", other, |group| {
            column::<Int32Type>(group, &[1], None);
            column::<DoubleType>(group, &[1.0], None);
        });
        let error = parquet_bars(&path).unwrap_err().to_string();
        assert!(error.contains("it has: day_number, level"), "{error}");

        let text = "message prices { REQUIRED INT32 date (DATE); REQUIRED BYTE_ARRAY close (STRING); }";
        let path = write(&folder, "A.parquet", text, |group| {
            column::<Int32Type>(group, &[1], None);
            column::<ByteArrayType>(group, &["1.0".into()], None);
        });
        let error = parquet_bars(&path).unwrap_err().to_string();
        assert!(error.contains("`close` is no column of numbers"), "{error}");

        std::fs::write(&path, b"Date,Close\n2020-01-01,1\n").unwrap();
        let error = parquet_bars(&path).unwrap_err().to_string();
        assert!(error.contains("not a whole Parquet file"), "{error}");
    }
}
