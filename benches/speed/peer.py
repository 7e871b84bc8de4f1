"""The peer's side of the comparison: a scenario, a model file and counts come in, one JSON line of raw timings goes out.

Runs in the benchmark's Python environment, where `llama-cpp-python` and `onnxruntime` are. It drives llama.cpp through its
own C functions exactly as llama-bench does (random tokens, no sampling, one call for the whole prompt, one call a token), and
ONNX Runtime as its Python interface is used everywhere. It does no statistics and knows nothing of Tripod.

    python benches/speed/peer.py info
    python benches/speed/peer.py language MODEL.gguf [--prompt 512] [--decode 128] [--repetitions 2] [--threads 1]
    python benches/speed/peer.py load MODEL.gguf|MODEL.onnx [--tokenizer FILE] [--cells 2048] [--repetitions 2] [--threads 1]
    python benches/speed/peer.py classify MODEL.onnx --tokenizer FILE --texts FILE [--repetitions 2] [--threads 1]
"""

import argparse
import importlib.metadata
import json
import random
import time


def milliseconds(begun):
    return (time.perf_counter() - begun) * 1e3


def llama():
    """The binding, with llama.cpp's log switched off."""
    import llama_cpp

    @llama_cpp.llama_log_callback
    def silent(_level, _text, _data):
        pass

    llama_cpp.llama_log_set(silent, None)
    # The native side keeps the pointer only: the object must live as long as the process.
    llama_cpp.silent = silent
    llama_cpp.llama_backend_init()
    return llama_cpp


def info(_args):
    import onnxruntime

    binding = llama()
    return {
        "flags": binding.llama_print_system_info().decode(),
        "ggml": ggml_version(binding),
        "versions": {
            name: importlib.metadata.version(name) for name in ("llama-cpp-python", "onnxruntime", "tokenizers")
        },
        "providers": onnxruntime.get_available_providers(),
    }


def ggml_version(binding):
    """The version of ggml beneath, where the library says it."""
    import ctypes
    import pathlib

    for library in pathlib.Path(binding.__file__).parent.glob("lib/libggml-base.*"):
        version = ctypes.CDLL(str(library)).ggml_version
        version.restype = ctypes.c_char_p
        return version().decode()
    return "unknown"


class Context:
    """A context as llama-bench opens it: cells for the one test, its default batches, flash attention where it helps."""

    def __init__(self, binding, model, cells, threads, micro_batch):
        self.binding = binding
        params = binding.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = 2048
        params.n_ubatch = micro_batch
        params.n_threads = threads
        params.n_threads_batch = threads
        params.no_perf = True
        self.context = binding.llama_init_from_model(model, params)
        if not self.context:
            raise RuntimeError(f"llama.cpp opens no context of {cells} cells")
        vocabulary = binding.llama_model_get_vocab(model)
        self.tokens = binding.llama_vocab_n_tokens(vocabulary)
        begins = binding.llama_vocab_get_add_bos(vocabulary)
        self.first = binding.llama_vocab_bos(vocabulary) if begins else None

    def clear(self):
        self.binding.llama_memory_clear(self.binding.llama_get_memory(self.context), False)

    def random_tokens(self, count):
        """An array for the native side; the first token begins a text, where the model has one for that."""
        tokens = [random.randrange(self.tokens) for _ in range(count)]
        if self.first is not None:
            tokens[0] = self.first
        return (self.binding.llama_token * count)(*tokens)

    def evaluate(self, tokens):
        batch = self.binding.llama_batch_get_one(tokens, len(tokens))
        status = self.binding.llama_decode(self.context, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}")
        self.binding.llama_synchronize(self.context)

    def prefill(self, count):
        """Milliseconds for a prompt of so many tokens on an empty cache."""
        self.clear()
        tokens = self.random_tokens(count)
        begun = time.perf_counter()
        self.evaluate(tokens)
        return milliseconds(begun)

    def decode(self, count):
        """Milliseconds for so many tokens one by one on an empty cache."""
        self.clear()
        tokens = [self.random_tokens(1) for _ in range(count)]
        begun = time.perf_counter()
        for token in tokens:
            self.evaluate(token)
        return milliseconds(begun)

    def close(self):
        self.binding.llama_free(self.context)


def language(args):
    binding = llama()
    random.seed(1)
    params = binding.llama_model_default_params()
    params.n_gpu_layers = 0
    model = binding.llama_model_load_from_file(args.model.encode(), params)
    if not model:
        raise RuntimeError(f"llama.cpp does not load {args.model}")
    prefill, decode = [], []
    # llama-bench measures each test in a context of its own.
    context = Context(binding, model, args.prompt, args.threads, args.micro_batch)
    context.prefill(args.prompt)
    for _ in range(args.repetitions):
        prefill.append({"tokens": args.prompt, "ms": context.prefill(args.prompt)})
    context.close()
    context = Context(binding, model, args.decode, args.threads, args.micro_batch)
    context.decode(1)
    for _ in range(args.repetitions):
        decode.append({"tokens": args.decode, "ms": context.decode(args.decode)})
    context.close()
    return {"prefill": prefill, "decode": decode}


def load(args):
    """Constructors, milliseconds. Importing the packages, which loads their libraries, is not counted."""
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401

    binding = llama()
    took = []
    for _ in range(args.repetitions):
        begun = time.perf_counter()
        if args.model.endswith(".gguf"):
            counts = {"n_ctx": args.cells, "n_threads": args.threads, "n_threads_batch": args.threads}
            opened = binding.Llama(args.model, verbose=False, **counts)
            took.append(milliseconds(begun))
            opened.close()
        else:
            opened = session(args.model, args.threads), tokenizer(args.tokenizer, args.max_tokens)
            took.append(milliseconds(begun))
            del opened
    return {"load_ms": took}


def session(model, threads):
    """A session with the defaults of the package, save the number of threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def tokenizer(path, max_tokens):
    """A tokenizer that pads a batch to its longest text."""
    import tokenizers

    loaded = tokenizers.Tokenizer.from_file(path)
    pad = next(token for token in ("[PAD]", "<pad>") if loaded.token_to_id(token) is not None)
    loaded.enable_padding(pad_id=loaded.token_to_id(pad), pad_token=pad)
    loaded.enable_truncation(max_tokens)
    return loaded


def classify(args):
    import numpy

    opened = session(args.model, args.threads)
    words = tokenizer(args.tokenizer, args.max_tokens)
    inputs = {entry.name for entry in opened.get_inputs()}
    with open(args.texts, encoding="utf-8") as file:
        texts = json.load(file)

    def probabilities():
        encodings = words.encode_batch(texts)
        feed = {
            "input_ids": numpy.array([encoding.ids for encoding in encodings], dtype=numpy.int64),
            "attention_mask": numpy.array([encoding.attention_mask for encoding in encodings], dtype=numpy.int64),
        }
        if "token_type_ids" in inputs:
            feed["token_type_ids"] = numpy.zeros_like(feed["input_ids"])
        logits = opened.run(None, feed)[0]
        exponentials = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    rows = probabilities()
    took = []
    for _ in range(args.repetitions):
        begun = time.perf_counter()
        probabilities()
        took.append(milliseconds(begun))
    return {"ms": took, "probabilities": rows.tolist()}


def main():
    parser = argparse.ArgumentParser(description="The peer's side of the comparison")
    scenarios = parser.add_subparsers(required=True)
    for scenario in (info, language, load, classify):
        own = scenarios.add_parser(scenario.__name__)
        own.set_defaults(scenario=scenario)
        if scenario is info:
            continue
        own.add_argument("model")
        own.add_argument("--threads", type=int, default=1)
        own.add_argument("--repetitions", type=int, default=2)
        if scenario is language:
            own.add_argument("--prompt", type=int, default=512)
            own.add_argument("--decode", type=int, default=128)
            own.add_argument("--micro-batch", type=int, default=512)
        else:
            own.add_argument("--tokenizer")
            own.add_argument("--max-tokens", type=int, default=128)
            own.add_argument("--cells", type=int, default=2048)
            own.add_argument("--texts")
    args = parser.parse_args()
    print(json.dumps(args.scenario(args)))


if __name__ == "__main__":
    main()
