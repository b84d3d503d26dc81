"""Every number of a recipe says where it comes from, also where a preset or a user changed it."""

import dataclasses

import pytest

from repro.provenance import Explained, Share, as_markdown, assumed, explained, limits, stated


@dataclasses.dataclass(frozen=True)
class Network:
    """The network."""

    px: int = stated(224, "section 3")


@dataclasses.dataclass(frozen=True)
class Training:
    """How it is trained."""

    rate: Share = assumed(0.1, "not given", least=0.01)
    loss: str = stated("ce", "Eq. (1)", choices="ce egl")


@dataclasses.dataclass(frozen=True)
class Recipe(Network, Training):
    """All of it."""

    rate: Share = stated(0.1, "section 4")


PAPER = Recipe()
DEMO = dataclasses.replace(PAPER, px=96)


def test_an_origin_is_more_than_blanks() -> None:
    with pytest.raises(ValueError, match="stated"):
        stated(1, " ")


@pytest.mark.parametrize(
    ("recipe", "base", "preset", "origin"),
    [
        (PAPER, None, "paper", "stated"),
        (DEMO, None, "demo", "preset (paper: 224)"),
        (DEMO, DEMO, "demo", "preset (paper: 224)"),
        (dataclasses.replace(DEMO, px=64), DEMO, "demo", "changed by you (demo preset: 96)"),
        (PAPER, DEMO, "demo", "changed by you (demo preset: 96)"),
        (dataclasses.replace(PAPER, px=64), PAPER, "paper", "changed by you (paper: 224)"),
    ],
)
def test_what_is_said_of_a_changed_number(recipe: Recipe, base: Recipe, preset: str, origin: str) -> None:
    said = explained(recipe, base, preset)
    assert said["px"] == Explained("The network", recipe.px, origin, "section 3")
    assert said["rate"] == Explained("How it is trained", 0.1, "stated", "section 4")


def test_limits_hold_where_a_paper_gives_the_number_its_own_place() -> None:
    assert limits(Recipe, "rate") == {"least": 0.01}
    assert limits(Recipe, "loss") == {"choices": "ce egl"}


def test_markdown() -> None:
    assert as_markdown(DEMO).splitlines()[2:] == [
        "| *The network* | | | |",
        "| `px` | 96 | preset (paper: 224) | section 3 |",
        "| *How it is trained* | | | |",
        "| `rate` | 0.1 | stated | section 4 |",
        "| `loss` | ce | stated | Eq. (1) [ce egl] |",
    ]
