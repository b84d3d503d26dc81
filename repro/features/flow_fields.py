"""Stored optical flow of one video, decoded field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.flow import coding


class Fields:
    """Coded flow, uint8 [T-1, H, W, 2], of which each field is decoded when it is asked for.

    Indexed like an array, along its first axis only; `[:]` decodes all of it.
    """

    def __init__(self, images: Sequence[bytes], shape: tuple[int, int, int, int]) -> None:
        self._images = images  # two JPEGs a field
        self.shape = shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: int | slice | NDArray[np.integer]) -> NDArray[np.uint8]:
        if isinstance(which, tuple):
            raise TypeError(f"fields[{which}]; wanted one index, along the first axis")
        chosen = np.arange(len(self))[which]
        if chosen.ndim == 0:
            return self._field(int(chosen))
        coded = np.empty((len(chosen), *self.shape[1:]), np.uint8)
        for row, f in enumerate(chosen.tolist()):
            coded[row] = self._field(f)
        return coded

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype)

    def _field(self, f: int) -> NDArray[np.uint8]:
        return coding.from_jpeg(self._images[2 * f], self._images[2 * f + 1])
