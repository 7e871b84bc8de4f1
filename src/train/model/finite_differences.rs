//! Holds gradients against finite differences in double precision, for tests: of a function of tensors, and of every parameter of
//! a model.

#![allow(clippy::unwrap_used)]

use burn::Tensor;
use burn::tensor::{DType, Device, Int, TensorData};

use super::{Model, Parameter, ParameterTensor};
use crate::market::simulate::Random;

/// How far a value is moved.
const STEP: f64 = 1e-5;

/// The largest difference of a gradient from the slope, relative to the largest slope of its tensor.
const TOLERANCE: f64 = 1e-7;

/// Entries tried of each tensor.
const TRIED: usize = 12;

/// Fails if the gradient of an output by any of the inputs is not its slope. The inputs are random and of these shapes.
pub(crate) fn check_function(shapes: &[[usize; 4]], function: impl Fn(&[Tensor<4>]) -> Tensor<4>) {
    let mut random = Random::new(5);
    let inputs: Vec<Vec<f64>> = shapes
        .iter()
        .map(|shape| (0..shape.iter().product()).map(|_| random.normal()).collect())
        .collect();
    let device = Device::flex().autodiff();
    let tensors = |inputs: &[Vec<f64>]| -> Vec<Tensor<4>> {
        let made = inputs.iter().zip(shapes).map(|(values, shape)| {
            Tensor::from_data(TensorData::new(values.clone(), *shape), (&device, DType::F64)).require_grad()
        });
        made.collect()
    };
    let output = |tensors: &[Tensor<4>]| objective(function(tensors));
    let recorded = tensors(&inputs);
    let gradients = output(&recorded).backward();
    for (number, tensor) in recorded.iter().enumerate() {
        let gradient = doubles(tensor.grad(&gradients).unwrap().into_data());
        let slope = |entry: usize| {
            let moved = |by: f64| {
                let mut moved = inputs.clone();
                moved[number][entry] += by;
                doubles(output(&tensors(&moved)).into_data())[0]
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        };
        compare(&format!("input {number}"), &gradient, slope);
    }
}

/// Fails if the gradient of the logits by any parameter is not its slope. The parameters are made random first.
pub(crate) fn check_model(model: &mut dyn Model, tokens: &[i32], rows: usize) {
    let device = Device::flex().autodiff();
    let mut random = Random::new(6);
    let values: Vec<(String, Vec<usize>, Vec<f64>)> = model
        .parameters()
        .into_iter()
        .map(|Parameter { name, tensor, .. }| {
            let (shape, data) = match tensor {
                ParameterTensor::Vector(tensor) => (tensor.dims().to_vec(), tensor.to_data()),
                ParameterTensor::Matrix(tensor) => (tensor.dims().to_vec(), tensor.to_data()),
            };
            let values = doubles(data)
                .into_iter()
                .map(|value| value + 0.3 * random.normal())
                .collect();
            (name, shape, values)
        })
        .collect();
    let set = |model: &mut dyn Model, number: usize, values: &[f64]| {
        let mut parameters = model.parameters();
        let parameter = &mut parameters[number];
        let shape = match &parameter.tensor {
            ParameterTensor::Vector(tensor) => tensor.dims().to_vec(),
            ParameterTensor::Matrix(tensor) => tensor.dims().to_vec(),
        };
        let data = TensorData::new(values.to_vec(), shape);
        match &mut parameter.tensor {
            ParameterTensor::Vector(tensor) => **tensor = Tensor::from_data(data, (&device, DType::F64)).require_grad(),
            ParameterTensor::Matrix(tensor) => **tensor = Tensor::from_data(data, (&device, DType::F64)).require_grad(),
        }
    };
    let all = |model: &mut dyn Model| {
        for (number, (_, _, values)) in values.iter().enumerate() {
            set(model, number, values);
        }
    };
    let data = TensorData::new(tokens.to_vec(), [rows, tokens.len() / rows]);
    let tokens: Tensor<2, Int> = Tensor::from_data(data, &device);
    let output = |model: &dyn Model| objective(model.forward(tokens.clone()).unsqueeze::<4>());
    all(model);
    let mut gradients = output(model).backward();
    let found: Vec<Vec<f64>> = model
        .parameters()
        .into_iter()
        .map(|Parameter { name, tensor, .. }| {
            let gradient = match tensor {
                ParameterTensor::Vector(tensor) => tensor.grad_remove(&mut gradients).map(Tensor::into_data),
                ParameterTensor::Matrix(tensor) => tensor.grad_remove(&mut gradients).map(Tensor::into_data),
            };
            assert!(gradient.is_some(), "{name} has no gradient");
            doubles(gradient.unwrap())
        })
        .collect();
    for (number, (name, _, values)) in values.iter().enumerate() {
        let mut slope = |entry: usize| {
            let mut moved = |by: f64| {
                let mut moved = values.clone();
                moved[entry] += by;
                set(model, number, &moved);
                doubles(output(model).into_data())[0]
            };
            let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            set(model, number, values);
            slope
        };
        compare(name, &found[number], &mut slope);
    }
}

fn compare(name: &str, gradient: &[f64], mut slope: impl FnMut(usize) -> f64) {
    let every = gradient.len().div_ceil(TRIED);
    let pairs: Vec<(f64, f64)> = (0..gradient.len())
        .step_by(every)
        .map(|entry| (gradient[entry], slope(entry)))
        .collect();
    let largest = pairs.iter().map(|pair| pair.1.abs()).fold(1e-3, f64::max);
    for (gradient, slope) in pairs {
        let difference = (gradient - slope).abs() / largest;
        assert!(
            difference < TOLERANCE,
            "{name}: the gradient is {gradient}, the slope {slope}"
        );
    }
}

/// A number that depends on each entry in another way.
fn objective(output: Tensor<4>) -> Tensor<1> {
    let shape = output.dims();
    let mut random = Random::new(7);
    let factors: Vec<f64> = (0..shape.iter().product()).map(|_| random.normal()).collect();
    let factors = Tensor::from_data(TensorData::new(factors, shape), (&output.device(), DType::F64));
    (output * factors).sum()
}

fn doubles(data: TensorData) -> Vec<f64> {
    data.convert::<f64>().try_into_vec().unwrap()
}
