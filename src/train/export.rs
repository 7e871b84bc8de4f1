//! A trained llama as a GGUF file with its manifest beside it: weights and the vocabulary of a prompt format in, files that the
//! engine loads out.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::error::TrainError;
use super::model::llama::{Llama, LlamaConfig};
use super::weights;
use crate::convert::{GgufValue, GgufWriter, TensorInfo, TensorType};
use crate::formats::{PieceKind, PromptFormat};
use crate::models::{
    Calibration, Format, FormatName, Manifest, ModelFile, Part, PathSampling, Role, Source, hash_file,
};

/// What the files say of a model besides its weights.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its name: `a-z`, `0-9`, `.`, `_`, `-`.
    pub id: String,
    /// SPDX expression, or the licence's name.
    pub licence: String,
    /// What it is and how it was trained, in a sentence or three.
    pub description: String,
    /// The format of its prompts, whose vocabulary it has.
    pub format: PromptFormat,
    /// The last day that its training data cover; `None` for simulated prices alone.
    pub trained_until: Option<NaiveDate>,
}

/// The files that were written.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The GGUF file.
    pub weights: PathBuf,
    /// Its manifest.
    pub manifest: PathBuf,
}

/// Writes `ID.gguf` and `ID.toml` into a folder.
///
/// # Errors
///
/// If the model's vocabulary is not that of the format, or a file cannot be written.
pub fn export(model: &mut Llama, card: &Card, folder: &Path) -> Result<Exported, TrainError> {
    let weights = folder.join(format!("{}.gguf", card.id));
    let manifest = folder.join(format!("{}.toml", card.id));
    write_weights(model, card, &weights)?;
    let text = manifest_text(model.config(), card, &weights)?;
    let written = tempfile::Builder::new()
        .prefix(".manifest-")
        .tempfile_in(folder)
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.persist(&manifest).map_err(std::io::Error::from)
        });
    written.map_err(|error| TrainError::file(&manifest, error))?;
    Ok(Exported { weights, manifest })
}

fn write_weights(model: &mut Llama, card: &Card, path: &Path) -> Result<(), TrainError> {
    let config = model.config().clone();
    let metadata = metadata(&config, card)?;
    let (layout, values) = weights::read(model)?;
    let tensors = layout
        .entries
        .iter()
        .map(|entry| {
            Ok(TensorInfo {
                name: gguf_name(&entry.name)?,
                shape: entry.shape.iter().rev().copied().collect(),
                kind: TensorType::F32,
            })
        })
        .collect::<Result<Vec<_>, TrainError>>()?;
    let mut writer = GgufWriter::create(path, &metadata, &tensors)?;
    for entry in &layout.entries {
        let values = &values[entry.range.clone()];
        let heads = if entry.name.ends_with("q_proj.weight") {
            config.heads
        } else if entry.name.ends_with("k_proj.weight") {
            config.kv_heads
        } else {
            writer.tensor(values)?;
            continue;
        };
        writer.tensor(&interleaved(values, heads, config.head(), config.width))?;
    }
    Ok(writer.finish()?)
}

/// The rows of a query or key projection in the order that llama.cpp wants: it turns neighbouring dimensions together, Hugging
/// Face dimension `i` with `i + half`.
fn interleaved(values: &[f32], heads: usize, head: usize, width: usize) -> Vec<f32> {
    let half = head / 2;
    let rows = (0..heads).flat_map(|number| (0..half).flat_map(move |i| [number * head + i, number * head + half + i]));
    rows.flat_map(|row| &values[row * width..(row + 1) * width])
        .copied()
        .collect()
}

/// llama.cpp's name of a parameter.
fn gguf_name(name: &str) -> Result<String, TrainError> {
    let unknown = || TrainError::Parameter {
        name: name.into(),
        reason: "llama.cpp knows no such part of a llama".into(),
    };
    let whole = match name {
        "model.embed_tokens.weight" => Some("token_embd.weight"),
        "model.norm.weight" => Some("output_norm.weight"),
        "lm_head.weight" => Some("output.weight"),
        _ => None,
    };
    if let Some(whole) = whole {
        return Ok(whole.into());
    }
    let (layer, part) =
        (name.strip_prefix("model.layers.").and_then(|rest| rest.split_once('.'))).ok_or_else(unknown)?;
    let part = match part {
        "input_layernorm.weight" => "attn_norm",
        "self_attn.q_proj.weight" => "attn_q",
        "self_attn.k_proj.weight" => "attn_k",
        "self_attn.v_proj.weight" => "attn_v",
        "self_attn.o_proj.weight" => "attn_output",
        "post_attention_layernorm.weight" => "ffn_norm",
        "mlp.gate_proj.weight" => "ffn_gate",
        "mlp.up_proj.weight" => "ffn_up",
        "mlp.down_proj.weight" => "ffn_down",
        _ => return Err(unknown()),
    };
    Ok(format!("blk.{layer}.{part}.weight"))
}

fn metadata(config: &LlamaConfig, card: &Card) -> Result<Vec<(String, GgufValue)>, TrainError> {
    let format = card.format;
    let vocabulary = format.vocabulary().ok_or_else(|| {
        TrainError::Options(format!(
            "{format} has no vocabulary of its own, so no model can be trained from scratch for it"
        ))
    })?;
    let pieces = vocabulary.pieces();
    if pieces.len() != config.vocabulary {
        return Err(TrainError::Options(format!(
            "the model has {} tokens and {format} has {}",
            config.vocabulary,
            pieces.len()
        )));
    }
    let number = |value: usize| GgufValue::U32(value as u32);
    let kind = |kind: PieceKind| match kind {
        PieceKind::Unknown => 2,
        PieceKind::Control => 3,
        PieceKind::Word => 4,
        PieceKind::Byte => 6,
    };
    let texts = pieces.iter().map(|piece| piece.text.clone()).collect();
    let kinds = pieces.iter().map(|piece| kind(piece.kind)).collect();
    let entries = [
        ("general.architecture", GgufValue::Text("llama".into())),
        ("general.type", GgufValue::Text("model".into())),
        ("general.name", GgufValue::Text(card.id.clone())),
        ("general.license", GgufValue::Text(card.licence.clone())),
        ("general.description", GgufValue::Text(card.description.clone())),
        ("general.file_type", GgufValue::U32(0)),
        ("llama.vocab_size", number(config.vocabulary)),
        ("llama.context_length", number(config.context)),
        ("llama.embedding_length", number(config.width)),
        ("llama.block_count", number(config.layers)),
        ("llama.feed_forward_length", number(config.ffn)),
        ("llama.attention.head_count", number(config.heads)),
        ("llama.attention.head_count_kv", number(config.kv_heads)),
        (
            "llama.attention.layer_norm_rms_epsilon",
            GgufValue::F32(config.norm_epsilon as f32),
        ),
        ("llama.rope.dimension_count", number(config.head())),
        ("llama.rope.freq_base", GgufValue::F32(config.rope_theta as f32)),
        ("tokenizer.ggml.model", GgufValue::Text("llama".into())),
        ("tokenizer.ggml.tokens", GgufValue::Texts(texts)),
        ("tokenizer.ggml.scores", GgufValue::F32s(vec![0.0; pieces.len()])),
        ("tokenizer.ggml.token_type", GgufValue::I32s(kinds)),
        ("tokenizer.ggml.bos_token_id", GgufValue::U32(vocabulary.bos())),
        ("tokenizer.ggml.eos_token_id", GgufValue::U32(vocabulary.eos())),
        ("tokenizer.ggml.unknown_token_id", GgufValue::U32(0)),
        ("tokenizer.ggml.add_bos_token", GgufValue::Bool(true)),
        ("tokenizer.ggml.add_eos_token", GgufValue::Bool(false)),
        ("tokenizer.ggml.add_space_prefix", GgufValue::Bool(false)),
    ];
    Ok(entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect())
}

fn manifest_text(config: &LlamaConfig, card: &Card, weights: &Path) -> Result<String, TrainError> {
    let (sha256, bytes) = hash_file(weights).map_err(|error| TrainError::file(weights, error))?;
    let name = format!("{}.gguf", card.id);
    let format = FormatName::try_from(card.format.to_string()).map_err(TrainError::Options)?;
    let manifest = Manifest {
        id: card.id.clone(),
        roles: vec![Role::Forecaster],
        format: Format::Gguf,
        remote: None,
        report_sampling: crate::models::ReportSampling::default(),
        profiles: Vec::new(),
        on_request: Vec::new(),
        licence: card.licence.clone(),
        description: card.description.clone(),
        context: Some(config.context as u32),
        prompt_format: Some(format),
        chat_template: None,
        labels: Vec::new(),
        zero_shot: false,
        trained_until: card.trained_until,
        base: None,
        merged: None,
        // The model has learned the distribution of what follows; cutting it would make the bands too narrow.
        sampling: PathSampling {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            paths: 0,
        },
        measured: Vec::new(),
        calibration: Calibration::default(),
        quotes_figures: true,
        languages: vec!["en".to_owned()],
        writes_prose: true,
        random_weights: false,
        files: vec![ModelFile {
            name: name.clone(),
            part: Part::Weights,
            bytes: Some(bytes),
            sha256: Some(sha256),
            platform: None,
            sources: vec![Source::File { path: name, hint: None }],
        }],
        directory: None,
    };
    let text = toml::to_string(&manifest).map_err(|error| TrainError::Options(format!("the manifest: {error}")))?;
    // What would be refused later is refused now.
    Manifest::parse(&text, &card.id).map_err(|error| TrainError::Options(error.to_string()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_that_turn_together_become_neighbours() {
        // Two heads of four dimensions over a width of one: the value of a row is its number.
        let rows: Vec<f32> = (0..8_u8).map(f32::from).collect();
        assert_eq!(interleaved(&rows, 2, 4, 1), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    }
}
