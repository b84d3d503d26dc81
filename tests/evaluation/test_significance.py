"""Wilson's interval, sign flips and Holm's correction: published and hand numbers."""

import pytest

from repro.evaluation.significance import holm, sign_flip, wilson


@pytest.mark.parametrize(
    ("right", "clips", "ends"),
    [
        (0, 10, (0.0, 0.2775)),
        (5, 10, (0.2366, 0.7634)),
        (81, 263, (0.2553, 0.3662)),
    ],  # Newcombe 1998, Table I
)
def test_wilson(right: int, clips: int, ends: tuple[float, float]) -> None:
    assert wilson(right, clips) == pytest.approx(ends, abs=1e-4)


def test_wilson_refuses_what_is_no_part() -> None:
    for right, clips in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="clips"):
            wilson(right, clips)


def test_sign_flip() -> None:
    assert sign_flip([1, 2, 3, 4, 5, 6]) == pytest.approx(2 / 64)
    # only flipping the 1, or it with all others, reaches the sum: 4 of 64 sums are as large as 19
    assert sign_flip([-1, 2, 3, 4, 5, 6]) == pytest.approx(4 / 64)
    assert sign_flip([0.0] * 6) == 1
    assert sign_flip([1, 2, 3, 4, 5]) is None


def test_holm() -> None:
    """Limits in rising order: 0.0125, 0.0167, 0.025, 0.05; the third fails, and with it the fourth."""
    assert holm([0.04, 0.01, 0.03, 0.015]) == [False, True, False, True]
    assert holm([]) == []
