//! Stops llama.cpp in the middle of a decode, through a callback that it calls between graph nodes.

use std::ffi::c_void;
use std::sync::Mutex;

use llama_cpp_2::context::params::LlamaContextParams;

use crate::engine::cancel::Cancel;

/// The cancel flags that the callback reads. They are boxed, because their address must not change while a context holds it.
#[derive(Debug, Default)]
pub(super) struct Abort(Box<Mutex<Vec<Cancel>>>);

impl Abort {
    /// Replaces the flags. From now on, any of these stops a decode.
    pub(crate) fn listen_to<'a>(&self, cancels: impl Iterator<Item = &'a Cancel>) {
        if let Ok(mut current) = self.0.lock() {
            current.clear();
            current.extend(cancels.cloned());
        }
    }

    /// Adds the callback to the parameters. A context created with them must not outlive `self`: keep both in one struct, with
    /// `self` declared after the context, so that it is dropped later.
    pub(crate) fn install(&self, mut params: LlamaContextParams) -> LlamaContextParams {
        // The binding hides the C struct and has no setter for the callback. Its type holds only the C struct, so equal size and
        // alignment, checked at compile time, mean that the struct is at offset 0 and the cast below is exact.
        const _: () = assert!(
            size_of::<LlamaContextParams>() == size_of::<llama_cpp_sys_2::llama_context_params>()
                && align_of::<LlamaContextParams>() == align_of::<llama_cpp_sys_2::llama_context_params>()
        );
        #[expect(unsafe_code, reason = "llama-cpp-2 does not expose the abort callback")]
        // SAFETY: `params` is exclusively borrowed and, by the assertion above, is laid out as the C struct. The pointer
        // stored is to a boxed mutex that outlives the context, by the contract of this function.
        unsafe {
            let raw = (&raw mut params).cast::<llama_cpp_sys_2::llama_context_params>();
            (*raw).abort_callback = Some(should_abort);
            (*raw).abort_callback_data = std::ptr::from_ref::<Mutex<Vec<Cancel>>>(&self.0)
                .cast_mut()
                .cast::<c_void>();
        }
        params
    }
}

#[expect(unsafe_code, reason = "a C callback")]
unsafe extern "C" fn should_abort(data: *mut c_void) -> bool {
    // SAFETY: `data` is the boxed mutex that `install` stored; it outlives the context that calls here.
    let flags = unsafe { &*data.cast::<Mutex<Vec<Cancel>>>() };
    flags
        .lock()
        .is_ok_and(|cancels| cancels.iter().any(Cancel::is_cancelled))
}
