"""What batches of stored features have in common: samples read in threads, one batch ahead."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from repro.input_pipeline.batches import Batch, Batches

Features = Mapping[str, NDArray[np.float32]]  # input -> [n, ...]


class StoredBatches(Batches):
    """One sample of every video an epoch, with its label. See `SnippetBatches` and `WindowBatches`.

    A subclass says what a video's sample is (`read`, called in threads, one batch ahead) and, in `shapes`,
    the shape of each of its inputs, [T, ...]. A video that is given several times has as many samples
    (`StoredClips`).
    """

    @abstractmethod
    def read(self, epoch: int, video: int) -> Features:
        """The sample of one video by its position in `refs`: {input: float32 [T, ...]}."""

    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        def begin(pool: ThreadPoolExecutor, videos: list[int]) -> tuple[Batch, list[Future[None]]]:
            """A batch whose rows threads are filling."""
            inputs = {name: np.empty((len(videos), *of), np.float32) for name, of in self.shapes.items()}
            rows = [pool.submit(self._fill, inputs, row, video, epoch) for row, video in enumerate(videos)]
            return (inputs, self.targets(videos)), rows

        return self.one_ahead(begin, self.videos(epoch, start_step), _filled)

    def _fill(self, inputs: dict[str, NDArray[np.float32]], row: int, video: int, epoch: int) -> None:
        sample = self.read(epoch, video)
        for name, array in inputs.items():
            if sample[name].shape != array.shape[1:]:
                raise ValueError(
                    f"{self.refs[video].video_id}: {name} is {sample[name].shape}; wanted {array.shape[1:]}"
                )
            array[row] = sample[name]


def _filled(begun: tuple[Batch, list[Future[None]]]) -> Iterator[Batch]:
    batch, rows = begun
    for row in rows:
        row.result()
    yield batch
