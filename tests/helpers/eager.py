"""TensorFlow with or without graphs: to trace a small network takes ten times as long as to run it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def run_eagerly(eagerly: bool) -> None:
    """What `tf.function` and Keras' steps do from here on; tf.data always makes graphs."""
    if "tensorflow" in sys.modules:
        import tensorflow as tf

        tf.config.run_functions_eagerly(eagerly)


@contextmanager
def graphs() -> Iterator[None]:
    """As a user runs it, inside of a test that otherwise runs eagerly."""
    run_eagerly(False)
    yield
    run_eagerly(True)
