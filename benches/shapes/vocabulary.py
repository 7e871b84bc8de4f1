"""Tokenizers of the right kind and size for the shapes.

In: the tokenizer-only GGUFs of llama.cpp's source package. Out: functions that write a whole tokenizer into a GGUF. It makes
up no words: what a shape has beyond the package's tokens is digits, as the real tokenizer groups them, and unused places.
"""

import gguf

NORMAL, UNUSED = gguf.TokenType.NORMAL, gguf.TokenType.UNUSED

# Written for this project in the form that Llama 3 models are spoken to.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\\n\\n' ~ message.content | trim ~ '<|eot_id|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)


def deepseek(path, size=129280):
    """DeepSeek's byte-pair tokenizer with the digit groups of its third version, padded to that one's size.

    The package has the first version: its words, but each digit a token. The third splits digits into groups of up to
    three, and a prompt of prices is mostly digits.
    """
    source = Source(path)
    tokens, types = source.tokens, source.types
    first_unused = tokens.index(next(token for token in tokens if token.startswith("[PAD")))
    del tokens[first_unused:], types[first_unused:]
    pairs = [f"{number:02}" for number in range(100)]
    triples = [f"{number:03}" for number in range(1000)]
    tokens += pairs + triples
    types += [NORMAL] * (len(tokens) - len(types))
    tokens += [f"[PAD{number}]" for number in range(len(tokens), size)]
    types += [UNUSED] * (size - len(types))
    # Either pair of three digits may have been joined first.
    merges = [" ".join(pair) for pair in pairs]
    merges += [f"{digits[:2]} {digits[2]}" for digits in triples] + [f"{digits[0]} {digits[1:]}" for digits in triples]

    def write(writer):
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("deepseek-v3")
        writer.add_token_list(tokens)
        writer.add_token_types(types)
        writer.add_token_merges(source.merges + merges)
        writer.add_bos_token_id(tokens.index("<｜begin▁of▁sentence｜>"))
        writer.add_eos_token_id(tokens.index("<｜end▁of▁sentence｜>"))
        writer.add_add_bos_token(True)

    return write


def llama(path):
    """Llama 3's byte-pair tokenizer as its chat models carry it."""
    source = Source(path)

    def write(writer):
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("llama-bpe")
        writer.add_token_list(source.tokens)
        writer.add_token_types(source.types)
        writer.add_token_merges(source.merges)
        writer.add_bos_token_id(source.tokens.index("<|begin_of_text|>"))
        writer.add_eos_token_id(source.tokens.index("<|eot_id|>"))
        writer.add_chat_template(CHAT_TEMPLATE)

    return write


class Source:
    """The tokens of a tokenizer-only GGUF."""

    def __init__(self, path):
        fields = gguf.GGUFReader(path).fields
        self.tokens = fields["tokenizer.ggml.tokens"].contents()
        self.types = fields["tokenizer.ggml.token_type"].contents()
        self.merges = fields["tokenizer.ggml.merges"].contents()
