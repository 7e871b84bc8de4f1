//! Ctrl-C handling of commands that run the engine in their own process.

use tokio::runtime::Runtime;

use crate::engine::Cancel;

/// The first Ctrl-C cancels the work cleanly; a second one ends the process at once.
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
