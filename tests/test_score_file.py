"""A score file that is damaged is refused by name, whatever its bytes have become."""

from pathlib import Path

import numpy as np
import pytest

from repro import score_file
from repro.types import InputError, Scores

SCORES = Scores(
    ("a", "b"), np.array([0, 1]), np.array([3, 3]), np.array([1, 2]), np.full((2, 2, 3), 1 / 3, np.float32)
)


def test_every_cut_is_refused_down_to_no_byte_at_all(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    score_file.write(path, SCORES)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"scores\.npz cannot be read"):
            score_file.read(path)


def test_a_flipped_bit_is_refused_or_moves_nothing(tmp_path: Path) -> None:
    """Some claim a password, others a way to pack that there is not."""
    path = tmp_path / "scores.npz"
    score_file.write(path, SCORES)
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in (1, 64):
            path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            try:
                read = score_file.read(path)
            except InputError:
                continue
            assert read.video_ids == SCORES.video_ids
            assert (read.scores == SCORES.scores).all()
