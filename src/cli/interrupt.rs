//! What an interrupt (Ctrl-C) does to a running command: the first cancels the work, the second ends the process.

use tokio::runtime::Runtime;

use crate::engine::Cancel;

/// The first interrupt stops the work cleanly; a second one ends the process as usual.
pub fn cancel_on_interrupt(runtime: &Runtime) -> Cancel {
    let cancel = Cancel::new();
    let flag = cancel.clone();
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.cancel();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    cancel
}
