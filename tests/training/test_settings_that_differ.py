"""What is said of settings that differ, which differences count, and the seeds that NumPy takes."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.provenance import assumed, stated
from repro.training.run_folder import RunFolder
from repro.training.seeding import seed_everything
from repro.training.settings import differences, digest


def test_differences_in_the_order_of_their_names() -> None:
    """Sets have an order of their own in every process: ten names are hardly ever sorted by chance."""
    before = dict.fromkeys("jihgfedb", 1) | {"c": {"y": 1, "x": 2}}
    now = dict.fromkeys("jihgfeda", 2) | {"c": {"y": 2, "x": 2}}
    changed = [f"{name} 1 -> 2" for name in "defghij"]
    assert differences(before, now) == ["a (absent) -> 2", "b 1 -> (absent)", "c.y 1 -> 2", *changed]


def test_a_digest_knows_values_but_no_order() -> None:
    assert digest({"a": 1, "b": (2, 3)}) == digest({"b": [2, 3], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@dataclass(frozen=True)
class Before:
    epochs: int = stated(3, "section 4")


@dataclass(frozen=True)
class After:
    epochs: int = assumed(3, "nothing is stated after all")


def test_another_origin_of_the_same_number_is_the_same_recipe(tmp_path: Path) -> None:
    """A run that was begun before a note was corrected can still be resumed."""
    with RunFolder(tmp_path) as folder:
        folder.write_recipe(Before())
        folder.write_recipe(After())
        assert "nothing is stated" in (tmp_path / "recipe.json").read_text()
        with pytest.raises(ValueError, match=r"epochs 3 -> 4"):
            folder.write_recipe(dataclasses.replace(After(), epochs=4))


def test_seeds_end_before_two_to_the_thirty_two() -> None:
    seed_everything(2**32 - 1)
    with pytest.raises(ValueError, match="4294967296 is outside"):
        seed_everything(2**32)
