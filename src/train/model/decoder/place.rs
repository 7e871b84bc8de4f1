//! Where a decoder computes: the device, and the precision of its numbers.

use burn::tensor::{DType, Device, Tensor, TensorData};

/// A device and the precision of the numbers on it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The device, without gradients.
    pub device: Device,
    /// The type of the numbers: `F32`, or `F64` to hold gradients against differences.
    pub precision: DType,
}

impl Place {
    /// 32-bit floats on the device.
    pub fn new(device: Device) -> Self {
        Self {
            device: device.without_autodiff(),
            precision: DType::F32,
        }
    }

    /// A constant on this device, in this precision.
    pub(crate) fn tensor<const D: usize>(&self, data: TensorData) -> Tensor<D> {
        Tensor::from_data(data, (&self.device, self.precision))
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new(Device::default())
    }
}
