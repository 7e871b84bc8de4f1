//! The parameters that chat and text completion share: sampling, stop texts, and numbers checked against their ranges.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::request::Stop;
use crate::engine::Sampling;
use crate::serve::http::ApiError;

const MAX_BIASES: usize = 300;
const MAX_STOPS: usize = 4;
const MAX_STOP_CHARACTERS: usize = 200;
/// Below this temperature the best token is practically certain and the scaled logits might overflow; it is treated as 0.
const LOWEST_TEMPERATURE: f32 = 1e-4;

/// The sampling parameters of a request.
pub(super) struct SamplingFields<'a> {
    pub(super) temperature: Option<f64>,
    /// The temperature of a request without one.
    pub(super) default_temperature: f32,
    pub(super) top_p: Option<f64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) logit_bias: Option<&'a BTreeMap<String, f64>>,
}

impl SamplingFields<'_> {
    /// Checks the parameters. The seed is 0 until the caller sets one.
    pub(super) fn sampling(&self) -> Result<Sampling, ApiError> {
        let top_p = number("top_p", self.top_p, 0.0..=1.0)?;
        if top_p == Some(0.0) {
            return Err(ApiError::invalid("top_p", "top_p must be more than 0"));
        }
        let temperature = number("temperature", self.temperature, 0.0..=2.0)?;
        let is_default = temperature.is_none() && top_p.is_none();
        let temperature = temperature.unwrap_or(self.default_temperature);
        Ok(Sampling {
            temperature: if temperature < LOWEST_TEMPERATURE {
                0.0
            } else {
                temperature
            },
            top_k: 0,
            top_p: top_p.unwrap_or(1.0),
            // A client that sets temperature or top_p gets exactly that distribution.
            min_p: if is_default { 0.05 } else { 0.0 },
            repeat_penalty: 1.0,
            repeat_window: 0,
            presence_penalty: number("presence_penalty", self.presence_penalty, -2.0..=2.0)?.unwrap_or(0.0),
            frequency_penalty: number("frequency_penalty", self.frequency_penalty, -2.0..=2.0)?.unwrap_or(0.0),
            logit_bias: self.logit_bias.map_or(Ok(Vec::new()), biases)?,
            seed: 0,
        })
    }
}

/// Checks the texts that end an answer.
pub(super) fn stop(stop: Option<&Stop>) -> Result<Vec<String>, ApiError> {
    let texts = match stop {
        None => return Ok(Vec::new()),
        Some(Stop::One(text)) => vec![text.clone()],
        Some(Stop::Many(texts)) => texts.clone(),
    };
    let fits = |text: &String| (1..=MAX_STOP_CHARACTERS).contains(&text.chars().count());
    if texts.len() > MAX_STOPS || !texts.iter().all(fits) {
        return Err(ApiError::invalid(
            "stop",
            format!("at most {MAX_STOPS} stop texts of 1 to {MAX_STOP_CHARACTERS} characters are taken"),
        ));
    }
    Ok(texts)
}

/// Checks a whole number against its range.
pub(super) fn integer(param: &str, value: Option<i64>, range: RangeInclusive<i64>) -> Result<Option<usize>, ApiError> {
    let Some(value) = value else { return Ok(None) };
    match usize::try_from(value) {
        Ok(fits) if range.contains(&value) => Ok(Some(fits)),
        _ => Err(ApiError::invalid(
            param,
            format!("{param} must be from {} to {}, not {value}", range.start(), range.end()),
        )),
    }
}

/// Checks `top_k`, which OpenAI's API has not; 0 keeps all tokens.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming `param`.
pub fn top_k(param: &str, value: Option<i64>) -> Result<Option<i32>, ApiError> {
    let checked = integer(param, value, 0..=1_000_000)?;
    Ok(checked.and_then(|value| i32::try_from(value).ok()))
}

/// Checks a number against its range.
pub fn number(param: &str, value: Option<f64>, range: RangeInclusive<f64>) -> Result<Option<f32>, ApiError> {
    match value {
        None => Ok(None),
        Some(value) if range.contains(&value) => Ok(Some(value as f32)),
        Some(value) => Err(ApiError::invalid(
            param,
            format!("{param} must be from {} to {}, not {value}", range.start(), range.end()),
        )),
    }
}

fn biases(biases: &BTreeMap<String, f64>) -> Result<Vec<(i32, f32)>, ApiError> {
    if biases.len() > MAX_BIASES {
        return Err(ApiError::invalid(
            "logit_bias",
            format!("at most {MAX_BIASES} tokens are taken"),
        ));
    }
    let bias = |(token, value): (&String, &f64)| {
        let id = token.parse::<i32>().ok().filter(|id| *id >= 0);
        match id {
            Some(id) if (-100.0..=100.0).contains(value) => Ok((id, *value as f32)),
            _ => Err(ApiError::invalid(
                "logit_bias",
                "logit_bias must map token ids to numbers from -100 to 100",
            )),
        }
    };
    biases.iter().map(bias).collect()
}
