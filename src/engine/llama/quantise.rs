//! llama.cpp's own quantiser: a GGUF file in, another with smaller weights out. Rows that a kind of block does not divide get
//! another kind, as llama.cpp chooses.

use std::ffi::CString;
use std::path::Path;

use crate::engine::ggml;

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantisation {
    /// 8 bits, in blocks of 32.
    Q8_0,
    /// 4 bits for most, 6 for the most sensitive, in blocks of 256.
    Q4KM,
}

/// Quantises a file into another. llama.cpp writes the new file as it goes, so that a failure leaves a part of it.
///
/// # Errors
/// llama.cpp's reason.
pub(crate) fn quantise(
    original: &Path,
    target: &Path,
    quantisation: Quantisation,
    threads: usize,
) -> std::io::Result<()> {
    let native = |path: &Path| CString::new(path.to_string_lossy().as_bytes()).map_err(std::io::Error::other);
    let (original, target) = (native(original)?, native(target)?);
    ggml::clear();
    #[expect(unsafe_code, reason = "the binding has no quantisation")]
    // SAFETY: both paths are NUL-terminated and live for the call, and the parameters are llama.cpp's own defaults, whose
    // pointers are null. It catches its own exceptions and returns non-zero.
    let failed = unsafe {
        let mut params = llama_cpp_sys_2::llama_model_quantize_default_params();
        params.ftype = match quantisation {
            Quantisation::Q8_0 => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q8_0,
            Quantisation::Q4KM => llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_K_M,
        };
        params.allow_requantize = true;
        params.nthread = i32::try_from(threads).unwrap_or(1).max(1);
        llama_cpp_sys_2::llama_model_quantize(original.as_ptr(), target.as_ptr(), &raw const params)
    };
    if failed == 0 {
        Ok(())
    } else {
        Err(std::io::Error::other(ggml::faults_or("llama.cpp gave no reason")))
    }
}
