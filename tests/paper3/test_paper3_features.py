"""fc8 as a decoder of paper 3 sees it, and the frames that VGG-19 is trained on, chosen by and read from."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from repro.augment import affine, sample
from repro.paper3.features import Features, sources_of, standardises, write_scale
from repro.paper3.networks import frame_crops
from repro.paper3.recipe import for_row, recipe
from repro.types import VideoRef
from repro.video import geometry

REFS = tuple(VideoRef(name, Path(name), 0, name) for name in ("a", "b"))
# Two units; the second never changes. Video b has two rows.
FC8 = {"a": [[1.0, 7.0]], "b": [[3.0, 7.0], [5.0, 7.0]]}
STANDARDISED = for_row(recipe("tiny"), {"attended": "sce", "fc8": "standardised"})


class Store:
    key_digest = "k"

    def length(self, ref: VideoRef) -> int:
        return len(FC8[ref.video_id])

    def read_part(self, ref: VideoRef, start: int, stop: int, names: Any) -> dict[str, NDArray[np.float32]]:
        whole = np.array(FC8[ref.video_id], np.float32)
        return {name: whole[start:stop] + 2 * name.endswith("flipped") for name in names}


def test_fc8_is_standardised_over_the_training_videos(tmp_path: Path) -> None:
    """1, 3, 5 as filmed and 3, 5, 7 mirrored: mean 4, variance (9 + 1 + 1 + 1 + 1 + 9) / 6 = 11 / 3."""
    write_scale(Store(), REFS, tmp_path / "scale.npz")  # type: ignore[arg-type]
    source = sources_of(
        STANDARDISED, {"c3d": None, "sce": Store().read_part}, {"sce": tmp_path / "scale.npz"}
    )  # type: ignore[dict-item]
    found = source["attended"].read_part(REFS[1], 0, 2, ("fc8",))["fc8"]
    assert found[:, 0] == pytest.approx(np.array([-1, 1]) / np.sqrt(11 / 3))
    assert found[:, 1] == pytest.approx([-1, -1])  # 7 and 9 have mean 8 and deviation 1


def test_a_scale_is_part_of_what_decides_a_model(tmp_path: Path) -> None:
    stores: Any = {"c3d": SimpleNamespace(key_digest="x"), "sce": Store()}
    paths = [tmp_path / f"{n}.npz" for n in range(2)]
    for refs, path in zip((REFS, REFS[:1]), paths, strict=True):
        write_scale(Store(), refs, path)  # type: ignore[arg-type]
    digests = [Features(stores, {}, {"sce": path}).digest(STANDARDISED) for path in paths]
    assert digests[0] != digests[1]
    raw = for_row(STANDARDISED, {"fc8": "raw"})
    assert len({Features(stores, {}, {"sce": path}).digest(raw) for path in paths}) == 1


@pytest.mark.parametrize("other", [{"layer": "fc6"}, {"architecture": "lstm"}, {"fc8": "softmax"}])
def test_only_fc8_that_is_attended_is_standardised(other: dict[str, str]) -> None:
    assert standardises(STANDARDISED)
    assert not standardises(for_row(STANDARDISED, other))


@pytest.mark.parametrize(("preset", "height", "width"), [("paper", 180, 320), ("demo", 96, 128)])
def test_vgg_is_trained_on_what_it_will_see(preset: str, height: int, width: int) -> None:
    """The crop in the middle shows the places of the frame that validation and extraction show.

    Paper: 224 of a shorter side of 256, aspect kept. Demo: the whole frame, squeezed to a square.
    """
    chosen = recipe(preset)
    ramp = np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3)).astype(np.uint8)
    across = (
        ramp,
        np.ascontiguousarray(np.broadcast_to(np.linspace(0, 255, height)[:, None, None], ramp.shape)).astype(
            np.uint8
        ),
    )
    rng, crops = np.random.default_rng(0), frame_crops(chosen)
    side = max(crops.scales) * (height if chosen.vgg_short_side_px else 1)
    wanted = (side, side) if chosen.vgg_short_side_px else (width, height)
    drawn = (sample(crops, rng, height, width) for _ in range(500))
    middle = next(
        d
        for d in drawn
        if not d.flip
        and (d.width, d.height) == pytest.approx(wanted)
        and (d.left, d.top) == pytest.approx(((width - wanted[0]) / 2, (height - wanted[1]) / 2))
    )
    size = chosen.vgg_px
    for frame in across:
        seen = geometry.warp(frame, affine(middle, height, width, size), size).astype(int)
        shown = geometry.square(frame, size, chosen.vgg_short_side_px or None).astype(int)
        assert (
            np.abs(seen - shown)[4:-4, 4:-4].max() <= 2
        )  # half a pixel of a rounded cut, two interpolations
