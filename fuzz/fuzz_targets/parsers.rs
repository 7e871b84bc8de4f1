//! The fuzzer's program. The environment's `TARGET` names the target of `src/fuzz.rs` that gets the bytes: one program, because each
//! takes 180 MB and a minute to link.
#![no_main]

use std::env;
use std::sync::LazyLock;

static TARGET: LazyLock<String> =
    LazyLock::new(|| env::var("TARGET").expect("set TARGET to the name of a folder of fuzz/corpus"));

libfuzzer_sys::fuzz_target!(
    // A panic that the code itself contains is no fault; one that it does not ends the program all the same.
    init: std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))),
    |bytes: &[u8]| tripod::fuzz::run(&TARGET, bytes)
);
