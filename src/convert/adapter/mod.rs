//! A LoRA adapter as PEFT saves it (Hu et al. 2021): `adapter_config.json` and two small matrices for each adapted one. It is
//! merged into the weights, or written as a GGUF adapter that llama.cpp applies while it runs.

mod gguf;
mod pairs;
mod settings;

pub(super) use self::gguf::write;
pub(super) use self::pairs::Adapter;
#[cfg(any(test, fuzzing))]
pub(super) use self::settings::fuzz as fuzz_settings;
