"""The classifier as an ONNX graph, in float32 or in int8, and the encoder alone as a graph that embeds texts.

In: merged float32 weights by name. Out: an `onnx.ModelProto` with inputs `input_ids`, `attention_mask` and
`token_type_ids` (int64 [batch, sequence]) and one output, `logits` (float32 [batch, 3]) or `embedding` (float32
[batch, 384]). Nodes are emitted in one fixed
order and quantisation is elementwise, so the same weights always give the same bytes. It never touches the disk.
"""

import math

import numpy as np
from onnx import TensorProto, helper

import encoder

OPSET = 17
IR_VERSION = 8
MASKED = -10000.0

# Weights and activations are both unsigned with a zero point of 128. With signed weights, ONNX Runtime multiplies on
# AVX2 machines with an instruction that adds two products in 16 bits and saturates, unless the weights give up a bit.
# The unsigned product is exact on every machine, for about a tenth more time.
ZERO_POINT = 128
WEIGHT_LEVELS = 127
ROW_LEVELS = 127
EMBEDDING_LEVELS = 127


class Graph:
    """Nodes and constants in the order of their making; one method for each building block of BERT."""

    def __init__(self, weights, precision):
        self.weights = weights
        self.quantised = precision == "int8"
        self.nodes = []
        self.constants = []
        self.known = set()

    def op(self, kind, inputs, name, **attributes):
        """Append one node with one output and return the output's name."""
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name, array):
        """Keep an array under `name` once and return the name."""
        if name not in self.known:
            self.known.add(name)
            array = np.asarray(array, order="C")
            kind = {
                "float32": TensorProto.FLOAT,
                "int64": TensorProto.INT64,
                "int8": TensorProto.INT8,
                "uint8": TensorProto.UINT8,
            }[array.dtype.name]
            data = array.astype(array.dtype.newbyteorder("<")).tobytes()
            self.constants.append(helper.make_tensor(name, kind, array.shape, data, raw=True))
        return name

    def scalar(self, name, value):
        """A float32 constant of shape []."""
        return self.constant(name, np.array(value, dtype=np.float32))

    def table(self, name, ids):
        """Rows of an embedding table; int8 tables carry one scale for each row."""
        table = self.weights[f"{name}.weight"]
        if not self.quantised:
            return self.op("Gather", [self.constant(f"{name}.weight", table), ids], name)
        levels, scale = quantise(table, EMBEDDING_LEVELS)
        rows = self.op("Gather", [self.constant(f"{name}.levels", levels), ids], f"{name}.rows")
        scales = self.op("Gather", [self.constant(f"{name}.scale", scale), ids], f"{name}.scales")
        rows = self.op("Cast", [rows], f"{name}.cast", to=TensorProto.FLOAT)
        return self.op("Mul", [rows, scales], name)

    def quantise_rows(self, value):
        """Quantise each token's activations with a scale of its own.

        DynamicQuantizeLinear has one scale for the whole batch, so a headline's logits would depend on the headlines
        beside it. Here they do not. Gives the uint8 tensor (zero point 128) and its scales [batch, sequence, 1].
        """
        largest = self.op("ReduceMax", [self.op("Abs", [value], f"{value}.abs")], f"{value}.max", axes=[-1], keepdims=1)
        scale = self.op("Mul", [largest, self.scalar("one_level", 1.0 / ROW_LEVELS)], f"{value}.fine")
        scale = self.op("Max", [scale, self.scalar("smallest_scale", 1e-12)], f"{value}.scale")
        levels = self.op("Round", [self.op("Div", [value, scale], f"{value}.ratio")], f"{value}.round")
        levels = self.op("Add", [levels, self.scalar("middle", ZERO_POINT)], f"{value}.shift")
        return self.op("Cast", [levels], f"{value}.levels", to=TensorProto.UINT8), scale

    def linear(self, value, names, name):
        """value · Wᵀ + b. Several names are laid side by side, as one wider layer."""
        weight = np.concatenate([self.weights[f"{part}.weight"] for part in names])
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in names])
        bias = self.constant(f"{name}.bias", bias)
        if not self.quantised:
            weight = self.constant(f"{name}.weight", weight.T)
            return self.op("Add", [self.op("MatMul", [value, weight], f"{name}.product"), bias], name)
        levels, scale = quantise(weight, WEIGHT_LEVELS)
        activations, row_scale = self.quantise_rows(value)
        zero_point = self.constant("zero_point", np.array(ZERO_POINT, dtype=np.uint8))
        weight = self.constant(f"{name}.levels", (levels.T.astype(np.int16) + ZERO_POINT).astype(np.uint8))
        product = self.op("MatMulInteger", [activations, weight, zero_point, zero_point], f"{name}.integer")
        product = self.op("Cast", [product], f"{name}.cast", to=TensorProto.FLOAT)
        product = self.op("Mul", [product, self.constant(f"{name}.scale", scale[:, 0])], f"{name}.columns")
        product = self.op("Mul", [product, row_scale], f"{name}.product")
        return self.op("Add", [product, bias], name)

    def norm(self, value, source, name):
        """Layer normalisation over the hidden size."""
        scale = self.constant(f"{source}.weight", self.weights[f"{source}.weight"])
        bias = self.constant(f"{source}.bias", self.weights[f"{source}.bias"])
        return self.op("LayerNormalization", [value, scale, bias], name, axis=-1, epsilon=encoder.NORM_EPSILON)

    def gelu(self, value, name):
        """x · (1 + erf(x / √2)) / 2, the exact form."""
        error = self.op("Div", [value, self.scalar("root_two", math.sqrt(2.0))], f"{name}.scaled")
        error = self.op("Erf", [error], f"{name}.erf")
        error = self.op("Add", [error, self.scalar("one", 1.0)], f"{name}.one")
        return self.op("Mul", [self.op("Mul", [value, error], f"{name}.double"), self.scalar("half", 0.5)], name)

    def embeddings(self):
        """Word, position and token type embeddings, summed and normalised: [batch, sequence, 384]."""
        words = self.table("embeddings.word_embeddings", "input_ids")
        types = self.table("embeddings.token_type_embeddings", "token_type_ids")
        length = self.op("Shape", ["input_ids"], "length", start=1, end=2)
        first = self.constant("first", np.array([0], dtype=np.int64))
        every = self.constant("every_position", np.arange(512, dtype=np.int64))
        places = self.table("embeddings.position_embeddings", self.op("Slice", [every, first, length], "positions"))
        total = self.op("Add", [self.op("Add", [words, types], "embeddings.words"), places], "embeddings.sum")
        return self.norm(total, "embeddings.LayerNorm", "embeddings")

    def mask(self):
        """0 where there is a token and a large negative number where there is padding: [batch, 1, 1, sequence]."""
        axes = self.constant("mask_axes", np.array([1, 2], dtype=np.int64))
        present = self.op("Cast", ["attention_mask"], "present", to=TensorProto.FLOAT)
        absent = self.op("Sub", [self.scalar("one", 1.0), present], "absent")
        absent = self.op("Mul", [absent, self.scalar("masked", MASKED)], "masked_scores")
        return self.op("Unsqueeze", [absent, axes], "mask")

    def attention(self, value, mask, layer):
        """Self-attention of one block, without its output layer: [batch, sequence, 384]."""
        source, name = f"encoder.layer.{layer}.attention.self", f"layer{layer}.attention"
        parts = self.linear(value, [f"{source}.{part}" for part in ("query", "key", "value")], f"{name}.projection")
        flat = [f"{name}.{part}.flat" for part in ("query", "key", "value")]
        self.nodes.append(helper.make_node("Split", [parts], flat, name=f"{name}.split", axis=-1))
        width = encoder.HIDDEN // encoder.HEADS
        split = self.constant("split_heads", np.array([0, 0, encoder.HEADS, width], dtype=np.int64))
        join = self.constant("join_heads", np.array([0, 0, encoder.HIDDEN], dtype=np.int64))
        heads = [self.op("Reshape", [part, split], f"{part}.heads") for part in flat]
        query = self.op("Transpose", [heads[0]], f"{name}.query", perm=[0, 2, 1, 3])
        key = self.op("Transpose", [heads[1]], f"{name}.key", perm=[0, 2, 3, 1])
        content = self.op("Transpose", [heads[2]], f"{name}.value", perm=[0, 2, 1, 3])
        scores = self.op("MatMul", [query, key], f"{name}.product")
        scores = self.op("Div", [scores, self.scalar("root_width", math.sqrt(width))], f"{name}.scores")
        scores = self.op("Softmax", [self.op("Add", [scores, mask], f"{name}.masked")], f"{name}.weights", axis=-1)
        mixed = self.op("MatMul", [scores, content], f"{name}.mixed")
        return self.op("Reshape", [self.op("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3]), join], name)

    def block(self, value, mask, layer):
        """One transformer block, normalised after each half."""
        source, name = f"encoder.layer.{layer}", f"layer{layer}"
        mixed = self.attention(value, mask, layer)
        mixed = self.linear(mixed, [f"{source}.attention.output.dense"], f"{name}.attention.dense")
        mixed = self.op("Add", [mixed, value], f"{name}.attention.sum")
        mixed = self.norm(mixed, f"{source}.attention.output.LayerNorm", f"{name}.attention.norm")
        wide = self.gelu(self.linear(mixed, [f"{source}.intermediate.dense"], f"{name}.wide"), f"{name}.gelu")
        narrow = self.linear(wide, [f"{source}.output.dense"], f"{name}.narrow")
        return self.norm(self.op("Add", [narrow, mixed], f"{name}.sum"), f"{source}.output.LayerNorm", f"{name}.norm")

    def pool(self, value):
        """The mean over the tokens that are not padding: [batch, 384]."""
        last = self.constant("last_axis", np.array([-1], dtype=np.int64))
        weights = self.op("Unsqueeze", ["present", last], "pool.weights")
        middle = self.constant("token_axis", np.array([1], dtype=np.int64))
        total = self.op("ReduceSum", [self.op("Mul", [value, weights], "pool.kept"), middle], "pool.sum", keepdims=0)
        count = self.op("ReduceSum", [weights, middle], "pool.count", keepdims=0)
        count = self.op("Max", [count, self.scalar("one", 1.0)], "pool.tokens")
        return self.op("Div", [total, count], "pool")

    def head(self, value):
        """The classifier, float32 in both precisions: it is 1,155 numbers and decides everything."""
        weight = self.constant("classifier.weight", np.asarray(self.weights["classifier.weight"], np.float32).T)
        bias = self.constant("classifier.bias", np.asarray(self.weights["classifier.bias"], np.float32))
        return self.op("Add", [self.op("MatMul", [value, weight], "classifier.product"), bias], "logits")


    def unit(self, value):
        """The value divided by its Euclidean norm: [batch, 384]."""
        last = self.constant("last_axis", np.array([-1], dtype=np.int64))
        squares = self.op("Mul", [value, value], "unit.squares")
        norm = self.op("Sqrt", [self.op("ReduceSum", [squares, last], "unit.sum", keepdims=1)], "unit.root")
        norm = self.op("Max", [norm, self.scalar("smallest_norm", 1e-12)], "unit.norm")
        return self.op("Div", [value, norm], "embedding")


def quantise(matrix, levels):
    """Symmetric int8 with one scale for each row: matrix ≈ int8 · scale. Shapes [rows, columns] and [rows, 1]."""
    largest = np.max(np.abs(matrix), axis=1, keepdims=True).astype(np.float64)
    scale = np.where(largest > 0.0, largest / levels, 1.0).astype(np.float32)
    rounded = np.rint(matrix.astype(np.float64) / scale.astype(np.float64))
    return np.clip(rounded, -levels, levels).astype(np.int8), scale


def build_model(weights, precision):
    """The whole classifier as a ModelProto; `precision` is "int8" or "fp32"."""
    graph, value = pooled(weights, precision)
    graph.head(value)
    return finished(graph, "sentiment-headlines", "logits", len(encoder.LABELS))


def build_embedder(weights):
    """The encoder with the mean over its tokens, of length one, as a ModelProto in float32."""
    graph, value = pooled(weights, "fp32")
    graph.unit(value)
    return finished(graph, "embedder", "embedding", encoder.HIDDEN)


def pooled(weights, precision):
    """The encoder's graph, and the name of the mean over its tokens."""
    graph = Graph(weights, precision)
    mask = graph.mask()
    value = graph.embeddings()
    for layer in range(encoder.LAYERS):
        value = graph.block(value, mask, layer)
    return graph, graph.pool(value)


def finished(graph, name, output, columns):
    """The graph with its inputs and its output as a ModelProto."""
    inputs = [
        helper.make_tensor_value_info(one, TensorProto.INT64, ["batch", "sequence"])
        for one in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", columns])
    body = helper.make_graph(graph.nodes, name, inputs, [output], initializer=graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    model.producer_name = "tripod"
    model.producer_version = "1"
    return model
