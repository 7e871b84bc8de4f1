//! llama.cpp's log lines: forwarded to `tracing`, and the errors of this thread kept so that a failed load can say why.
//! llama.cpp reports a failure as a null pointer; the reason is only ever in the log.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;

thread_local! {
    static FAULTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PARTIAL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Routes the native log here; once a process.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        #[expect(
            unsafe_code,
            reason = "the safe binding forwards to tracing only and cannot tell why a load failed"
        )]
        // SAFETY: the callback is a plain function for the life of the process and ignores its user data.
        unsafe {
            llama_cpp_sys_2::llama_log_set(Some(receive), std::ptr::null_mut());
        }
    });
}

/// Forgets the errors of this thread.
pub(crate) fn clear() {
    FAULTS.with_borrow_mut(Vec::clear);
}

/// The errors logged on this thread since [`clear`], first to last, or `fallback` where there is none.
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
    // Some lines come in pieces; only whole ones are worth a record. The log may be written while a thread ends, when its
    // storage is gone: then the line is dropped.
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
            // An error of the library becomes an error of ours, which is reported there once.
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
