//! Forwards llama.cpp's log lines to `tracing`, and keeps this thread's error lines so that a failed load can report the reason.
//! llama.cpp signals failure with a null pointer and writes the reason to its log only.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;

thread_local! {
    static FAULTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PARTIAL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Redirects llama.cpp's log to this module, once per process.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        #[expect(
            unsafe_code,
            reason = "the safe binding forwards to tracing only and cannot tell why a load failed"
        )]
        // SAFETY: the callback is a plain function, which exists as long as the process, and ignores its user data.
        unsafe {
            llama_cpp_sys_2::llama_log_set(Some(receive), std::ptr::null_mut());
        }
    });
}

/// Clears the errors of this thread.
pub(crate) fn clear() {
    FAULTS.with_borrow_mut(Vec::clear);
}

/// The errors logged on this thread since [`clear`], oldest first, or `fallback` if there are none.
pub(crate) fn faults_or(fallback: &str) -> String {
    FAULTS.with_borrow(|faults| {
        if faults.is_empty() {
            fallback.to_owned()
        } else {
            faults.join("; ")
        }
    })
}

#[expect(unsafe_code, reason = "a C callback")]
unsafe extern "C" fn receive(level: llama_cpp_sys_2::ggml_log_level, text: *const c_char, _user_data: *mut c_void) {
    if text.is_null() {
        return;
    }
    // SAFETY: llama.cpp hands over a NUL-terminated string that lives for the call; null was ruled out above.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    // llama.cpp writes some lines in pieces; record them once complete. If it logs while a thread ends, the thread-local storage
    // no longer exists and the line is dropped.
    let _ = PARTIAL.try_with(|partial| {
        let Ok(mut partial) = partial.try_borrow_mut() else {
            return;
        };
        partial.push_str(&text);
        if partial.ends_with('\n') || partial.len() > 4096 {
            record(level, partial.trim());
            partial.clear();
        }
    });
}

fn record(level: llama_cpp_sys_2::ggml_log_level, line: &str) {
    if line.chars().all(|c| c == '.') {
        return;
    }
    match level {
        llama_cpp_sys_2::GGML_LOG_LEVEL_ERROR => {
            // The engine returns the failure as an `EngineError`, so it is logged at debug level only.
            tracing::debug!(target: "llama.cpp", "{line}");
            FAULTS.with_borrow_mut(|faults| {
                if faults.len() < 4 {
                    faults.push(line.chars().take(300).collect());
                }
            });
        }
        llama_cpp_sys_2::GGML_LOG_LEVEL_WARN => tracing::debug!(target: "llama.cpp", "{line}"),
        _ => tracing::trace!(target: "llama.cpp", "{line}"),
    }
}
