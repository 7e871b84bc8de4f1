//! The header of a stranger's model file. llama.cpp's reader parses it; what it gives is read here.

#![allow(clippy::expect_used)]

use super::header::Header;
use super::{adapter, gpu, small};
use crate::engine::ggml;
use crate::fuzz::with_file;

/// Reads the bytes as a model, and as an adapter.
pub(in crate::engine) fn header(bytes: &[u8]) {
    ggml::backend().expect("llama.cpp");
    with_file("model.gguf", bytes, |path| {
        let Some(header) = Header::read(path) else {
            assert!(adapter::check(path, "llama").is_err());
            return;
        };
        for tensor in &header.tensors {
            assert!(tensor.from as usize <= isize::MAX as usize, "{tensor:?}");
        }
        let _ = adapter::check(path, "llama");
        let _ = gpu::second_embedding(path);
        if let Some(shape) = small::shape(path, 64) {
            assert!(shape.is_supported());
            if shape.weights() < 1 << 20
                && let Err(error) = small::read(path, shape)
            {
                drop(error.to_string());
            }
        }
    });
}
