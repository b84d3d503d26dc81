"""The layouts in which people keep the public sets: MMAction's two folders, and videos encoded again."""

import json
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from repro import datasets
from repro.datasets.listing import videos_below
from repro.types import InputError, Split

Kept = tuple[list[str], dict[str, str]]  # videos without suffix, and lists by name


def _ucf101() -> Kept:
    names = [f"{name}/v_{name}_g{group:02d}_c01" for name in ("Archery", "Zebra") for group in (1, 8, 22)]
    lists = {"classInd.txt": "1 Archery\r\n2 Zebra\r\n"}
    lists["trainlist01.txt"] = "".join(
        f"{name}.avi {1 + name.startswith('Z')}\n" for name in names if "_g01" not in name
    )
    lists["testlist01.txt"] = "".join(f"{name}.avi\n" for name in names if "_g01" in name)
    return names, lists


def _flagged(blank: str) -> Kept:
    stem = "{source}_{name}_u_cm_np1_fr_med_{k}"
    clips = {
        name: [stem.format(source=s, name=name, k=k) for k, s in enumerate("ABC")]
        for name in ("clap", "wave")
    }
    lists = {
        f"{name}_test_split{split}.txt": "".join(
            f"{clip}.avi {flag}{blank}\n" for clip, flag in zip(clips[name], "112", strict=True)
        )
        for name, split in product(clips, "123")
    }
    return [f"{name}/{clip}" for name in clips for clip in clips[name]], lists


def _hollywood2() -> Kept:
    clips = {part: [f"actionclip{part}{number:05d}" for number in (1, 2)] for part in ("train", "test")}
    lists = {
        f"{name}_{part}.txt": "".join(
            f"{clip}  {1 if k == which else -1}\n" for k, clip in enumerate(clips[part])
        )
        for (which, name), part in product(enumerate(("Run", "Wave")), clips)
    }
    return [*clips["train"], *clips["test"]], lists


def _ut_interaction() -> Kept:
    rows = [f"{n},{k},{8 * k + 1},{8 * k + 5}" for n in (1, 2) for k in (0, 1)]
    heading = "sequence #,Activity Class ID,Starting Frame #,Ending Frame #"
    lists = {
        "ut-interaction_labels_110912.csv": "\n".join([heading, *rows]) + "\n",
        "classes.csv": "Run\nWave\n",
    }
    return ["seq1", "ut-interaction_set1/seq2"], lists


def _activitynet() -> Kept:
    ids = {"training": "-ab_cdefg12", "validation": "v_bcdefghij"}
    videos = {
        name: {"duration": 9, "subset": subset, "annotations": [{"label": "Tango", "segment": [1, 2]}]}
        for subset, name in ids.items()
    }
    content = {"version": "1", "taxonomy": [{"nodeId": 1, "nodeName": "Tango"}], "database": videos}
    return [f"v_{name}" for name in ids.values()], {"activity_net.v1-3.min.json": json.dumps(content)}


KEPT: dict[str, Callable[[], Kept]] = {
    "ucf101": _ucf101,
    "hmdb51": lambda: _flagged(" "),
    "jhmdb21": lambda: _flagged(""),
    "hollywood2": _hollywood2,
    "ut_interaction": _ut_interaction,
    "activitynet": _activitynet,
}


def _make(root: Path, dataset: str, suffix: str = ".avi") -> int:
    """The set in `videos/` and `annotations/`; how many videos it has."""
    names, lists = KEPT[dataset]()
    for name in names:
        (root / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "videos" / f"{name}{suffix}").touch()
    (root / "annotations").mkdir()
    for name, text in lists.items():
        (root / "annotations" / name).write_text(text)
    return len(names)


def _files(split: Split) -> set[Path]:
    return {ref.path for ref in (*split.train, *split.test)}


@pytest.mark.parametrize("dataset", KEPT)
@pytest.mark.parametrize("suffix", [".avi", ".AVI", ".mp4", ".mkv", ".WebM"])
def test_two_folders_below_one_root(tmp_path: Path, dataset: str, suffix: str) -> None:
    root = tmp_path / "set"
    count = _make(root, dataset, suffix)
    split = datasets.load_split(dataset, root, "1")
    assert len(_files(split)) == count
    assert {path.suffix for path in _files(split)} == {suffix}
    assert datasets.load_split(dataset, root / "videos", "1") == split
    (root / "annotations").rename(tmp_path / "elsewhere")
    assert datasets.load_split(dataset, root, "1", tmp_path / "elsewhere") == split


@pytest.mark.parametrize("dataset", KEPT)
def test_a_video_that_is_there_in_two_encodings_is_refused(tmp_path: Path, dataset: str) -> None:
    _make(tmp_path, dataset)
    video = next(videos_below(tmp_path))
    shutil.copy(video, video.with_suffix(".mp4"))
    with pytest.raises(InputError, match=r"\.mp4 and .*\.avi are the same|\.avi and .*\.mp4 are the same"):
        datasets.load_split(dataset, tmp_path, "1")


@pytest.mark.parametrize("dataset", KEPT)
def test_a_link_to_the_videos_is_followed(tmp_path: Path, dataset: str) -> None:
    count = _make(tmp_path / "set", dataset)
    (tmp_path / "set" / "videos").rename(tmp_path / "disk")
    (tmp_path / "set" / "videos").symlink_to(tmp_path / "disk")
    assert len(_files(datasets.load_split(dataset, tmp_path / "set", "1"))) == count


@pytest.mark.parametrize(
    ("folder", "file", "listed"), list(product(("HandstandPushups", "HandStandPushups"), repeat=3))
)
def test_both_spellings_of_one_class_everywhere(tmp_path: Path, folder: str, file: str, listed: str) -> None:
    """In the folder, in the file and in the lists: always the class and the clips of the owner's spelling."""
    for group in (1, 8, 22):
        (tmp_path / "UCF-101" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "UCF-101" / folder / f"v_{file}_g{group:02d}_c01.avi").touch()
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    (lists / "classInd.txt").write_text(f"1 {listed}\n")
    (lists / "trainlist01.txt").write_text(
        "".join(f"{listed}/v_{file}_g{g:02d}_c01.avi 1\n" for g in (8, 22))
    )
    (lists / "testlist01.txt").write_text(f"{listed}/v_{file}_g01_c01.avi\n")
    split = datasets.load_split("ucf101", tmp_path, "1")
    assert split.classes == ("HandstandPushups",)
    assert [ref.video_id for ref in split.test] == ["HandstandPushups/v_HandStandPushups_g01_c01"]
    assert len(split.train) == 2


def test_clips_under_other_names_are_counted_on_both_sides(tmp_path: Path) -> None:
    """Nothing of what is listed is there, and what is there is not listed: both are said, with names."""
    _make(tmp_path, "ucf101")
    for path in list(videos_below(tmp_path)):
        path.rename(path.with_name(path.name.removeprefix("v_")))
    with pytest.raises(InputError) as caught:
        datasets.load_split("ucf101", tmp_path, "1")
    said = str(caught.value)
    assert "6 clips are missing from" in said
    assert "6 clips are not listed but lie in" in said
    assert "Archery_g01_c01.avi" in said
    assert "of 6 listed clips 0 are there" in said
    assert "\n" not in said


def test_a_folder_without_videos_names_what_it_has_and_the_download(tmp_path: Path) -> None:
    (tmp_path / "UCF101.rar").touch()
    (tmp_path / "rawframes" / "Archery").mkdir(parents=True)
    (tmp_path / "rawframes" / "Archery" / "img_00001.jpg").touch()
    with pytest.raises(
        InputError, match=r"which has: UCF101\.rar, rawframes; .* bash run\.sh data ucf101 download"
    ):
        datasets.load_split("ucf101", tmp_path, "1")


def test_a_list_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    _make(tmp_path, "ucf101")
    with pytest.raises(
        InputError, match=r"trainlist02\.txt cannot be read: No such file .*; put it there, or name"
    ):
        datasets.load_split("ucf101", tmp_path, "2")
