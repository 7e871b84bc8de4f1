//! LoRA adapters: the base with an adapter computes what the merged file computes, nothing of it is left for the next arena, and
//! an adapter for another base is refused.

use std::path::{Path, PathBuf};

use tripod::analysis::{AdapterRef, LedgerRow, ModelRef, StageName};
use tripod::convert::{GgufValue, TensorType};
use tripod::engine::{
    Cancel, Completion, Engine, EngineError, EngineOptions, Generate, Language, LanguageInfo, LanguageWork,
    LlamaOptions, NativeEngine, Prompt, Residency, Sampling, Step, Workload,
};
use tripod::models::{Cache, ResolvedAdapter, Role};

use crate::support;
use crate::tiny_llama::{Tensor, TinyLlama, history, matrix, write};

const BASE: TinyLlama = TinyLlama {
    width: 64,
    layers: 2,
    heads: 2,
    kv_heads: 2,
    feed_forward: 96,
    kind: TensorType::F32,
    seed: 3,
};

const RANK: usize = 4;
const ALPHA: f32 = 6.0;
const ADAPTED: [&str; 3] = ["blk.0.attn_q.weight", "blk.1.attn_v.weight", "blk.1.ffn_down.weight"];

/// The two matrices of each adapted tensor: A with `RANK` rows, B with `RANK` columns.
fn pairs(base: &TinyLlama) -> Vec<(Tensor, Tensor)> {
    let tensors = base.tensors();
    let adapted = tensors.iter().filter(|tensor| ADAPTED.contains(&tensor.name.as_str()));
    let pair = |tensor: &Tensor| {
        let name = |part: &str| format!("{}.{part}", tensor.name);
        let a = matrix(&name("lora_a"), RANK, tensor.columns, 1.0, 8);
        (a, matrix(&name("lora_b"), tensor.rows, RANK, 0.7, 9))
    };
    adapted.map(pair).collect()
}

fn adapter_metadata(architecture: &str) -> Vec<(String, GgufValue)> {
    let text = |text: &str| GgufValue::Text(text.into());
    [
        ("general.type", text("adapter")),
        ("general.architecture", text(architecture)),
        ("adapter.type", text("lora")),
        ("adapter.lora.alpha", GgufValue::F32(ALPHA)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

fn write_adapter(path: &Path, base: &TinyLlama, architecture: &str) {
    let tensors: Vec<Tensor> = pairs(base).into_iter().flat_map(|(a, b)| [a, b]).collect();
    write(path, &adapter_metadata(architecture), &tensors, TensorType::F32);
}

/// W + α/r · B·A in every adapted tensor.
fn merged(base: &TinyLlama) -> Vec<Tensor> {
    let mut tensors = base.tensors();
    for (a, b) in pairs(base) {
        let name = a.name.trim_end_matches(".lora_a");
        let tensor = tensors.iter_mut().find(|tensor| tensor.name == name).unwrap();
        for row in 0..tensor.rows {
            for column in 0..tensor.columns {
                let terms = (0..RANK).map(|rank| b.values[row * RANK + rank] * a.values[rank * a.columns + column]);
                tensor.values[row * tensor.columns + column] += ALPHA / RANK as f32 * terms.sum::<f32>();
            }
        }
    }
    tensors
}

/// A folder with a base, the merged file and an adapter, and an engine that knows them.
struct Files {
    folder: tempfile::TempDir,
    engine: NativeEngine,
}

impl Files {
    fn new(residency: Residency) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        BASE.write(&path("base.gguf"));
        BASE.write_tensors(&path("merged.gguf"), &merged(&BASE));
        write_adapter(&path("adapter.gguf"), &BASE, "llama");
        let wider = TinyLlama { width: 96, ..BASE };
        write_adapter(&path("wider.gguf"), &wider, "llama");
        write_adapter(&path("other.gguf"), &BASE, "qwen2");
        std::fs::write(path("broken.gguf"), b"GGUF but not for long").unwrap();
        let whole = std::fs::read(path("adapter.gguf")).unwrap();
        std::fs::write(path("cut.gguf"), &whole[..whole.len() - 600]).unwrap();
        let mut models = support::own_files(
            folder.path(),
            Role::Forecaster,
            &[&path("base.gguf"), &path("merged.gguf")],
        );
        for name in ["adapter.gguf", "wider.gguf", "other.gguf", "broken.gguf", "cut.gguf"] {
            models = models.with_adapter(Some(&path(name)));
        }
        let engine = NativeEngine::new(EngineOptions {
            llama: LlamaOptions {
                threads: 1,
                ..LlamaOptions::default()
            },
            residency,
            models,
            ..EngineOptions::default()
        });
        Files { folder, engine }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn model(&self, weights: &str, adapter: Option<&str>) -> ModelRef {
        let cache = Cache::at(self.folder.path().join("cache"));
        ModelRef {
            adapter: adapter.map(|name| {
                let found = ResolvedAdapter::of(&cache, &self.path(name)).unwrap();
                AdapterRef {
                    id: found.id,
                    sha256: found.sha256,
                }
            }),
            ..support::own_ref(self.folder.path(), Role::Forecaster, &self.path(weights))
        }
    }

    /// The probabilities of the most probable tokens along the most probable continuation.
    fn probabilities(&mut self, weights: &str, adapter: Option<&str>) -> Vec<(Vec<u8>, f32)> {
        let model = self.model(weights, adapter);
        let mut work = Continue(Vec::new());
        let (row, done) = self
            .engine
            .language(StageName::FORECAST, &model, &Cancel::new(), &mut work, &|_| {});
        done.unwrap();
        assert_eq!(row.unwrap().adapter.as_deref(), model.adapter.as_ref());
        work.0
    }

    fn refusal(&mut self, weights: &str, adapter: &str) -> (Option<LedgerRow>, String) {
        let model = self.model(weights, Some(adapter));
        let mut work = Continue(Vec::new());
        let (row, done) = self
            .engine
            .language(StageName::FORECAST, &model, &Cancel::new(), &mut work, &|_| {});
        (row, done.unwrap_err().to_string())
    }
}

struct Continue(Vec<(Vec<u8>, f32)>);

impl LanguageWork for Continue {
    fn plan(&mut self, _: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        Ok(support::tokens(128, 1))
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let mut request = Generate::one(Prompt::Plain(history(30)), 24);
        request.sampling = Sampling {
            temperature: 0.0,
            ..Sampling::default()
        };
        request.logprobs = Some(5);
        let found = &mut self.0;
        let answer: Vec<Completion> = language.generate(&request, &mut |step| {
            if let Step::Text { tokens, .. } = step {
                let top = tokens.iter().flat_map(|token| &token.top);
                found.extend(top.map(|one| (one.bytes.clone(), one.logprob)));
            }
        })?;
        assert_eq!(answer.len(), 1);
        Ok(())
    }
}

fn assert_close(found: &[(Vec<u8>, f32)], expected: &[(Vec<u8>, f32)]) {
    assert_eq!(found.len(), expected.len());
    for ((token, found), (other, expected)) in found.iter().zip(expected) {
        assert_eq!(token, other);
        assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
    }
}

#[test]
fn an_adapter_changes_the_logits_as_the_merged_weights_do_and_nothing_of_it_stays() {
    for residency in [Residency::Release, Residency::Warm] {
        let mut files = Files::new(residency);
        let base = files.probabilities("base.gguf", None);
        let merged = files.probabilities("merged.gguf", None);
        assert_ne!(base, merged, "the adapter must matter");
        assert_close(&files.probabilities("base.gguf", Some("adapter.gguf")), &merged);
        assert_eq!(files.probabilities("base.gguf", None), base, "it leaked");
        assert_close(&files.probabilities("base.gguf", Some("adapter.gguf")), &merged);
    }
}

#[test]
fn an_adapter_that_does_not_fit_its_base_is_refused_with_its_name_and_the_reason() {
    let mut files = Files::new(Residency::Release);
    for (name, reason) in [
        ("wider.gguf", "shape"),
        ("other.gguf", "qwen2"),
        ("broken.gguf", "header"),
        ("cut.gguf", "incomplete"),
    ] {
        let (_, message) = files.refusal("base.gguf", name);
        assert!(message.contains(name) && message.contains(reason), "{name}: {message}");
    }
}

#[test]
fn the_need_counts_the_adapter() {
    let mut files = Files::new(Residency::Release);
    let need = |files: &mut Files, adapter: Option<&str>| {
        let model = files.model("base.gguf", adapter);
        let mut work = Continue(Vec::new());
        let (row, _) = files
            .engine
            .language(StageName::FORECAST, &model, &Cancel::new(), &mut work, &|_| {});
        row.unwrap().weights_bytes
    };
    let bytes = std::fs::metadata(files.path("adapter.gguf")).unwrap().len();
    assert_eq!(need(&mut files, Some("adapter.gguf")), need(&mut files, None) + bytes);
}
