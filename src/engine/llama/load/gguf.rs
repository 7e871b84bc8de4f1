//! A GGUF file. Its header and vocabulary are loaded first, its weights later: the vocabulary gives exact token counts and the
//! metadata gives the memory need, so that a stage is planned or refused before anything large is read.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};

use super::large_pages::LargePages;
use super::shape::Shape;
use super::small;
use super::tokens::{Tokens, tokenize};
use super::weights::Weights;
use super::{adapter, gpu};
use crate::engine::calls::CallFormat;
use crate::engine::cancel::Cancel;
use crate::engine::capabilities::Capabilities;
use crate::engine::error::EngineError;
use crate::engine::ggml::{self, backend};
use crate::engine::language::LanguageInfo;
use crate::engine::llama::sample::Schemas;
use crate::engine::llama::tuning::MOST_SMALL_WEIGHTS;
use crate::engine::request::Prompt;

/// The most bytes of the header of a small model.
const LARGEST_SMALL_HEADER: u64 = 4 << 20;

/// A GGUF file with its vocabulary and, after [`Gguf::load_weights`], its weights.
#[derive(Debug)]
pub(crate) struct Gguf {
    path: PathBuf,
    file_bytes: u64,
    second_embedding: u64,
    /// The model loaded without weights.
    vocabulary: LlamaModel,
    /// The model loaded without vocabulary.
    weights: Option<LlamaModel>,
    /// The same weights, loaded for [`small_llama`] instead.
    small: Option<small_llama::Model>,
    /// The adapter to load with the weights, and the size of its file.
    adapter_file: Option<(PathBuf, u64)>,
    /// The loaded adapter. llama.cpp frees it with the weights.
    adapter: Option<Mutex<LlamaLoraAdapter>>,
    template: Option<String>,
    schemas: Schemas,
}

impl Gguf {
    /// Opens a file without its weights. `template` overrides the chat template inside it.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] naming the file if it is missing, is not a GGUF file, has a truncated header or an unknown
    /// architecture.
    pub(crate) fn open(path: &Path, template: Option<&str>) -> Result<Self, EngineError> {
        let file_bytes = check_magic(path)?;
        let vocabulary = load(path, &LlamaModelParams::default().with_vocab_only(true))?;
        let template = template.map(str::to_owned).or_else(|| {
            let own = vocabulary.chat_template(None).ok()?;
            own.to_str().ok().map(str::to_owned)
        });
        Ok(Gguf {
            path: path.to_owned(),
            file_bytes,
            second_embedding: gpu::second_embedding(path),
            vocabulary,
            weights: None,
            small: None,
            adapter_file: None,
            adapter: None,
            template,
            schemas: Schemas::default(),
        })
    }

    /// Replaces the chat template if one is given.
    pub(crate) fn with_template(mut self, template: Option<&str>) -> Self {
        if let Some(template) = template {
            self.template = Some(template.to_owned());
        }
        self
    }

    /// The same file with an adapter, which is loaded with the weights.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] naming the adapter if it is none for a model of this architecture.
    pub(crate) fn with_adapter(mut self, path: &Path) -> Result<Self, EngineError> {
        let bytes = check_magic(path)?;
        adapter::check(path, &self.architecture()).map_err(|reason| load_error(path, reason))?;
        self.adapter_file = Some((path.to_owned(), bytes));
        Ok(self)
    }

    /// The size of the adapter's file; 0 without an adapter.
    pub(crate) fn adapter_bytes(&self) -> u64 {
        self.adapter_file.as_ref().map_or(0, |(_, bytes)| *bytes)
    }

    /// Loads the weights and sends the fraction done, 0–1, to `progress`. Setting `cancel` stops the load.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] with llama.cpp's reason, or [`EngineError::Cancelled`].
    pub(crate) fn load_weights(
        mut self,
        use_mmap: bool,
        gpu_layers: u32,
        cancel: &Cancel,
        progress: &mpsc::Sender<f32>,
    ) -> Result<Self, EngineError> {
        let mut pages = LargePages::before_allocating();
        ggml::clear();
        let weights = Weights {
            path: &self.path,
            architecture: &self.architecture(),
            tokens: self.vocabulary.n_vocab(),
            use_mmap,
            gpu_layers,
        };
        let loaded = weights.load(|fraction| {
            // At the first call all buffers are allocated and still empty.
            pages.take();
            // The receiver may be gone; loading continues without progress reports.
            let _ = progress.send(fraction);
            !cancel.is_cancelled()
        });
        if loaded.is_none() {
            return Err(if cancel.is_cancelled() {
                EngineError::Cancelled
            } else {
                refused(&self.path)
            });
        }
        self.small = None;
        self.weights = loaded;
        self.load_adapter()?;
        Ok(self)
    }

    /// Loads the adapter. llama.cpp compares its tensors with those of the base.
    fn load_adapter(&mut self) -> Result<(), EngineError> {
        self.adapter = None;
        if let (Some((path, _)), Some(weights)) = (&self.adapter_file, &mut self.weights) {
            ggml::clear();
            let loaded = weights.lora_adapter_init(path).map_err(|_| {
                let reason = ggml::faults_or("llama.cpp rejected this adapter and gave no reason");
                let base = self.path.display();
                load_error(path, format!("it is no adapter for {base}: {reason}"))
            })?;
            self.adapter = Some(Mutex::new(loaded));
        }
        Ok(())
    }

    /// The shape of a model small enough for [`small_llama`]; `None` for all others.
    pub(crate) fn small_shape(&self) -> Option<small_llama::Shape> {
        if self.adapter_file.is_some() {
            return None;
        }
        // A large header takes a while to read, so a large file is not opened.
        if self.file_bytes > MOST_SMALL_WEIGHTS * 4 + LARGEST_SMALL_HEADER {
            return None;
        }
        small::shape(&self.path, usize::try_from(self.vocabulary.n_vocab()).ok()?)
    }

    /// Loads the weights for [`small_llama`].
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] with the tensor at fault.
    pub(crate) fn load_small(mut self, shape: small_llama::Shape) -> Result<Self, EngineError> {
        self.weights = None;
        self.small = Some(small::read(&self.path, shape)?);
        Ok(self)
    }

    /// The weights loaded for [`small_llama`].
    pub(crate) fn small(&self) -> Option<&small_llama::Model> {
        self.small.as_ref()
    }

    /// Whether llama.cpp has loaded the weights.
    pub(crate) fn is_loaded(&self) -> bool {
        self.weights.is_some()
    }

    /// Opens a context over the weights, with the adapter if there is one.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] with llama.cpp's reason.
    pub(crate) fn new_context(&self, params: LlamaContextParams) -> Result<LlamaContext<'_>, EngineError> {
        ggml::clear();
        let opened = self
            .weights
            .as_ref()
            .and_then(|weights| weights.new_context(backend().ok()?, params).ok());
        let mut context = opened.ok_or_else(|| EngineError::Native {
            operation: "opening a llama.cpp context",
            reason: ggml::faults_or("llama.cpp gave no reason; a smaller context may fit"),
        })?;
        if let Some(adapter) = &self.adapter {
            let mut adapter = adapter.lock().unwrap_or_else(PoisonError::into_inner);
            context
                .lora_adapter_set(&mut adapter, 1.0)
                .map_err(|error| EngineError::Native {
                    operation: "setting an adapter",
                    reason: error.to_string(),
                })?;
        }
        Ok(context)
    }

    /// The model without weights, for samplers and detokenisation.
    pub(crate) fn vocabulary(&self) -> &LlamaModel {
        &self.vocabulary
    }

    /// The compiler of JSON schemas for this vocabulary.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The format of calls that goes with the chat template.
    pub(crate) fn call_format(&self) -> CallFormat {
        CallFormat::of(self.template.as_deref().unwrap_or_default())
    }

    /// A value of the file's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        self.vocabulary.meta_val_str(key).ok()
    }

    /// The model's architecture as llama.cpp names it; it is the prefix of the metadata's keys.
    pub(crate) fn architecture(&self) -> String {
        self.metadata("general.architecture").unwrap_or_default()
    }

    /// The context length that the model was trained for, in tokens.
    pub(crate) fn context_length(&self) -> usize {
        let declared = self.metadata(&format!("{}.context_length", self.architecture()));
        declared.and_then(|text| text.parse().ok()).unwrap_or(2048)
    }

    /// The model's dimensions.
    pub(crate) fn shape(&self) -> Shape {
        let vocabulary = u64::try_from(self.vocabulary.n_vocab()).unwrap_or(0);
        Shape::of(&self.architecture(), vocabulary, |key| self.metadata(key))
    }

    /// Whether llama.cpp repacks most weights for this processor when it loads them, as it does for 4-bit blocks and
    /// K-quantisations (by the value of `general.file_type`). Memory-mapping such a file would hold the weights twice.
    pub(crate) fn is_repacked(&self) -> bool {
        let [q4_0, iq4_nl] = [2, 25];
        let k_quantisations = 10..=18;
        self.file_type()
            .is_some_and(|kind| kind == q4_0 || kind == iq4_nl || k_quantisations.contains(&kind))
    }

    fn file_type(&self) -> Option<u32> {
        self.metadata("general.file_type")?.parse().ok()
    }

    /// Whether most weights are in 4-bit blocks with an offset (Q4_1).
    pub(crate) fn is_in_offset_blocks(&self) -> bool {
        self.file_type() == Some(llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_1)
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The size of the file.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Bytes of the copy of the token embedding that a graphics card holds as its output layer; 0 if there is none.
    pub(crate) fn second_embedding(&self) -> u64 {
        self.second_embedding
    }

    /// Tokenises a prompt.
    pub(crate) fn tokenize(&self, prompt: &Prompt) -> Result<Tokens, EngineError> {
        tokenize(
            &self.vocabulary,
            &self.path.display().to_string(),
            self.template.as_deref(),
            prompt,
        )
    }
}

impl LanguageInfo for Gguf {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            tokenizes: true,
            regex: true,
            json_schema: true,
            sequences: true,
            logprobs: true,
            first_token: true,
            context_length: Some(self.context_length()),
        }
    }

    fn count(&self, prompt: &Prompt) -> Result<Option<usize>, EngineError> {
        Ok(Some(self.tokenize(prompt)?.all.len()))
    }
}

fn load(path: &Path, params: &LlamaModelParams) -> Result<LlamaModel, EngineError> {
    let backend = backend()?;
    ggml::clear();
    LlamaModel::load_from_file(backend, path, params).map_err(|_| refused(path))
}

fn refused(path: &Path) -> EngineError {
    let reason = ggml::faults_or("llama.cpp rejected this file and gave no reason");
    load_error(path, reason)
}

fn load_error(path: &Path, reason: String) -> EngineError {
    EngineError::Load {
        path: path.to_owned(),
        reason,
    }
}

fn check_magic(path: &Path) -> Result<u64, EngineError> {
    let unreadable = |error: std::io::Error| load_error(path, format!("{error}; run `tripod models pull`"));
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(load_error(path, "it is not a file".into()));
    }
    let mut magic = [0u8; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    if read.is_err() || &magic != b"GGUF" {
        return Err(load_error(
            path,
            "it does not begin with `GGUF`, so it is not a GGUF model".into(),
        ));
    }
    if path.to_str().is_none() {
        return Err(load_error(path, "its path is not UTF-8, which llama.cpp needs".into()));
    }
    Ok(metadata.len())
}
