//! An adapter in the files of PEFT: `adapter_config.json` and `adapter_model.safetensors`, which the Python world loads as they
//! are. Each file is written under a temporary name and renamed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::{Dtype, View};
use serde_json::json;

use super::attach::{Attached, LoraOptions};
use crate::train::TrainError;
use crate::train::model::decoder::Decoder;
use crate::train::model::{Model, ParameterTensor};

/// The file of an adapter's settings.
pub const ADAPTER_CONFIG: &str = "adapter_config.json";
/// The file of an adapter's matrices.
pub const ADAPTER_WEIGHTS: &str = "adapter_model.safetensors";

/// Writes the adapters of a decoder into a directory. `base` names the checkpoint for which they are.
///
/// # Errors
/// [`TrainError::File`] if a file cannot be written, [`TrainError::Device`] if the device does not give the numbers back.
pub fn save_adapter(
    decoder: &mut Decoder,
    options: &LoraOptions,
    attached: &Attached,
    base: &str,
    directory: &Path,
) -> Result<(), TrainError> {
    fs::create_dir_all(directory).map_err(|error| TrainError::file(directory, error))?;
    let mut matrices = BTreeMap::new();
    for parameter in decoder.parameters() {
        let ParameterTensor::Matrix(tensor) = parameter.tensor else {
            continue;
        };
        let values: Vec<u8> = tensor.to_data().iter::<f32>().flat_map(f32::to_le_bytes).collect();
        let shape = tensor.dims().to_vec();
        matrices.insert(parameter.name, Matrix { shape, values });
    }
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into());
    let bytes = safetensors::serialize(&matrices, metadata)
        .map_err(|error| TrainError::file(directory.join(ADAPTER_WEIGHTS), error))?;
    write(&directory.join(ADAPTER_WEIGHTS), &bytes)?;

    let config = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": options.rank,
        "lora_alpha": options.alpha,
        "lora_dropout": options.dropout,
        "use_rslora": options.rank_stabilised,
        "target_modules": attached.targets,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": true,
        "layers_to_transform": null,
        "modules_to_save": null,
        "rank_pattern": {},
        "alpha_pattern": {},
    });
    let text = format!("{config:#}\n");
    write(&directory.join(ADAPTER_CONFIG), text.as_bytes())
}

struct Matrix {
    shape: Vec<usize>,
    values: Vec<u8>,
}

impl View for &Matrix {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        (&self.values).into()
    }

    fn data_len(&self) -> usize {
        self.values.len()
    }
}

/// Writes a file under a temporary name, syncs it and renames it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let failed = |error: std::io::Error| TrainError::file(path, error);
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
