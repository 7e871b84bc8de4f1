//! `adapter_config.json`: ranks and scales. What goes beyond plain LoRA is refused by its key.

use std::collections::BTreeMap;

use regex::RegexBuilder;
use serde::Deserialize;

use crate::convert::checkpoint::Folder;
use crate::convert::error::ConvertError;

const CONFIG: &str = "adapter_config.json";
/// Bytes of the longest file.
const LARGEST: u64 = 4 << 20;
/// Bytes of the largest compiled pattern.
const LARGEST_PATTERN: usize = 1 << 20;

/// The keys that matter.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    peft_type: String,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    rank_pattern: Option<BTreeMap<String, usize>>,
    #[serde(default)]
    alpha_pattern: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    use_dora: bool,
    #[serde(default)]
    fan_in_fan_out: bool,
    #[serde(default)]
    lora_bias: bool,
    bias: Option<String>,
    modules_to_save: Option<Vec<String>>,
}

impl Settings {
    /// # Errors
    /// [`ConvertError::Unsupported`] for another kind of adapter, [`ConvertError::Damaged`] for an impossible value.
    pub(super) fn read(folder: &Folder) -> Result<Self, ConvertError> {
        let settings: Settings = folder.required(CONFIG, LARGEST)?;
        let path = folder.path().join(CONFIG);
        if let Some(problem) = settings.beyond_plain_lora() {
            return Err(ConvertError::unsupported(path, problem));
        }
        let alphas = settings.alpha_pattern.iter().flatten().map(|(_, alpha)| *alpha);
        match std::iter::once(settings.lora_alpha)
            .chain(alphas)
            .all(|alpha| alpha > 0.0)
        {
            true => Ok(settings),
            false => Err(ConvertError::damaged(
                path,
                "lora_alpha is not above 0, so that the adapter would do nothing",
            )),
        }
    }

    /// The value of `lora_alpha`.
    pub(super) fn alpha(&self) -> f64 {
        self.lora_alpha
    }

    /// The factor of B A for a module: alpha / rank, or alpha / √rank with rsLoRA (Kalajdzievski 2023).
    ///
    /// # Errors
    /// A rank of the tensors that is not the one of the settings, or a pattern that is no regular expression.
    pub(super) fn scale(&self, module: &str, rank: usize) -> Result<f64, String> {
        let expected = matching(self.rank_pattern.as_ref(), module)?.unwrap_or(self.r);
        if expected != rank {
            return Err(format!("{module} has the rank {rank}, and {CONFIG} says {expected}"));
        }
        let alpha = matching(self.alpha_pattern.as_ref(), module)?.unwrap_or(self.lora_alpha);
        Ok(match self.use_rslora {
            true => alpha / (rank as f64).sqrt(),
            false => alpha / rank as f64,
        })
    }

    fn beyond_plain_lora(&self) -> Option<String> {
        if self.peft_type != "LORA" {
            return Some(format!("peft_type is {}, and only LORA is converted", self.peft_type));
        }
        if self.bias.as_deref().is_some_and(|bias| bias != "none") {
            return Some("bias is not \"none\": trained biases cannot be added".into());
        }
        if self.modules_to_save.as_ref().is_some_and(|modules| !modules.is_empty()) {
            return Some(
                "modules_to_save names whole modules, which are no LoRA: merge them with PEFT and convert the result"
                    .into(),
            );
        }
        let flags = [
            ("use_dora", self.use_dora),
            ("fan_in_fan_out", self.fan_in_fan_out),
            ("lora_bias", self.lora_bias),
        ];
        let (key, _) = flags.into_iter().find(|(_, set)| *set)?;
        Some(format!("{key} is true: merge it with PEFT and convert the result"))
    }
}

/// The value of the first pattern that matches the end of the module's name, as PEFT matches.
fn matching<T: Copy>(patterns: Option<&BTreeMap<String, T>>, module: &str) -> Result<Option<T>, String> {
    for (pattern, value) in patterns.into_iter().flatten() {
        let expression = RegexBuilder::new(&format!(r"^(?:.*\.)?(?:{pattern})$"))
            .size_limit(LARGEST_PATTERN)
            .build()
            .map_err(|_| format!("`{pattern}` of {CONFIG} is no regular expression"))?;
        if expression.is_match(module) {
            return Ok(Some(*value));
        }
    }
    Ok(None)
}

/// Reads the file and forgets it.
#[cfg(any(test, fuzzing))]
pub(in crate::convert) fn fuzz(folder: &Folder) -> Result<(), ConvertError> {
    Settings::read(folder).map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(more: &str) -> Settings {
        serde_json::from_str(&format!(r#"{{"peft_type":"LORA","r":8,"lora_alpha":16{more}}}"#)).unwrap()
    }

    #[test]
    fn the_scale_follows_rank_alpha_and_their_patterns() {
        let module = "model.layers.3.self_attn.q_proj";
        assert_eq!(settings("").scale(module, 8), Ok(2.0));
        assert_eq!(
            settings(r#","use_rslora":true,"r":8"#.split(r#","r""#).next().unwrap()).scale(module, 8),
            Ok(16.0 / 8f64.sqrt())
        );
        let patterns = settings(r#","rank_pattern":{"q_proj":4},"alpha_pattern":{"layers\\.3\\..*":1,"v_proj":5}"#);
        assert_eq!(patterns.scale(module, 4), Ok(0.25));
        assert_eq!(patterns.scale("model.layers.4.self_attn.v_proj", 8), Ok(5.0 / 8.0));
        assert!(patterns.scale(module, 8).unwrap_err().contains("says 4"));
        assert_eq!(
            patterns.scale("model.layers.4.self_attn.my_q_proj", 8),
            Ok(2.0),
            "whole components only"
        );
    }

    #[test]
    fn what_is_not_plain_lora_is_refused_by_its_key() {
        for (more, key) in [
            (r#","use_dora":true"#, "use_dora"),
            (r#","modules_to_save":["lm_head"]"#, "modules_to_save"),
            (r#","bias":"all""#, "bias"),
        ] {
            assert!(settings(more).beyond_plain_lora().unwrap().contains(key));
        }
        assert_eq!(
            settings(r#","bias":"none","modules_to_save":null"#).beyond_plain_lora(),
            None
        );
    }
}
