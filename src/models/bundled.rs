//! The model files that are part of the program: small ones that were trained here. A name in, the bytes out.

/// Each file with its name.
const FILES: [(&str, &[u8]); 1] = [(
    "tripod-forecaster.gguf",
    include_bytes!("../../models/tripod-forecaster/tripod-forecaster.gguf"),
)];

/// The file of this name.
pub(super) fn bundled(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}
