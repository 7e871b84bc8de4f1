//! A column of a Parquet file of prices: its description in the schema comes in; its values in a row group go out as days, numbers or
//! texts.

use chrono::{DateTime, NaiveDate};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::ColumnDescriptor;

use super::dates::Form;
use crate::text::clean_text;

/// Values that are read at once from a column.
const BATCH: usize = 8_192;

/// A column of the file.
#[derive(Clone)]
pub(super) struct Column {
    index: usize,
    name: String,
    /// The level of a value that is not null.
    present: i16,
    kind: Kind,
}

/// What the values of a column stand for.
#[derive(Clone, Copy)]
enum Kind {
    Days,
    /// A point in time, in units of which a second has so many.
    Time(i64),
    /// A number times a power of ten.
    Number(i32),
}

impl Column {
    /// The column at an index of the schema.
    ///
    /// # Errors
    /// A list, which prices are not.
    pub(super) fn new(index: usize, column: &ColumnDescriptor) -> Result<Self, String> {
        let name = clean_text(column.name(), 40);
        if column.max_rep_level() > 0 {
            return Err(format!("its column `{name}` is a list"));
        }
        let kind = match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Kind::Days,
            (Some(LogicalType::Timestamp(time)), _) => Kind::Time(match time.unit {
                TimeUnit::MILLIS => 1_000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            }),
            (None, ConvertedType::TIMESTAMP_MILLIS) => Kind::Time(1_000),
            (None, ConvertedType::TIMESTAMP_MICROS) => Kind::Time(1_000_000),
            (Some(LogicalType::Decimal(_)), _) | (None, ConvertedType::DECIMAL) => Kind::Number(column.type_scale()),
            _ => Kind::Number(0),
        };
        Ok(Column {
            index,
            name,
            present: column.max_def_level(),
            kind,
        })
    }

    fn reader(&self, group: &dyn RowGroupReader) -> Result<ColumnReader, String> {
        group.get_column_reader(self.index).map_err(|error| damaged(&error))
    }

    /// Its values in a row group as days.
    ///
    /// # Errors
    /// What is no date, in words.
    pub(super) fn dates(&self, group: &dyn RowGroupReader, rows: usize) -> Result<Vec<Option<NaiveDate>>, String> {
        let wrong = || format!("its column `{}` is no column of dates", self.name);
        let kind = self.kind;
        match (self.reader(group)?, kind) {
            (ColumnReader::Int32ColumnReader(reader), Kind::Days) => {
                self.values(reader, rows, |&days| NaiveDate::from_epoch_days(days).ok_or_else(wrong))
            }
            (ColumnReader::Int64ColumnReader(reader), Kind::Time(units)) => {
                self.values(reader, rows, |&time| day(time.div_euclid(units)).ok_or_else(wrong))
            }
            (ColumnReader::Int96ColumnReader(reader), _) => {
                self.values(reader, rows, |time| day(time.to_seconds()).ok_or_else(wrong))
            }
            (ColumnReader::ByteArrayColumnReader(reader), _) => self.values(reader, rows, |text| {
                Form::default()
                    .day(text.as_utf8().map_err(|_| wrong())?)
                    .map_err(|reason| format!("column `{}`: {reason}", self.name))
            }),
            _ => Err(wrong()),
        }
    }

    /// Its values in a row group as numbers; what is none is missing.
    ///
    /// # Errors
    /// A column of something else.
    pub(super) fn numbers(&self, group: &dyn RowGroupReader, rows: usize) -> Result<Vec<Option<f64>>, String> {
        let wrong = || format!("its column `{}` is no column of numbers", self.name);
        let Kind::Number(scale) = self.kind else {
            return Err(wrong());
        };
        let unit = 10_f64.powi(scale);
        let mut values = match self.reader(group)? {
            ColumnReader::DoubleColumnReader(reader) => self.values(reader, rows, |&value| Ok(value)),
            ColumnReader::FloatColumnReader(reader) => self.values(reader, rows, |&value| Ok(shortest(value))),
            ColumnReader::Int32ColumnReader(reader) => self.values(reader, rows, |&value| Ok(f64::from(value) / unit)),
            ColumnReader::Int64ColumnReader(reader) => self.values(reader, rows, |&value| Ok(value as f64 / unit)),
            _ => Err(wrong()),
        }?;
        for value in &mut values {
            *value = value.filter(|value| !value.is_nan());
        }
        Ok(values)
    }

    /// Its values in a row group as texts.
    ///
    /// # Errors
    /// A column of something else.
    pub(super) fn texts(&self, group: &dyn RowGroupReader, rows: usize) -> Result<Vec<Option<String>>, String> {
        let wrong = || format!("its column `{}` is no column of texts", self.name);
        match self.reader(group)? {
            ColumnReader::ByteArrayColumnReader(reader) => self.values(reader, rows, |text| {
                text.as_utf8().map(str::to_owned).map_err(|_| wrong())
            }),
            _ => Err(wrong()),
        }
    }

    /// Reads a whole column of a row group; `None` where it is null.
    fn values<T: DataType, V>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        rows: usize,
        convert: impl Fn(&T::T) -> Result<V, String>,
    ) -> Result<Vec<Option<V>>, String> {
        let mut all = Vec::new();
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        while all.len() < rows {
            values.clear();
            levels.clear();
            let wanted = (rows - all.len()).min(BATCH);
            let (read, _, _) = reader
                .read_records(wanted, Some(&mut levels), None, &mut values)
                .map_err(|error| damaged(&error))?;
            if read == 0 {
                return Err(format!("its column `{}` is shorter than the others", self.name));
            }
            let mut present = values.iter();
            for at in 0..read {
                // A column without nulls has no levels.
                let is_null = self.present > 0 && levels.get(at).is_none_or(|level| *level < self.present);
                let value = if is_null { None } else { present.next() };
                all.push(value.map(&convert).transpose()?);
            }
        }
        Ok(all)
    }
}

/// The day of a point in time in UTC.
fn day(seconds: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp(seconds, 0).map(|time| time.date_naive())
}

/// The number that was meant by a price in single precision: 101.3, not 101.30000305175781.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

/// The error of a file that its reader cannot read.
pub(super) fn damaged(error: &ParquetError) -> String {
    format!(
        "it is not a whole Parquet file ({})",
        clean_text(&error.to_string(), 200)
    )
}
