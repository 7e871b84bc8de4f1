#!/usr/bin/env bash
# Compiles for the fuzzer: what RUSTC_WORKSPACE_WRAPPER names. Cargo calls it for the packages of this workspace alone, so
# dependencies stay as they are built for the tests. The library and the targets count which branches they take and what they
# compare, as cargo-fuzz has it (without an address sanitizer, which only a nightly compiler has: the parsers are safe Rust).
set -eu
compiler=$1
shift
case " $* " in
  *" --crate-name build_script_"* | *" --crate-name small_llama "*) exec "$compiler" "$@" ;;
  *" --crate-name "*)
    exec "$compiler" "$@" --cfg fuzzing -Copt-level=1 -Cdebug-assertions=on -Coverflow-checks=on \
      -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
      -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
  *) exec "$compiler" "$@" ;;
esac
