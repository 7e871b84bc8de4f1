"""A 16-bit GGUF to a quantised one, by llama.cpp itself, so that the mix of types is that of published files.

In: a GGUF and the name of a quantisation. Out: another GGUF. It keeps at most a GiB of a tensor's rows in memory at once.
"""

import ctypes
import os

import llama_cpp

ROWS_IN_MEMORY = 1 << 30


def quantise(source, target, kind):
    """Quantise `source` into `target`; `kind` is a name such as Q4_K_M."""
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    options.nthread = max(1, (os.cpu_count() or 1) - 1)
    options.max_buf_size = ROWS_IN_MEMORY
    quiet()
    if llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), options) != 0:
        raise RuntimeError(f"llama.cpp could not quantise {source} to {kind}")


@llama_cpp.llama_log_callback
def _only_errors(level, text, _data):
    # llama.cpp's levels: 4 is an error.
    if level == 4:
        os.write(2, text)


def quiet():
    """Let llama.cpp say errors only."""
    llama_cpp.llama_log_set(_only_errors, ctypes.c_void_p(0))
