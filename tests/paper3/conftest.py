from collections.abc import Iterator

import keras
import pytest


@pytest.fixture
def float64() -> Iterator[None]:
    """Networks built in the test count in float64, but for their outputs."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
