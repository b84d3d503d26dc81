"""How a layer is read back whose arguments are objects themselves: initializers, regularisers."""

from __future__ import annotations

from typing import Any

import keras


class SavedLayer(keras.layers.Layer):
    """A layer whose `get_config` holds such arguments as `keras.saving` serialises them."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SavedLayer:
        return cls(**keras.saving.deserialize_keras_object(config))
