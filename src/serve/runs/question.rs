//! Requests to the pipeline: the body of `/v1/analyze` and its like comes in, a checked [`Question`] goes out, or the field at fault.
//! Fetches nothing.

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};

use crate::analysis::{JobOptions, StageName};
use crate::grounding::{Locale, UnknownLocale};
use crate::market::{Bar, Series, SourceKind, Ticker};
use crate::news::{GivenHeadline, Headline, MOST_HEADLINES as MOST_HEADLINES_READ, NewsQuery, from_given};
use crate::serve::http::ApiError;
use crate::stages::{STAGES, UnknownStage};

/// Body of `POST /v1/analyze`. A field that is not listed is refused.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ticker": "AAPL", "horizon_days": 5, "samples": 4, "stages": ["sentiment"]}))]
pub struct AnalyzeBody {
    /// Symbol, or a Yahoo Finance link. Required unless `prices` is given.
    #[schema(min_length = 1, max_length = 2048)]
    pub ticker: Option<String>,
    /// Trading days to forecast.
    #[schema(minimum = 1, maximum = 90, default = 30)]
    pub horizon_days: Option<i64>,
    /// Closes in the forecaster's context.
    #[schema(minimum = 2, maximum = 5000, default = 180)]
    pub context_days: Option<i64>,
    /// The as-of date: nothing later is used.
    #[schema(value_type = Option<String>, format = Date)]
    pub as_of: Option<NaiveDate>,
    /// Sample paths; without it, as many as the model needs.
    #[schema(minimum = 1, maximum = 256)]
    pub samples: Option<i64>,
    /// The same seed gives the same analysis.
    #[schema(minimum = 0, default = 0)]
    pub seed: Option<u64>,
    /// Your own closes, one a day, in place of a source's.
    #[schema(min_items = 2, max_items = 10000)]
    pub prices: Option<Vec<GivenBar>>,
    /// Your own headlines, in place of the news services'.
    #[schema(max_items = 500)]
    pub headlines: Option<Vec<GivenHeadline>>,
    /// How many headlines are read, the newest first.
    #[schema(minimum = 1, maximum = 200, default = 20)]
    pub max_headlines: Option<i64>,
    /// The stages to run; all by default.
    #[schema(schema_with = stage_names)]
    pub stages: Option<Vec<String>>,
    /// The language of the report and of what code says about it: `en` or `de`. Code writes the report where
    /// the reporter does not write the language.
    #[schema(pattern = "^(en|de)$", default = "en")]
    pub language: Option<String>,
    /// With true, an analysis that cannot be stored is answered with 507; with false, it is not stored. Left out, it is stored where that
    /// is possible, and a warning says where it was not.
    pub store: Option<bool>,
    /// Answer with Server-Sent Events.
    #[schema(default = false)]
    pub stream: Option<bool>,
    /// With true, the work goes on when the client leaves: `GET /v1/runs/{id}` tells its events again, `DELETE` ends it. The header
    /// `x-tripod-run` of a stream has the id.
    #[schema(default = false)]
    pub background: Option<bool>,
}

/// One day of a client's own prices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenBar {
    /// The trading day.
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// Close, adjusted for splits.
    #[schema(exclusive_minimum = 0)]
    pub close: f64,
    /// First price of the day.
    #[schema(exclusive_minimum = 0)]
    pub open: Option<f64>,
    /// Highest price of the day.
    #[schema(exclusive_minimum = 0)]
    pub high: Option<f64>,
    /// Lowest price of the day.
    #[schema(exclusive_minimum = 0)]
    pub low: Option<f64>,
    /// Shares traded.
    pub volume: Option<u64>,
}

/// A checked question. Equal questions have the same answer, so they share a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The security.
    pub ticker: Ticker,
    /// The as-of date; `None` for the newest bar.
    pub as_of: Option<NaiveDate>,
    /// Horizon, context, samples, seed and stages.
    pub options: JobOptions,
    /// The client's own prices, in place of a source's.
    pub series: Option<Series>,
    /// The client's own headlines, in place of the news services'.
    pub headlines: Option<Vec<Headline>>,
    /// Whether the client asked for it to be stored, or not to be.
    pub store: Option<bool>,
    /// The windows of a backtest; `None` for a forecast of the days to come.
    pub backtest: Option<RollingPlan>,
}

/// How a question was asked.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// Whether its run goes on when every reader has left.
    pub background: bool,
    /// The fields of the request as JSON, which are stored with the answer.
    pub inputs: Option<String>,
}

impl Asking {
    /// How a request's body asks; `body` is the whole of it.
    pub fn of(body: &impl Serialize, background: Option<bool>) -> Self {
        let fields = serde_json::to_value(body).ok();
        let kept = fields.and_then(|fields| match fields {
            serde_json::Value::Object(mut fields) => {
                fields.retain(|name, value| {
                    !value.is_null() && !["stream", "background", "store"].contains(&name.as_str())
                });
                Some(serde_json::Value::Object(fields).to_string())
            }
            _ => None,
        });
        Asking {
            background: background.unwrap_or(false),
            inputs: kept,
        }
    }
}

/// The rolling origins of a backtest; the newest is the question's as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RollingPlan {
    /// The number of windows.
    pub origins: usize,
    /// Trading days from one origin to the next.
    pub stride: usize,
}

impl RollingPlan {
    /// A single window.
    pub const SINGLE: RollingPlan = RollingPlan { origins: 1, stride: 1 };
}

/// The most prices that a request may bring.
const MOST_BARS: usize = 10_000;

/// The most headlines that are read.
const MOST_READ: i64 = MOST_HEADLINES_READ as i64;

/// The most headlines that a request may bring.
const MOST_HEADLINES: usize = 500;

impl Question {
    /// An analysis of a ticker with the server's default options.
    pub fn about(ticker: Ticker, defaults: &JobOptions) -> Self {
        Question {
            ticker,
            as_of: None,
            options: defaults.clone(),
            series: None,
            headlines: None,
            store: None,
            backtest: None,
        }
    }

    /// The stages that run; a backtest of several windows runs the forecast alone.
    pub fn stages(&self) -> Vec<StageName> {
        match self.backtest {
            Some(plan) if plan.origins > 1 => vec![StageName::FORECAST],
            _ => self.options.stages.clone(),
        }
    }

    /// How many jobs it takes, one for each window.
    pub fn windows(&self) -> u32 {
        self.backtest
            .map_or(1, |plan| u32::try_from(plan.origins).unwrap_or(u32::MAX))
    }

    /// Checks a body; options that it leaves out come from `defaults`.
    ///
    /// # Errors
    ///
    /// [`ApiError::Invalid`] with the field at fault.
    pub fn read(body: AnalyzeBody, defaults: &JobOptions) -> Result<Self, ApiError> {
        let today = Utc::now().date_naive();
        if let Some(as_of) = body.as_of.filter(|&as_of| as_of > today) {
            return Err(ApiError::invalid("as_of", format!("as_of {as_of} is in the future")));
        }
        let ticker = match (&body.ticker, &body.prices) {
            (Some(text), _) => ticker(text)?,
            (None, Some(_)) => ticker("PRICES")?,
            (None, None) => {
                return Err(ApiError::invalid(
                    "ticker",
                    "give a ticker, such as \"AAPL\" or a Yahoo Finance link, or your own prices",
                ));
            }
        };
        let stages = match body.stages {
            None => defaults.stages.clone(),
            Some(names) => stages(&names)?,
        };
        let options = JobOptions {
            horizon: within("horizon_days", body.horizon_days, 1, 90, defaults.horizon)?,
            context: within("context_days", body.context_days, 2, 5000, defaults.context)?,
            samples: match body.samples {
                None => defaults.samples,
                given => Some(within("samples", given, 1, 256, 1)?),
            },
            seed: body.seed.unwrap_or(defaults.seed),
            stages,
            costs: defaults.costs,
            language: body.language.as_deref().map_or(Ok(defaults.language), language)?,
            max_headlines: within(
                "max_headlines",
                body.max_headlines,
                1,
                MOST_READ,
                defaults.max_headlines,
            )?,
            first_day: false,
        };
        let own_prices = body.prices.is_some();
        let series = body.prices.map(|prices| series(&ticker, &prices)).transpose()?;
        let headlines = match body.headlines {
            Some(given) => Some(headlines(given, &ticker, body.as_of.unwrap_or(today))?),
            // Without a ticker there are no headlines to look for.
            None if own_prices && body.ticker.is_none() => Some(Vec::new()),
            None => None,
        };
        Ok(Question {
            ticker,
            as_of: body.as_of,
            options,
            series,
            headlines,
            store: body.store,
            backtest: None,
        })
    }
}

/// The language that a request names.
fn language(code: &str) -> Result<Locale, ApiError> {
    code.parse()
        .map_err(|unknown: UnknownLocale| ApiError::invalid("language", unknown.to_string()))
}

/// The stages that a request names, in the order they run.
fn stages(names: &[String]) -> Result<Vec<StageName>, ApiError> {
    if names.is_empty() {
        let all: Vec<&str> = STAGES.names().into_iter().map(StageName::as_str).collect();
        let message = format!("name at least one of {}", all.join(", "));
        return Err(ApiError::invalid("stages", message));
    }
    let read = |(index, name): (usize, &String)| {
        let unknown = |error: UnknownStage| ApiError::invalid(format!("stages[{index}]"), error.to_string());
        STAGES.read(name).map_err(unknown)
    };
    let named = names.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(STAGES.in_order(&named))
}

/// The names of the stages, as the table has them, in the description of the routes.
fn stage_names() -> Array {
    let names = STAGES.names().into_iter().map(StageName::as_str);
    let one = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
    ArrayBuilder::new()
        .items(one)
        .min_items(Some(1))
        .max_items(Some(STAGES.rows().len()))
        .description(Some("The stages to run; all by default."))
        .build()
}

/// Reads a symbol or link in a request.
///
/// # Errors
///
/// [`ApiError::Invalid`] with what is wrong with it.
pub fn ticker(text: &str) -> Result<Ticker, ApiError> {
    Ticker::parse(text).map_err(|error| ApiError::invalid("ticker", error.to_string()))
}

/// Checks a number against its range.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the range.
pub fn within(param: &str, value: Option<i64>, least: i64, most: i64, default: usize) -> Result<usize, ApiError> {
    match value {
        None => Ok(default),
        Some(value) if (least..=most).contains(&value) => Ok(usize::try_from(value).unwrap_or(default)),
        Some(value) => Err(ApiError::invalid(
            param,
            format!("{param} must be {least} to {most}, not {value}"),
        )),
    }
}

fn series(ticker: &Ticker, prices: &[GivenBar]) -> Result<Series, ApiError> {
    if prices.len() < 2 || prices.len() > MOST_BARS {
        return Err(ApiError::invalid(
            "prices",
            format!("prices must have 2 to {MOST_BARS} days, not {}", prices.len()),
        ));
    }
    let mut bars = Vec::with_capacity(prices.len());
    for (index, price) in prices.iter().enumerate() {
        let figures = [
            ("close", Some(price.close)),
            ("open", price.open),
            ("high", price.high),
            ("low", price.low),
        ];
        for (name, value) in figures {
            if value.is_some_and(|value| !value.is_finite() || value <= 0.0 || value > 1e9) {
                let param = format!("prices[{index}].{name}");
                let message = format!("{param} must be above 0 and at most 1e9");
                return Err(ApiError::invalid(param, message));
            }
        }
        bars.push(Bar {
            date: price.date,
            open: price.open,
            high: price.high,
            low: price.low,
            close: price.close,
            volume: price.volume,
        });
    }
    bars.sort_by_key(|bar| bar.date);
    if let Some(pair) = bars.windows(2).find(|pair| pair[0].date == pair[1].date) {
        return Err(ApiError::invalid(
            "prices",
            format!("prices has {} twice: keep one a day", pair[0].date),
        ));
    }
    Ok(Series {
        ticker: ticker.clone(),
        company: None,
        currency: "USD".into(),
        exchange: None,
        bars,
        source: SourceKind::Request,
        warnings: vec!["the prices came with the request and are taken for US dollars".into()],
        events: crate::market::Events::default(),
        doubts: Vec::new(),
    })
}

/// Cleans a client's own headlines.
///
/// # Errors
///
/// [`ApiError::Invalid`] for a headline without words or with an unreadable date.
pub fn headlines(given: Vec<GivenHeadline>, ticker: &Ticker, as_of: NaiveDate) -> Result<Vec<Headline>, ApiError> {
    if given.len() > MOST_HEADLINES {
        return Err(ApiError::invalid(
            "headlines",
            format!("at most {MOST_HEADLINES} headlines, not {}", given.len()),
        ));
    }
    let query = NewsQuery::new(ticker.clone(), None, as_of);
    let news = from_given(given, &query).map_err(|error| ApiError::invalid("headlines", error.to_string()))?;
    Ok(news.headlines)
}
