"""Data that is not there gives one line that helps."""

import pytest

from repro import datasets
from repro.datasets import puppet_boxes
from repro.types import InputError


@pytest.mark.parametrize("name", ["ucf101", "jhmdb21", "activitynet", "hollywood2"])
def test_missing_data_says_where_it_looked_how_to_get_it_and_what_works_now(tmp_path, name):
    with pytest.raises(InputError, match="is not on disk") as caught:
        datasets.load_split(name, tmp_path / "absent", "1")
    message = str(caught.value)
    assert str(tmp_path / "absent") in message
    assert datasets.how_to_get(name) in message
    assert f"bash run.sh data {name} download" in message
    assert "bash run.sh paper2 demo" in message
    assert "--data" in message
    assert "\n" not in message


def test_how_to_get_jhmdb_names_what_its_boxes_are_read_from():
    assert f"{puppet_boxes.MASKS}.zip" in datasets.how_to_get("jhmdb21")


def test_an_empty_demo_folder_says_how_to_draw_it(tmp_path):
    with pytest.raises(InputError, match=r"bash run\.sh data demo make"):
        datasets.load_split("demo", tmp_path, "1")


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match=r"'ucf'; did you mean ucf101\? there are: demo, ucf101, jhmdb21"):
        datasets.how_to_get("ucf")
