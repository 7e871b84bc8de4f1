//! The trainable weights between a model and the optimiser: read from a model once, put into it before each step, and their
//! gradients read after each pass. Arrays in memory are f32; the device may compute in another number type.

use std::ops::Range;

use burn::Tensor;
use burn::tensor::{DType, Device, TensorData};

use super::error::TrainError;
use super::model::{Model, Parameter, ParameterTensor};

/// The parameters of a model, in its order, and where each lies in an array of all weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub entries: Vec<Entry>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub decays: bool,
    pub range: Range<usize>,
}

/// Where the tensors of a step lie.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The device, with or without recording of gradients.
    pub device: Device,
    /// The number type.
    pub kind: DType,
}

/// The layout of a model's parameters, and their values.
pub(super) fn read(model: &mut dyn Model) -> Result<(Layout, Vec<f32>), TrainError> {
    let mut entries = Vec::new();
    let mut values = Vec::new();
    for Parameter { name, tensor, decays } in model.parameters() {
        let (shape, data) = match tensor {
            ParameterTensor::Vector(tensor) => (tensor.dims().to_vec(), tensor.to_data()),
            ParameterTensor::Matrix(tensor) => (tensor.dims().to_vec(), tensor.to_data()),
        };
        let start = values.len();
        values.extend(floats(data)?);
        entries.push(Entry {
            name,
            shape,
            decays,
            range: start..values.len(),
        });
    }
    if values.is_empty() {
        return Err(TrainError::Options(
            "the model has no trainable parameter, so there is nothing to train".into(),
        ));
    }
    Ok((Layout { entries }, values))
}

/// Puts these values into a model.
pub(super) fn put(model: &mut dyn Model, layout: &Layout, values: &[f32], place: &Place) {
    for (parameter, entry) in model.parameters().into_iter().zip(&layout.entries) {
        let data = TensorData::new(values[entry.range.clone()].to_vec(), entry.shape.clone());
        match parameter.tensor {
            ParameterTensor::Vector(tensor) => *tensor = tracked(data, place),
            ParameterTensor::Matrix(tensor) => *tensor = tracked(data, place),
        }
    }
}

fn tracked<const D: usize>(data: TensorData, place: &Place) -> Tensor<D> {
    let tensor = Tensor::from_data(data, (&place.device, place.kind));
    if place.device.is_autodiff() {
        tensor.require_grad()
    } else {
        tensor
    }
}

/// The gradient of every parameter, as one array.
///
/// # Errors
///
/// [`TrainError::Parameter`] for a parameter that the loss does not depend on: it would stay as it is, silently.
pub(super) fn gradients(layout: &Layout, found: Vec<Option<TensorData>>) -> Result<Vec<f32>, TrainError> {
    let mut all = Vec::with_capacity(layout.entries.last().map_or(0, |entry| entry.range.end));
    for (entry, data) in layout.entries.iter().zip(found) {
        let Some(data) = data else {
            let reason = "the loss does not depend on it, so it would never change; the model or the choice of what trains is wrong";
            return Err(TrainError::Parameter {
                name: entry.name.clone(),
                reason: reason.into(),
            });
        };
        all.extend(floats(data)?);
    }
    Ok(all)
}

/// The numbers of a tensor.
pub(super) fn floats(data: TensorData) -> Result<Vec<f32>, TrainError> {
    data.convert::<f32>()
        .try_into_vec()
        .map_err(|error| TrainError::Device(format!("{error:?}")))
}
