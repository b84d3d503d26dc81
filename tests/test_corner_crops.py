"""Crops of paper 4's networks (A25): the sizes, the places, how often, and whoever draws them."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from helpers.clips import write_numbered
from oracles import augmentation as oracle
from repro.augment import CornerCrops, affine, sample
from repro.input_pipeline import FlowBatches, FrameBatches
from repro.types import VideoRef

RGB = CornerCrops()
FLOW = CornerCrops(scales=(1.0, 0.875, 0.75))
SIDES = (256, 224, 192, 168.96)


def _draws(count, height=256, width=340, settings=RGB):
    rng = np.random.default_rng(0)
    return [sample(settings, rng, height, width) for _ in range(count)]


def test_all_crops_of_a_frame_of_340_by_256():
    """4 equal pairs and 2 * 3 neighbouring ones, in 5 places each; of the flow's three sizes 3 + 2 * 2."""
    for settings, sides, pairs in ((RGB, SIDES, 10), (FLOW, SIDES[:3], 7)):
        drawn = {
            tuple(np.round((d.width, d.height, d.left, d.top), 6)) for d in _draws(3000, settings=settings)
        }
        wanted = set()
        for i, width in enumerate(sides):
            for j, height in enumerate(sides):
                if abs(i - j) <= 1:
                    right, lower = 340 - width, 256 - height
                    corners = [(0, 0), (right, 0), (0, lower), (right, lower), (right / 2, lower / 2)]
                    wanted |= {tuple(np.round((width, height, *corner), 6)) for corner in corners}
        assert drawn == wanted
        # Of full height all three left corners and places coincide downwards, so fewer than 5 * pairs.
        assert len({(width, height) for width, height, *_ in drawn}) == pairs


def test_the_frame_counts_as_resized_whatever_its_size():
    """320 x 240: 256 of 340 columns are 240.94 of 320; a crop of 224 rows of 256 is 210 of 240."""
    for whole, native in zip(_draws(40), _draws(40, 240, 320), strict=True):
        assert (native.width, native.left) == pytest.approx((whole.width * 320 / 340, whole.left * 320 / 340))
        assert (native.height, native.top) == pytest.approx((whole.height * 240 / 256, whole.top * 240 / 256))
    assert {round(d.height, 6) for d in _draws(200, 240, 320)} == {240, 210, 180, 158.4}
    assert 240.941176 in {round(d.width, 6) for d in _draws(200, 240, 320)}


def test_how_often_things_are_drawn():
    """4000 draws; five standard deviations of the binomial counts. No turn, no colour."""
    draws = _draws(4000)
    assert abs(sum(d.flip for d in draws) - 2000) < 158
    sizes = Counter((round(d.width), round(d.height)) for d in draws)
    assert all(abs(count - 400) < 95 for count in sizes.values())
    small = [d for d in draws if d.width < 200 and d.height < 200]
    places = Counter((round(d.left), round(d.top)) for d in small if round(d.width) == round(d.height) == 192)
    assert len(places) == 5
    assert all(abs(count - 400 / 5) < 40 for count in places.values())
    assert {(d.angle_deg, d.shift, d.blends) for d in draws} == {(0.0, (0, 0, 0), ())}


def test_without_flips_none_is_drawn():
    assert not any(d.flip for d in _draws(100, settings=CornerCrops(flip_probability=0.0)))


CENTRE = CornerCrops(scales=(0.75,), frame_width=32.0, frame_height=24.0)


def test_frames_are_cut_mirrored_and_keep_their_colours(tmp_path: Path):
    """Frames of 32 x 24 with blue = 4 x: crops of 18 x 18 begin 0, 7 or 14 columns from the left."""
    path = tmp_path / "clip.avi"
    write_numbered(path, 30, tag=77)
    ref = VideoRef("a/clip", path, 1, "g")
    source = FrameBatches(
        [ref], {"a/clip": 30}, size=18, frames_per_visit=30, batch=30, seed=0,
        augmentation=CENTRE, heads=("appearance",),
    )  # fmt: skip
    ((images, targets),) = source.dataset(0)
    seen = set()
    for image in images.numpy():
        assert (image[..., 0] == image[0, 0, 0]).all()  # the number of the frame
        assert (image[..., 1] == 77).all()
        row = image[0, :, 2].astype(int)
        assert (image[..., 2] == row).all()
        flipped = row[0] > row[-1]
        left = (row[::-1] if flipped else row)[0] // 4
        assert row.tolist() == (4 * (left + np.arange(18)))[:: -1 if flipped else 1].tolist()
        seen.add((int(left), bool(flipped)))
    assert {left for left, _ in seen} == {0, 7, 14}
    assert {flipped for _, flipped in seen} == {True, False}
    assert targets["appearance"].numpy().tolist() == [1] * 30


def test_flow_is_cut_alike_and_a_flip_turns_x_round():
    rng = np.random.default_rng(0)
    across, down = np.meshgrid(np.linspace(0, 40, 32), np.linspace(0, 20, 24))
    coded = np.stack([np.stack([100 + t + across, 80 - t + down], -1) for t in range(11)]).astype(np.uint8)
    ref = VideoRef("a/clip", Path("none"), 0, "g")
    source = FlowBatches(
        [ref], lambda _: coded, {"a/clip": 12}, size=12, stacks_per_visit=99, fields=1, pairing="next",
        batch=64, seed=0, augmentation=FLOW, heads=("flow",),
    )  # fmt: skip
    ((images, _),) = source.dataset(2)
    flips = set()
    for image, (_, frame) in zip(images.numpy(), np.concatenate(source.plan(2)).tolist(), strict=True):
        rng = np.random.default_rng([0, 3, 2, 0, frame])
        d = sample(FLOW, rng, 24, 32)
        cut = oracle.geometry(coded[frame].astype(float), d.flip, 0.0, d.left, d.top, d.width, d.height, 12)
        if d.flip:
            cut[..., 0] = np.minimum(256 - cut[..., 0], 255)
        assert np.abs(image - cut).max() <= 1  # OpenCV interpolates at 1/32 pixel
        flips.add(d.flip)
    assert len(images) == 11
    assert flips == {True, False}


def test_the_map_takes_the_corners_of_the_output_to_the_corners_of_the_crop():
    change = next(d for d in _draws(99) if (round(d.width), round(d.height), d.left) == (192, 224, 148.0))
    matrix = affine(change, 256, 340, 224)
    x, y = matrix @ (-0.5, -0.5, 1)
    far_x, far_y = matrix @ (223.5, 223.5, 1)
    edges = (339 - x, 339 - far_x) if change.flip else (x, far_x)
    assert edges == pytest.approx((147.5, 339.5))
    assert (y, far_y) == pytest.approx((change.top - 0.5, change.top + 224 - 0.5))
