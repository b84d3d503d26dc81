"""Every number of a recipe says where it comes from."""

import dataclasses

import pytest

from repro.provenance import as_markdown, assumed, fields_without_origin, stated


@dataclasses.dataclass(frozen=True)
class Sample:
    rate: float = stated(0.1, "section 4")
    epochs: int = assumed(3, "not stated")
    forgotten: int = 1


def test_values_and_origins() -> None:
    assert Sample().rate == 0.1
    assert fields_without_origin(Sample) == ["forgotten"]


def test_a_reason_is_needed() -> None:
    with pytest.raises(ValueError, match="stated"):
        stated(1, " ")


def test_markdown() -> None:
    table = as_markdown(dataclasses.make_dataclass("R", [("rate", float, stated(0.1, "section 4"))])())
    assert table.splitlines()[-1] == "| `rate` | 0.1 | stated | section 4 |"
