//! Function calling: the tools of a request come in, what the prompt says of them, the grammar of the answer and the calls in it go out.
//! A client runs its tools itself.

pub(super) mod wire;
