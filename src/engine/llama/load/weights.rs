//! Loads the weights of a GGUF file without its vocabulary, which is loaded already. It calls llama.cpp directly, because
//! llama-cpp-2 writes a line to the terminal for each overridden metadata value.

use std::ffi::{CString, c_char, c_void};
use std::path::Path;
use std::ptr::{NonNull, null_mut};

use llama_cpp_2::model::LlamaModel;
use llama_cpp_sys_2::llama_model_kv_override;

/// Which weights to load, and how.
pub(super) struct Weights<'a> {
    /// The file, which [`crate::engine::llama::load::gguf::Gguf::open`] has checked.
    pub(crate) path: &'a Path,
    /// The architecture as llama.cpp names it.
    pub(crate) architecture: &'a str,
    /// The size of the vocabulary.
    pub(crate) tokens: i32,
    /// Memory-map the file instead of reading it.
    pub(crate) use_mmap: bool,
    /// Layers on a graphics card. With 0 no card is offered to llama.cpp, which would otherwise still compute long prompts there.
    pub(crate) gpu_layers: u32,
}

impl Weights<'_> {
    /// Loads the weights. `progress` is called with the fraction done, 0–1; returning false stops the load. Returns `None` if
    /// the load fails or is stopped; the reason is in llama.cpp's log.
    pub(crate) fn load<F: FnMut(f32) -> bool>(&self, mut progress: F) -> Option<LlamaModel> {
        let path = CString::new(self.path.to_str()?).ok()?;
        let tokens = i64::from(self.tokens);
        let mut replaced: [llama_model_kv_override; 3] = [nothing(), nothing(), nothing()];
        replaced[0].tag = llama_cpp_sys_2::LLAMA_KV_OVERRIDE_TYPE_STR;
        write(&mut replaced[0].key, "tokenizer.ggml.model")?;
        replaced[0].__bindgen_anon_1.val_str = {
            let mut none = [0; 128];
            write(&mut none, "no_vocab")?;
            none
        };
        replaced[1].tag = llama_cpp_sys_2::LLAMA_KV_OVERRIDE_TYPE_INT;
        write(&mut replaced[1].key, &format!("{}.vocab_size", self.architecture))?;
        replaced[1].__bindgen_anon_1.val_i64 = tokens;
        let mut no_devices = [null_mut()];
        #[expect(unsafe_code, reason = "llama-cpp-2 writes to the terminal when metadata is replaced")]
        // SAFETY: the path, the replaced values (the last is empty, which ends them), the devices (null ends them) and `progress`
        // outlive the call, and llama.cpp keeps none of them. `on_progress` gets the pointer to an `F` that it expects. What is
        // returned is checked for null and has no other owner; `LlamaModel` is transparent over a pointer that is not null, and
        // frees it.
        unsafe {
            let mut params = llama_cpp_sys_2::llama_model_default_params();
            params.load_mode = if self.use_mmap {
                llama_cpp_sys_2::LLAMA_LOAD_MODE_MMAP
            } else {
                llama_cpp_sys_2::LLAMA_LOAD_MODE_NONE
            };
            params.n_gpu_layers = i32::try_from(self.gpu_layers).unwrap_or(i32::MAX);
            if self.gpu_layers == 0 {
                params.devices = no_devices.as_mut_ptr();
            }
            params.kv_overrides = replaced.as_ptr();
            params.progress_callback = Some(on_progress::<F>);
            params.progress_callback_user_data = (&raw mut progress).cast();
            let model = llama_cpp_sys_2::llama_model_load_from_file(path.as_ptr(), params);
            NonNull::new(model).map(|model| std::mem::transmute::<NonNull<_>, LlamaModel>(model))
        }
    }
}

#[expect(unsafe_code, reason = "called by llama.cpp")]
unsafe extern "C" fn on_progress<F: FnMut(f32) -> bool>(fraction: f32, progress: *mut c_void) -> bool {
    // SAFETY: llama.cpp passes the pointer that `Weights::load` gave it, and `Weights::load` does not use it during the call.
    let progress = unsafe { &mut *progress.cast::<F>() };
    progress(fraction)
}

/// The empty entry that ends a list of overrides, and an entry to fill in.
fn nothing() -> llama_model_kv_override {
    llama_model_kv_override {
        tag: 0,
        key: [0; 128],
        __bindgen_anon_1: llama_cpp_sys_2::llama_model_kv_override__bindgen_ty_1 { val_str: [0; 128] },
    }
}

/// Writes a NUL-terminated text; `None` if the buffer is too short.
fn write(into: &mut [c_char; 128], text: &str) -> Option<()> {
    let target = into.get_mut(..=text.len())?;
    for (to, byte) in target.iter_mut().zip(text.bytes()) {
        *to = c_char::from_ne_bytes([byte]);
    }
    Some(())
}
