"""FinBERT's shape with random weights, as ONNX: BERT-base with its pooler and three labels.

In: a seed. Out: a float32 graph as exporters of the real model write it, and its int8 form by ONNX Runtime's own dynamic
quantisation. The graph has inputs `input_ids`, `attention_mask`, `token_type_ids` (int64 [batch, sequence]) and the output
`logits` (float32 [batch, 3]).
"""

import logging
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, WIDTH, HEADS, WIDE, LABELS = 12, 768, 12, 3072, 3
VOCABULARY, POSITIONS, TYPES = 30522, 512, 2
PARAMETERS = 109_484_547
DEVIATION = 0.02
NORM_EPSILON = 1e-12
OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and constants in the order of their making; one method for each building block of BERT."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes = []
        self.constants = []
        self.weights = 0

    def op(self, kind, inputs, name, **attributes):
        """Append one node with one output and return the output's name."""
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name, array):
        """Keep an array under `name` and return the name."""
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name, *shape):
        """A parameter: random where it has two dimensions, else a bias of zeros."""
        self.weights += math.prod(shape)
        if len(shape) == 1:
            return self.constant(name, np.zeros(shape, dtype=np.float32))
        drawn = self.random.standard_normal(shape, dtype=np.float32)
        return self.constant(name, drawn * np.float32(DEVIATION))

    def integers(self, name, *values):
        return self.constant(name, np.array(values, dtype=np.int64))

    def scalar(self, name, value):
        return self.constant(name, np.array(value, dtype=np.float32))

    def linear(self, value, inside, outside, name):
        """value · W + b"""
        product = self.op("MatMul", [value, self.weight(f"{name}.weight", inside, outside)], f"{name}.product")
        return self.op("Add", [product, self.weight(f"{name}.bias", outside)], name)

    def norm(self, value, name):
        """Layer normalisation over the hidden size."""
        self.weights += WIDTH
        scale = self.constant(f"{name}.weight", np.ones(WIDTH, dtype=np.float32))
        bias = self.weight(f"{name}.bias", WIDTH)
        return self.op("LayerNormalization", [value, scale, bias], name, axis=-1, epsilon=NORM_EPSILON)

    def table(self, name, rows, ids):
        """Rows of an embedding table."""
        return self.op("Gather", [self.weight(f"{name}.weight", rows, WIDTH), ids], name)

    def embeddings(self):
        """Word, type and position embeddings, summed and normalised: [batch, sequence, 768]."""
        words = self.table("word_embeddings", VOCABULARY, "input_ids")
        types = self.table("token_type_embeddings", TYPES, "token_type_ids")
        length = self.op("Shape", ["input_ids"], "length", start=1, end=2)
        every = self.integers("every_position", *range(POSITIONS))
        positions = self.op("Slice", [every, self.integers("first", 0), length], "positions")
        places = self.table("position_embeddings", POSITIONS, positions)
        total = self.op("Add", [self.op("Add", [words, types], "embeddings.words"), places], "embeddings.sum")
        return self.norm(total, "embeddings.norm")

    def mask(self):
        """0 where there is a token and a large negative number where there is padding: [batch, 1, 1, sequence]."""
        present = self.op("Unsqueeze", ["attention_mask", self.integers("mask_axes", 1, 2)], "mask.raised")
        present = self.op("Cast", [present], "mask.present", to=TensorProto.FLOAT)
        absent = self.op("Sub", [self.scalar("one", 1.0), present], "mask.absent")
        return self.op("Mul", [absent, self.scalar("masked", float(np.finfo(np.float32).min))], "mask")

    def heads(self, value, name, order):
        """[batch, sequence, 768] as [batch, 12, …] in the given order of axes."""
        shape = self.integers(f"{name}.shape", 0, 0, HEADS, WIDTH // HEADS)
        return self.op("Transpose", [self.op("Reshape", [value, shape], f"{name}.heads")], f"{name}.split", perm=order)

    def attention(self, value, mask, name):
        """Self-attention with its output layer: [batch, sequence, 768]."""
        query, key, content = (self.linear(value, WIDTH, WIDTH, f"{name}.{part}") for part in ("query", "key", "value"))
        query = self.heads(query, f"{name}.query", [0, 2, 1, 3])
        key = self.heads(key, f"{name}.key", [0, 2, 3, 1])
        content = self.heads(content, f"{name}.value", [0, 2, 1, 3])
        scores = self.op("MatMul", [query, key], f"{name}.scores")
        root = self.scalar(f"{name}.root", math.sqrt(WIDTH // HEADS))
        scores = self.op("Div", [scores, root], f"{name}.scaled")
        shares = self.op("Softmax", [self.op("Add", [scores, mask], f"{name}.masked")], f"{name}.shares", axis=-1)
        mixed = self.op("MatMul", [shares, content], f"{name}.mixed")
        mixed = self.op("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3])
        joined = self.op("Reshape", [mixed, self.integers(f"{name}.joined_shape", 0, 0, WIDTH)], f"{name}.joined")
        return self.linear(joined, WIDTH, WIDTH, f"{name}.output")

    def gelu(self, value, name):
        """x · (1 + erf(x / √2)) / 2, the exact form."""
        error = self.op("Div", [value, self.scalar(f"{name}.root_two", math.sqrt(2.0))], f"{name}.scaled")
        error = self.op("Erf", [error], f"{name}.erf")
        error = self.op("Add", [error, self.scalar(f"{name}.one", 1.0)], f"{name}.shifted")
        double = self.op("Mul", [value, error], f"{name}.double")
        return self.op("Mul", [double, self.scalar(f"{name}.half", 0.5)], name)

    def block(self, value, mask, name):
        """One transformer block, normalised after each half."""
        mixed = self.attention(value, mask, f"{name}.attention")
        value = self.norm(self.op("Add", [mixed, value], f"{name}.attention.sum"), f"{name}.attention.norm")
        wide = self.gelu(self.linear(value, WIDTH, WIDE, f"{name}.wide"), f"{name}.gelu")
        narrow = self.linear(wide, WIDE, WIDTH, f"{name}.narrow")
        return self.norm(self.op("Add", [narrow, value], f"{name}.sum"), f"{name}.norm")

    def head(self, value):
        """The first token through the pooler and the classifier: [batch, 3]."""
        first = self.op("Gather", [value, self.constant("first_token", np.array(0, dtype=np.int64))], "first_row", axis=1)
        pooled = self.op("Tanh", [self.linear(first, WIDTH, WIDTH, "pooler")], "pooled")
        return self.linear(pooled, WIDTH, LABELS, "logits")


def write(path, seed):
    """Write the float32 model."""
    graph = Graph(seed)
    mask = graph.mask()
    value = graph.embeddings()
    for layer in range(LAYERS):
        value = graph.block(value, mask, f"layer{layer}")
    graph.head(value)
    assert graph.weights == PARAMETERS, graph.weights
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", LABELS])
    body = helper.make_graph(graph.nodes, "finbert-shape", inputs, [output], initializer=graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "tripod"
    model.doc_string = "Random weights in FinBERT's shape, for measuring memory and speed. Its output is noise."
    onnx.checker.check_model(model)
    onnx.save(model, path)


def quantise(source, target):
    """Weights to int8 one scale a column, activations as they come: how the public int8 exports of FinBERT are made."""
    # It recommends a preparation for graphs that exporters left loose ends in.
    logging.disable(logging.WARNING)
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    logging.disable(logging.NOTSET)
