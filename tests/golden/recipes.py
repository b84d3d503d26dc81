"""What each golden holds: the call of tensorflow-addons, with its inputs, weights and outputs, as arrays.

Letters: B batch, T time, D width of an input. Every draw has its own seed. Run by generate.py.
"""

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa


def peephole_lstm():
    """x [T=6, B=3, D=4] through PeepholeLSTMCell(5) in float64 from a state that is not zero."""
    rng = np.random.default_rng(1)
    steps, batch, width, units = 6, 3, 4, 5
    cell = tfa.rnn.PeepholeLSTMCell(units, recurrent_activation="sigmoid", dtype="float64")
    cell.build((batch, width))
    # Large enough that every gate leaves its linear range, so that a swapped gate cannot hide.
    weights = {
        "W": rng.normal(size=(width, 4 * units)),
        "U": rng.normal(size=(units, 4 * units)),
        "b": rng.normal(size=4 * units),
        "V_i": rng.normal(size=units),
        "V_f": rng.normal(size=units),
        "V_o": rng.normal(size=units),
    }
    for variable, value in zip(
        (
            cell.kernel,
            cell.recurrent_kernel,
            cell.bias,
            cell.input_gate_peephole_weights,
            cell.forget_gate_peephole_weights,
            cell.output_gate_peephole_weights,
        ),
        weights.values(),
        strict=True,
    ):
        variable.assign(value)
    x = rng.normal(size=(steps, batch, width))
    h_0, c_0 = rng.normal(size=(2, batch, units)) * 0.5
    state, states = [tf.constant(h_0), tf.constant(c_0)], []
    for x_t in x:
        _, state = cell(tf.constant(x_t), state)
        states.append([np.array(part) for part in state])
    h, c = np.swapaxes(np.array(states), 0, 1)
    return {**weights, "x": x, "h_0": h_0, "c_0": c_0, "h": h, "c": c}


class _QueryCell(tf.keras.layers.Layer):
    """Hands its input on, so that the wrapper's query is the given one and not an LSTM's output."""

    def __init__(self, width):
        super().__init__(dtype="float64")
        self.output_size = self.state_size = width

    def call(self, inputs, states):
        return inputs, states

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return tf.zeros((batch_size, self.state_size), dtype)


def bahdanau():
    """Queries [steps=3, B=3, 4] on a memory [B=3, T=5, 6], whole and cut to `lengths`, in float64."""
    rng = np.random.default_rng(2)
    steps, batch, times, memory_width, query_width, units = 3, 3, 5, 6, 4, 7
    arrays = {
        "W_a": rng.normal(size=(memory_width, units)),
        "b_a": rng.normal(size=units),
        "W_h": rng.normal(size=(query_width, units)),
        "v": rng.normal(size=units),
        "memory": rng.normal(size=(batch, times, memory_width)),
        "queries": rng.normal(size=(steps, batch, query_width)),
        "lengths": np.array([5, 3, 1], np.int64),
    }
    for case, lengths in (("whole", None), ("masked", arrays["lengths"])):
        # The memory layer is given, because paper 3's has a bias and the default one has none.
        memory_layer = tf.keras.layers.Dense(
            units,
            dtype="float64",
            kernel_initializer=tf.constant_initializer(arrays["W_a"]),
            bias_initializer=tf.constant_initializer(arrays["b_a"]),
        )
        query_layer = tf.keras.layers.Dense(
            units,
            use_bias=False,
            dtype="float64",
            kernel_initializer=tf.constant_initializer(arrays["W_h"]),
        )
        mechanism = tfa.seq2seq.BahdanauAttention(
            units,
            memory=tf.constant(arrays["memory"]),
            memory_sequence_length=lengths,
            kernel_initializer=tf.constant_initializer(arrays["v"]),
            memory_layer=memory_layer,
            query_layer=query_layer,
            dtype="float64",
        )
        wrapper = tfa.seq2seq.AttentionWrapper(
            _QueryCell(query_width),
            mechanism,
            cell_input_fn=lambda query, context: query,
            output_attention=True,
            dtype="float64",
        )
        state = wrapper.get_initial_state(batch_size=batch, dtype="float64")
        alignments, contexts = [], []
        for query in arrays["queries"]:
            context, state = wrapper(tf.constant(query), state)
            alignments.append(np.array(state.alignments))
            contexts.append(np.array(context))
        arrays[f"alignments_{case}"] = np.array(alignments)
        arrays[f"context_{case}"] = np.array(contexts)
    return arrays


GAUSSIAN_CASES = ((3, 3, 1.0, 1.0), (7, 5, 1.5, 0.75))


def gaussian():
    """A float64 image [9, 11, 2] under two filters (rows, columns, sigma_y, sigma_x) and three borders."""
    image = np.random.default_rng(3).uniform(0, 1, size=(9, 11, 2))
    arrays = {"image": image, "cases": np.array(GAUSSIAN_CASES)}
    for border in ("REFLECT", "SYMMETRIC", "CONSTANT"):
        arrays[border.lower()] = np.array(
            [
                tfa.image.gaussian_filter2d(
                    tf.constant(image), (rows, columns), (sigma_y, sigma_x), padding=border
                )
                for rows, columns, sigma_y, sigma_x in GAUSSIAN_CASES
            ]
        )
    return arrays


def rotation():
    """A smooth image [12, 16] turned by four angles, two interpolations, three borders.

    Smooth, because a fixed-point warp differs from this one by a fraction of the steps between neighbours:
    small steps make a test of such a warp sharp.
    """
    y, x = np.mgrid[0:12, 0:16]
    bump = 90 * np.exp(-((y - 4) ** 2 / 14 + (x - 10) ** 2 / 20))
    image = np.round(20 + 6 * x + 3 * y + bump).astype(np.uint8)
    angles_deg = np.array([8.0, -8.0, 33.0, 137.0])
    images = tf.repeat(tf.cast(image, tf.float32)[None, :, :, None], len(angles_deg), axis=0)
    arrays = {"image": image, "angles_deg": angles_deg, "fill_value": np.array(7.0)}
    for interpolation, dtype in (("nearest", np.uint8), ("bilinear", np.float32)):
        for border in ("constant", "nearest", "reflect"):
            turned = tfa.image.rotate(
                images, np.deg2rad(angles_deg), interpolation, fill_mode=border, fill_value=7.0
            )
            arrays[f"{interpolation}_{border}"] = np.array(turned)[..., 0].astype(dtype)
    return arrays


def sgdw():
    """Weights [4] after each of six steps with given gradients: plain, with momentum, with Nesterov's.

    Every setting is a sum of few powers of two: float32 and float64 hold the same number.
    """
    rng = np.random.default_rng(4)
    w_0, gradients = rng.normal(size=4), rng.normal(size=(6, 4))
    settings = {"learning_rate": 0.125, "momentum": 0.875, "weight_decay": 0.03125}
    arrays = {"w_0": w_0, "gradients": gradients, **{name: np.array(v) for name, v in settings.items()}}
    for case, changed in (
        ("plain", {"momentum": 0.0}),
        ("momentum", {}),
        ("nesterov", {"nesterov": True}),
    ):
        optimizer = tfa.optimizers.SGDW(**{**settings, **changed})
        weights, path = tf.Variable(w_0), []
        for gradient in gradients:
            optimizer.apply_gradients([(tf.constant(gradient), weights)])
            path.append(weights.numpy())
        arrays[f"weights_{case}"] = np.array(path)
    return arrays


def pyramid():
    """Maps [B=2, 7, 10, C=3] in float32, averaged over 1x1, 2x2 and 3x4 bins: bins in rows [B, 1+4+12, C]."""
    bins = np.array([[1, 1], [2, 2], [3, 4]])
    maps = np.random.default_rng(5).normal(size=(2, 7, 10, 3)).astype(np.float32)
    layer = tfa.layers.SpatialPyramidPooling2D(bins.tolist())
    return {"maps": maps, "bins": bins, "pooled": np.array(layer(tf.constant(maps)))}


GOLDENS = {make.__name__: make for make in (peephole_lstm, bahdanau, gaussian, rotation, sgdw, pyramid)}
