//! The session of a classifier or an embedder. Loading checks its inputs, outputs and vocabulary, so that a wrong file fails before any text is
//! classified.

use std::time::Instant;

use ort::environment::Environment;
use ort::ep;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{Tensor, ValueType};

use super::file::BertFile;
use super::options::OnnxOptions;
use super::tokens::{Bucket, TextTokenizer};
use crate::analysis::Usage;
use crate::engine::arena::milliseconds;
use crate::engine::cancel::Cancel;
use crate::engine::classifier::Classifier;
use crate::engine::embedder::{Embedder, Embedding};
use crate::engine::error::EngineError;

const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];

/// A loaded model with its tokenizer.
#[derive(Debug)]
pub(crate) struct BertModel {
    session: Session,
    tokenizer: TextTokenizer,
    takes_token_types: bool,
    columns: usize,
    batch: usize,
    tokens: usize,
    cancel: Cancel,
    usage: Usage,
}

impl BertModel {
    /// Loads and checks a classifier.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] naming the wrong file: the ONNX file if it is damaged or has other inputs or outputs, the
    /// tokenizer if it does not belong to the model.
    pub(super) fn load(
        environment: &Environment,
        file: &BertFile,
        options: &OnnxOptions,
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let fail = |reason: String| EngineError::Load {
            path: file.path.clone(),
            reason,
        };
        let tokenizer = TextTokenizer::load(&file.tokenizer, file.max_tokens)?;
        let session = build(environment, file, options).map_err(fail)?;
        let takes_token_types = check_inputs(&session).map_err(fail)?;
        let columns = check_output(&session, file.labels.len()).map_err(fail)?;
        let mut classifier = BertModel {
            session,
            tokenizer,
            takes_token_types,
            columns,
            batch: options.batch,
            tokens: options.tokens,
            cancel: cancel.clone(),
            usage: Usage::default(),
        };
        classifier.check_vocabulary(file)?;
        Ok(classifier)
    }

    /// Resets a warm classifier for the next batch.
    pub(super) fn renewed(self, cancel: &Cancel) -> Self {
        BertModel {
            cancel: cancel.clone(),
            usage: Usage::default(),
            ..self
        }
    }

    /// Token counts and timings so far.
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// Checks that the tokenizer belongs to the model: its last id must be a row of the embedding, and an id well past it must
    /// not be. (Embeddings are sometimes padded to a multiple of 128 rows.)
    fn check_vocabulary(&mut self, file: &BertFile) -> Result<(), EngineError> {
        let tokens = self.tokenizer.vocabulary();
        let takes = |classifier: &mut Self, id: usize| {
            let id = i64::try_from(id).unwrap_or(i64::MAX);
            classifier
                .logits(&Bucket {
                    indices: vec![0],
                    columns: 1,
                    ids: vec![id],
                    mask: vec![1],
                })
                .is_ok()
        };
        let fail = |what: &str| {
            Err(EngineError::Load {
                path: file.tokenizer.clone(),
                reason: format!(
                    "it has {tokens} tokens but the model {} takes {what}; it is another model's",
                    file.id
                ),
            })
        };
        if !takes(self, tokens.saturating_sub(1)) {
            return fail("fewer");
        }
        if takes(self, tokens.next_multiple_of(128)) {
            return fail("more");
        }
        Ok(())
    }

    /// Runs one bucket. Returns the output row-major as `[rows, columns]`, copied from the session.
    fn logits(&mut self, bucket: &Bucket) -> Result<Vec<f32>, ort::Error> {
        let shape = [bucket.indices.len(), bucket.columns];
        let ids = Tensor::from_array((shape, bucket.ids.clone()))?;
        let mask = Tensor::from_array((shape, bucket.mask.clone()))?;
        let outputs = if self.takes_token_types {
            let types = Tensor::from_array((shape, vec![0i64; bucket.ids.len()]))?;
            self.session
                .run(ort::inputs![INPUTS[0] => ids, INPUTS[1] => mask, INPUTS[2] => types])?
        } else {
            self.session.run(ort::inputs![INPUTS[0] => ids, INPUTS[1] => mask])?
        };
        let (_, values) = outputs[0].try_extract_tensor::<f32>()?;
        Ok(values.to_vec())
    }
}

impl BertModel {
    /// Runs all buckets; the rows of the output in the order of the texts.
    fn rows(
        &mut self,
        buckets: &[Bucket],
        texts: usize,
        operation: &'static str,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let native = |reason: String| EngineError::Native { operation, reason };
        let mut rows = vec![Vec::new(); texts];
        for bucket in buckets {
            if self.cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let begun = Instant::now();
            let values = self.logits(bucket);
            self.usage.prefill_ms += milliseconds(begun);
            self.usage.prompt_tokens += bucket.mask.iter().filter(|&&present| present == 1).count() as u64;
            let values = values.map_err(|error| native(error.to_string()))?;
            if values.len() != bucket.indices.len() * self.columns || values.iter().any(|value| !value.is_finite()) {
                return Err(native(format!(
                    "the model gave {} values for {} texts",
                    values.len(),
                    bucket.indices.len()
                )));
            }
            for (&index, row) in bucket.indices.iter().zip(values.chunks(self.columns)) {
                if let Some(place) = rows.get_mut(index) {
                    *place = row.to_vec();
                }
            }
        }
        Ok(rows)
    }
}

impl Classifier for BertModel {
    fn classify(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EngineError> {
        let encodings = self.tokenizer.encode(texts)?;
        let buckets = self.tokenizer.buckets(&encodings, self.batch, self.tokens);
        let logits = self.rows(&buckets, texts.len(), "classifying headlines")?;
        Ok(logits.iter().map(|row| softmax(row)).collect())
    }
}

impl Embedder for BertModel {
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, EngineError> {
        let encodings = self.tokenizer.encode(texts)?;
        self.tokenizer.check_whole(&encodings)?;
        let buckets = self.tokenizer.buckets(&encodings, self.batch, self.tokens);
        let rows = self.rows(&buckets, texts.len(), "embedding texts")?;
        let embedding = |(values, tokens)| Embedding { values, tokens };
        let lengths = encodings.iter().map(|encoding| encoding.len());
        Ok(rows.into_iter().zip(lengths).map(embedding).collect())
    }
}

fn build(environment: &Environment, file: &BertFile, options: &OnnxOptions) -> Result<Session, String> {
    // A builder's error contains the builder; keep only the message.
    let session = Session::builder(environment)
        .map_err(|error| error.to_string())?
        .with_execution_providers(providers(options))
        .map_err(|error| error.to_string())?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|error| error.to_string())?
        .with_intra_threads(options.threads.max(1))
        .map_err(|error| error.to_string())?
        .with_inter_threads(1)
        .map_err(|error| error.to_string())?
        .with_intra_op_spinning(false)
        .map_err(|error| error.to_string())?
        .with_memory_pattern(options.cpu_arena)
        .map_err(|error| error.to_string())?
        .commit_from_file(&file.path);
    session.map_err(|error| format!("{error}; it is not an ONNX model that ONNX Runtime can load"))
}

/// Execution providers, best first: a graphics card if this build and the runtime's library support it, then the processor.
fn providers(options: &OnnxOptions) -> Vec<ep::ExecutionProviderDispatch> {
    let on_processor = ep::CPU::default().with_arena_allocator(options.cpu_arena).build();
    let on_card: Vec<Option<ep::ExecutionProviderDispatch>> = vec![
        #[cfg(feature = "cuda")]
        where_known(ep::CUDA::default()),
        #[cfg(feature = "coreml")]
        where_known(ep::CoreML::default()),
    ];
    on_card.into_iter().flatten().chain([on_processor]).collect()
}

/// The provider if the runtime's library has it. The library from `tripod models pull` has only the processor's.
#[cfg(any(feature = "cuda", feature = "coreml"))]
fn where_known<E>(provider: E) -> Option<ep::ExecutionProviderDispatch>
where
    E: ep::ExecutionProvider + Into<ep::ExecutionProviderDispatch>,
{
    if E::is_available().unwrap_or(false) {
        return Some(provider.into());
    }
    tracing::info!(
        "this ONNX Runtime has no {}: the classifier runs on the processor; set ORT_DYLIB_PATH to another library",
        E::NAME
    );
    None
}

/// Checks the inputs. Returns whether the model takes `token_type_ids` in addition to the two inputs of every BERT-like model.
fn check_inputs(session: &Session) -> Result<bool, String> {
    let names: Vec<&str> = session.inputs().iter().map(|input| input.name()).collect();
    let known = names.iter().all(|name| INPUTS.contains(name));
    if !known || !names.contains(&INPUTS[0]) || !names.contains(&INPUTS[1]) {
        return Err(format!(
            "its inputs are {names:?}, but a BERT-like classifier takes input_ids, attention_mask and perhaps token_type_ids"
        ));
    }
    for input in session.inputs() {
        let is_ids =
            matches!(input.dtype(), ValueType::Tensor { ty, .. } if *ty == ort::value::TensorElementType::Int64);
        if !is_ids {
            return Err(format!(
                "its input {} is {}, not a tensor of int64",
                input.name(),
                input.dtype()
            ));
        }
    }
    Ok(names.contains(&INPUTS[2]))
}

/// Checks the output: a column for each label, or without labels any number of them. Returns their number.
fn check_output(session: &Session, labels: usize) -> Result<usize, String> {
    let Some(output) = session.outputs().first() else {
        return Err("it has no output".into());
    };
    match output.dtype() {
        ValueType::Tensor { ty, shape, .. } if *ty == ort::value::TensorElementType::Float32 => {
            let columns = shape.last().copied().unwrap_or(0);
            let known = usize::try_from(columns).ok().filter(|columns| *columns > 0);
            let fits = match (labels, known) {
                (0, Some(columns)) => Some(columns),
                (0, None) => None,
                (labels, Some(columns)) => Some(columns).filter(|columns| *columns == labels),
                (labels, None) => Some(labels).filter(|_| columns < 0),
            };
            fits.filter(|_| shape.len() == 2).ok_or_else(|| {
                let wanted = if labels == 0 {
                    "a number of columns".to_owned()
                } else {
                    labels.to_string()
                };
                format!(
                    "its output {} has shape {shape:?}, not [batch, {wanted}]: is it the right kind of model?",
                    output.name()
                )
            })
        }
        other => Err(format!(
            "its output {} is {other}, not a tensor of float32",
            output.name()
        )),
    }
}

/// Probabilities from logits, shifted by the largest so that nothing overflows.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = exponentials.iter().sum();
    exponentials.iter().map(|value| value / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn probabilities_sum_to_one_also_for_large_logits() {
        for logits in [[1.0, 2.0, 3.0], [1000.0, 0.0, -1000.0], [0.0, 0.0, 0.0]] {
            let sum: f32 = softmax(&logits).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{logits:?} sums to {sum}");
        }
        assert!(softmax(&[1.0, 3.0])[1] > 0.85);
    }
}
