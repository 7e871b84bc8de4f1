//! The header of a GGUF file as plain data: its metadata and where its tensors are. It reads no values of tensors.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::null_mut;

use llama_cpp_sys_2::{GGUF_TYPE_FLOAT32, GGUF_TYPE_STRING, GGUF_TYPE_UINT32, ggml_type, gguf_context};

/// The header of a GGUF file.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) entries: Vec<Entry>,
    pub(super) tensors: Vec<TensorAt>,
}

/// An entry of the metadata.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
}

/// The value of an entry; those that nothing here reads are left out.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Float(f32),
    Count(u32),
    Other,
}

/// Where a tensor is.
#[derive(Debug)]
pub(super) struct TensorAt {
    pub(super) name: String,
    pub(super) kind: ggml_type,
    /// Its dimensions, the fastest first; those that it lacks are 1.
    pub(super) shape: [usize; 4],
    /// The first byte in the file.
    pub(super) from: u64,
    pub(super) bytes: u64,
}

impl Header {
    /// Reads a header; `None` if llama.cpp cannot read it.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let path = CString::new(path.as_os_str().as_encoded_bytes()).ok()?;
        #[expect(unsafe_code, reason = "llama-cpp-2 does not expose the header of a file")]
        // SAFETY: the path is NUL-terminated and outlives the call, which reads the header alone. What it returns is checked for
        // null, only read, and freed once; what is read from it is copied.
        unsafe {
            let params = llama_cpp_sys_2::gguf_init_params {
                no_alloc: true,
                ctx: null_mut(),
            };
            let raw = llama_cpp_sys_2::gguf_init_from_file(path.as_ptr(), params);
            if raw.is_null() {
                return None;
            }
            let header = Header {
                entries: (0..llama_cpp_sys_2::gguf_get_n_kv(raw))
                    .map(|id| entry(raw, id))
                    .collect(),
                tensors: (0..llama_cpp_sys_2::gguf_get_n_tensors(raw))
                    .map(|id| tensor(raw, id))
                    .collect(),
            };
            llama_cpp_sys_2::gguf_free(raw);
            Some(header)
        }
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The tensor with this name.
    pub(super) fn tensor(&self, name: &str) -> Option<&TensorAt> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }
}

#[expect(unsafe_code, reason = "llama-cpp-2 does not expose the metadata of a file")]
/// # Safety
///
/// `raw` is an open header, and `id` one of its entries.
unsafe fn entry(raw: *const gguf_context, id: i64) -> Entry {
    // SAFETY: by the contract. A value is read as what its type says, and texts end in NUL.
    unsafe {
        let value = match llama_cpp_sys_2::gguf_get_kv_type(raw, id) {
            GGUF_TYPE_STRING => Value::Text(text(llama_cpp_sys_2::gguf_get_val_str(raw, id))),
            GGUF_TYPE_FLOAT32 => Value::Float(llama_cpp_sys_2::gguf_get_val_f32(raw, id)),
            GGUF_TYPE_UINT32 => Value::Count(llama_cpp_sys_2::gguf_get_val_u32(raw, id)),
            _ => Value::Other,
        };
        Entry {
            key: text(llama_cpp_sys_2::gguf_get_key(raw, id)),
            value,
        }
    }
}

#[expect(unsafe_code, reason = "llama-cpp-2 does not expose the tensors of a file")]
/// # Safety
///
/// `raw` is an open header, and `id` one of its tensors.
unsafe fn tensor(raw: *const gguf_context, id: i64) -> TensorAt {
    // SAFETY: by the contract. The dimensions are four numbers.
    unsafe {
        let dimensions = *llama_cpp_sys_2::gguf_get_tensor_ne(raw, id).cast::<[i64; 4]>();
        let from = llama_cpp_sys_2::gguf_get_data_offset(raw) + llama_cpp_sys_2::gguf_get_tensor_offset(raw, id);
        TensorAt {
            name: text(llama_cpp_sys_2::gguf_get_tensor_name(raw, id)),
            kind: llama_cpp_sys_2::gguf_get_tensor_type(raw, id),
            shape: dimensions.map(|size| usize::try_from(size).unwrap_or(0)),
            from: from as u64,
            bytes: llama_cpp_sys_2::gguf_get_tensor_size(raw, id) as u64,
        }
    }
}

#[expect(unsafe_code, reason = "reads a C text")]
/// # Safety
///
/// `raw` is null or a text that ends in NUL.
unsafe fn text(raw: *const std::ffi::c_char) -> String {
    if raw.is_null() {
        return String::new();
    }
    // SAFETY: by the contract.
    unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned()
}
