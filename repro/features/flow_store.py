"""Optical flow of whole videos: computed once, kept as grey JPEGs inside one file a video."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.features.ahead import work_on_missing
from repro.features.flow_fields import Fields
from repro.features.source import Source, expected
from repro.features.video_store import VideoStore
from repro.flow import coding, methods
from repro.flow.tvl1 import DEFAULT
from repro.types import Frames, VideoRef
from repro.video import decode, geometry


class FlowStore(VideoStore):
    """Coded flow of many videos under one key (see `VideoStore` for what is guaranteed).

    key: besides what `VideoStore` says, the flow's method, settings, size, bound and JPEG quality.
    """

    holds, stage = "flow fields", "flow"

    def read(self, ref: VideoRef) -> Fields:
        """The coded flow, uint8 [T-1, H, W, 2], as the JPEGs have it; a field is decoded when asked for.

        Raises InputError if there is none, if the file is damaged, or if the video has changed since.
        """
        arrays = self._read(ref)
        content, ends = arrays["jpeg"].tobytes(), arrays["ends"].tolist()
        fields, height, width = arrays["shape"].tolist()
        images = [content[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        return Fields(images, (fields, height, width, 2))

    def resized(self, ref: VideoRef, size: int, limit: int | None = None, grid: int = 1) -> NDArray[np.uint8]:
        """The first `limit` of every `grid`-th field, resized one by one: uint8 [n, S, S, 2]. Raises as
        `read`.
        """
        coded = self.read(ref)
        wanted = range(0, len(coded), grid)
        small = np.empty((expected(len(wanted), limit), size, size, 2), np.uint8)
        for row in range(len(small)):
            small[row] = geometry.resize(coded[wanted[row]], size, size)
        return small

    def write(
        self,
        ref: VideoRef,
        coded: Iterable[NDArray[np.uint8]],
        source: Source | None = None,
        *,
        size: tuple[int, int],
        quality: int = coding.QUALITY,
    ) -> None:
        """Store the coded flow of one video, whole or not at all, replacing an earlier entry.

        coded: fields uint8 [H, W, 2] in their order; none for a video of one frame. size: (H, W). source:
        `source_of(ref)` as it was before decoding (default: now). Raises InputError where the disk refuses.
        """
        images: list[bytes] = []
        for field in coded:
            if field.shape[:2] != size:
                raise ValueError(f"a field of {ref.video_id} is {field.shape}; wanted {(*size, 2)}")
            images += coding.to_jpeg(field, quality)
        arrays: dict[str, NDArray[Any]] = {
            "jpeg": np.frombuffer(b"".join(images), np.uint8),
            "ends": np.cumsum([len(image) for image in images], dtype=np.int64),
            "shape": np.array([len(images) // 2, *size], np.int64),
        }
        self._write(ref, arrays, source)


class FlowSettings(NamedTuple):
    """method: a name of `flow.methods.METHODS`. Frames are resized to height x width before;
    displacements beyond the bound are cut; quality as JPEG counts it.
    """

    method: str
    height_px: int
    width_px: int
    bound_px: float = coding.BOUND_PX
    jpeg_quality: int = coding.QUALITY

    @classmethod
    def of(cls, recipe: Any) -> FlowSettings:
        """Those of a paper's recipe: its fields `flow_method`, `flow_height_px` and so on."""
        return cls(*(getattr(recipe, f"flow_{name}") for name in cls._fields))


def flow_store(folder: Path, settings: FlowSettings) -> FlowStore:
    """The store of these settings below `folder`, with whatever is in it."""
    method = methods.METHODS[settings.method]
    key = {
        **settings._asdict(),
        "method": methods.version(method),
        "settings": method._asdict(),
        "decoder": decode.VERSION,
    }
    return FlowStore(folder, key)


def coded_between(
    frame: NDArray[np.uint8], following: NDArray[np.uint8], settings: FlowSettings
) -> NDArray[np.uint8]:
    """The field between two frames uint8 [H, W, 3] as a store of these settings has it: coded, through its
    JPEGs, uint8 [height, width, 2].
    """
    size = settings.height_px, settings.width_px
    pair = np.stack([geometry.resize(image, *size) for image in (frame, following)])
    (field,) = methods.fields(pair, methods.METHODS[settings.method])
    return coding.from_jpeg(*coding.to_jpeg(coding.quantise(field, settings.bound_px), settings.jpeg_quality))


def extract_flow(
    refs: Sequence[VideoRef],
    store: FlowStore,
    *,
    height: int,
    width: int,
    settings: methods.Settings = DEFAULT,
    bound_px: float = coding.BOUND_PX,
    quality: int = coding.QUALITY,
    lengths: Mapping[str, int] | None = None,
    limit: int | None = None,
    workers: int | None = None,
) -> None:
    """Store the flow of every video that the store lacks, between its frames resized to height x width.

    lengths: frames of each sample by video_id; gives the progress bar its estimate, and a clip that decodes
    to another number is refused. limit: only the first so many frames, one field fewer. workers: threads,
    each with a video of its own, by default one a core: OpenCV's own threads, which work within a field, gain
    no more than 1.6 on two cores.

    A finished video is on disk at once: whatever ends the run, the next one continues behind it. Raises
    InputError naming the video that does not decode.
    """

    def work(ref: VideoRef, source: Source, frames: Frames) -> None:
        coded = _coded(frames, settings, bound_px, done)
        store.write(ref, coded, source, size=(height, width), quality=quality)

    # Nothing of a finished video is held, but while it is worked on all its small frames are.
    with work_on_missing(
        refs,
        store,
        lambda ref: _frames(ref, height, width, limit),
        work,
        image_bytes=3 * height * width,
        limit=limit,
        lengths=lengths,
        workers=workers,
        describe="computing optical flow",
    ) as (finished, done):
        for _ in finished:
            pass


def _frames(ref: VideoRef, height: int, width: int, limit: int | None) -> Frames:
    resize = geometry.to_size(height, width)
    return decode.read_clip(ref.path, segment=ref.segment, limit=limit, change=resize)


def _coded(
    frames: Frames, settings: methods.Settings, bound_px: float, done: Callable[[int], None]
) -> Iterable[NDArray[np.uint8]]:
    """Coded fields one after the other, so that neither a clip's flow in float32 nor a stop has to wait."""
    done(1)
    for field in methods.fields(frames, settings):
        yield coding.quantise(field, bound_px)
        done(1)
