"""The convolutions of a training step of VideoLSTM alone, under TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.video_lstm_work import Sizes


def convolutions(sizes: Sizes) -> Callable[[], object]:
    """The 3 x 3 convolutions of a training step as our network has them, with their gradients, alone.

    W^m_x on all frames at once; at each step one on (H^m, H) and one on (X~, H), one after the other. In the
    training step gradients of kernels need not wait for each other, so this may take longer than the whole.
    """
    rng = np.random.default_rng(0)
    u, d = sizes.units, sizes.channels

    def drawn(*shape: int) -> tf.Tensor:
        return tf.constant(rng.standard_normal(shape, np.float32) / 100)

    frames = (drawn(sizes.batch * sizes.steps, *sizes.grid, d), drawn(3, 3, d, 4 * u))
    at_each_step = [(drawn(sizes.batch, *sizes.grid, n), drawn(3, 3, n, 4 * u)) for n in (2 * u, d + u)]
    back = drawn(sizes.batch, *sizes.grid, 4 * u)
    back_of_all = drawn(sizes.batch * sizes.steps, *sizes.grid, 4 * u)

    def both_ways(x: tf.Tensor, kernel: tf.Tensor, back: tf.Tensor, *, to_input: bool) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch((x, kernel))
            y = tf.nn.conv2d(x, kernel, strides=1, padding="SAME")
        gradients = tape.gradient(y, (x, kernel) if to_input else (kernel,), output_gradients=back)
        return sum(tf.reshape(each, [-1])[0] for each in (y, *gradients))

    @tf.function
    def run() -> tf.Tensor:
        # Which numbers go in does not matter to the time, so all steps take the same; but for a trace of the
        # step before, without which equal steps would be computed once.
        trace = both_ways(*frames, back_of_all, to_input=False)
        for _ in range(sizes.steps):
            for x, kernel in at_each_step:
                faint = 1e-9 * trace
                trace += both_ways(x + faint, kernel, back + faint, to_input=True)
        return trace

    return lambda: run().numpy()
