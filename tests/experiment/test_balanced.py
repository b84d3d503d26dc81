"""Which of a row's runs are studied together."""

import pytest

from repro.experiment.balanced import balanced


@pytest.mark.parametrize(
    ("seeds_of", "splits", "seeds"),
    [
        ({"1": [0, 1, 2, 3, 4], "2": [1], "3": [1]}, "1", (0, 1, 2, 3, 4)),
        ({"1": [0, 1, 2, 3, 4], "2": [0, 1], "3": [0, 1]}, "1", (0, 1, 2, 3, 4)),
        ({"1": [0, 1, 2, 3, 4], "2": [0, 1, 2], "3": [0, 1, 2]}, "123", (0, 1, 2)),
        ({"1": [0, 1], "2": [1], "3": [1]}, "1", (0, 1)),
        ({"1": [7], "2": [7]}, "12", (7,)),
        ({"1": [0, 1], "2": [1, 2], "10": [0, 1, 2]}, ("10",), (0, 1, 2)),
        ({"2": [0], "3": [1]}, "2", (0,)),
        ({}, "", ()),
    ],
)
def test_seeds_count_first_up_to_three_then_splits(
    seeds_of: dict[str, list[int]], splits: str, seeds: tuple[int, ...]
) -> None:
    runs = [(split, seed) for split, ran in seeds_of.items() for seed in ran]
    assert balanced(runs) == balanced(runs[::-1]) == (tuple(splits), seeds)
