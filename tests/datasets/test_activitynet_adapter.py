"""ActivityNet: one sample an annotation, seconds kept as they are, and every malformed value named."""

import copy
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.footage import LISTS, needs_footage
from helpers.fuzz import fuzzed, refused
from repro import datasets
from repro.datasets import activitynet, activitynet_annotation
from repro.types import InputError, Split, TimeSpan

NAME = "activity_net.v1-3.min.json"
TAXONOMY = [
    {"nodeId": 7, "nodeName": "Root", "parentId": None, "parentName": None},
    {"nodeId": 9, "nodeName": "Sports", "parentId": 7, "parentName": "Root"},
    {"nodeId": 3, "nodeName": "Tango", "parentId": 7, "parentName": "Root"},
    {"nodeId": 4, "nodeName": "Long jump", "parentId": 9, "parentName": "Sports"},
]


def _one(label: str, *segment: float) -> dict[str, Any]:
    return {"label": label, "segment": list(segment)}


def _video(subset: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    return {
        "annotations": list(annotations),
        "duration": 30.5,
        "resolution": "320x240",
        "subset": subset,
        "url": "",
    }


# One id begins as an option does, one begins as the files do, one video holds two classes.
CONTENT = {
    "version": "VERSION 9",
    "taxonomy": TAXONOMY,
    "database": {
        "-ab_cdefg12": _video("training", _one("Tango", 0, 12.5), _one("Long jump", 10, 40.25)),
        "v_bcdefghij": _video("training", _one("Tango", 1.5, 2)),
        "val-dation1": _video("validation", _one("Long jump", 3, 4)),
        "testing_abc": _video("testing"),
    },
}
FILES = ("v_-ab_cdefg12.mp4", "v_bcdefghij.mkv", "v_val-dation1.webm", "v_testing_abc.avi")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "set" / "v1-3" / "train_val"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).touch()
    return _annotated(tmp_path / "set", CONTENT)


def _annotated(root: Path, content: Any) -> Path:
    (root / NAME).write_text(json.dumps(content))
    return root


def _load(tree: Path, **options: bool) -> Split:
    return datasets.load_split("activitynet", tree, "1", **options)


def test_the_owners_layout(tree: Path) -> None:
    split = _load(tree)
    assert split.classes == ("Long jump", "Tango")  # the leaves, sorted
    assert [(ref.video_id, ref.path.name, ref.label, ref.group, ref.span) for ref in split.train] == [
        ("-ab_cdefg12/1", FILES[0], 1, "-ab_cdefg12", TimeSpan(0, 12.5)),
        ("-ab_cdefg12/2", FILES[0], 0, "-ab_cdefg12", TimeSpan(10, 40.25)),
        ("v_bcdefghij/1", FILES[1], 1, "v_bcdefghij", TimeSpan(1.5, 2)),
    ]
    assert [(ref.video_id, ref.label) for ref in split.test] == [("val-dation1/1", 0)]
    assert all(ref.path.is_file() and ref.segment is None for ref in (*split.train, *split.test))
    assert datasets.splits_of("activitynet") == ("1",)
    with pytest.raises(InputError, match="no split '2'"):
        datasets.load_split("activitynet", tree, "2")


def test_the_annotation_is_found_in_its_places_and_never_guessed(tree: Path) -> None:
    whole = _load(tree)
    videos = tree / "v1-3"
    (tree / NAME).rename(videos / "mine.json")
    (videos / "other.json").write_text("{}")
    assert datasets.load_split("activitynet", videos, "1") == whole
    assert datasets.load_split("activitynet", tree, "1", videos / "mine.json") == whole
    assert datasets.load_split("activitynet", tree, "1", videos) == whole
    with pytest.raises(InputError, match=r"no annotation file activity_net\.v1-3\.min\.json in .*--lists"):
        _load(tree)
    for release in "23":
        (tree / f"activity_net.v1-{release}.min.json").write_text("{}")
    with pytest.raises(InputError, match=r"v1-2.* and activity_net\.v1-3.*name the one .* --lists"):
        _load(tree)


def test_missing_unknown_and_double_videos(tree: Path) -> None:
    folder = tree / "v1-3" / "train_val"
    (folder / FILES[1]).unlink()
    with pytest.raises(InputError, match=r"1 clips are missing .*: v_bcdefghij/1; .*--partial"):
        _load(tree)
    assert [ref.video_id for ref in _load(tree, allow_partial=True).train] == [
        "-ab_cdefg12/1",
        "-ab_cdefg12/2",
    ]
    assert datasets.coverage(tree) == (("training", 3, 2), ("validation", 1, 1))
    (folder / "bcdefghij.mkv").touch()
    (folder / "v_unknown-one.mp4").touch()
    (folder / ".v_-ab_cdefg12.mp4.part").touch()
    with pytest.raises(InputError, match="are missing"):
        _load(tree)
    (folder / FILES[1]).touch()
    with pytest.raises(InputError, match=r"2 clips are not listed .*: unknown-one, .*bcdefghij\.mkv;"):
        _load(tree)
    (tree / "-ab_cdefg12.webm").touch()
    with pytest.raises(InputError, match=r"v_-ab_cdefg12\.mp4 and .*-ab_cdefg12\.webm are the same video"):
        _load(tree, allow_partial=True)


def test_empty_segments_are_named_and_left_out_only_when_asked(tree: Path) -> None:
    content = copy.deepcopy(CONTENT)
    content["database"]["-ab_cdefg12"]["annotations"][0]["segment"] = [4.25, 4.25]
    _annotated(tree, content)
    with pytest.raises(InputError, match=r"of 1 empty segments, .*: -ab_cdefg12/1; .*--partial"):
        _load(tree)
    # The number of the other one stays.
    found = _load(tree, allow_partial=True).train
    assert [ref.video_id for ref in found] == ["-ab_cdefg12/2", "v_bcdefghij/1"]


def test_a_release_that_is_known_has_its_numbers(tree: Path) -> None:
    _annotated(tree, {**CONTENT, "version": "VERSION 1.3"})
    with pytest.raises(InputError, match=r"'VERSION 1\.3' and has 2 classes, the owner's 200; .*--partial"):
        _load(tree)
    assert len(_load(tree, allow_partial=True).train) == 3
    nodes = [
        {"nodeId": n, "nodeName": "Root" if n == 0 else f"class {n}", "parentId": 0 if n else None}
        for n in range(201)
    ]
    database = {f"{n:011d}": _video("training") for n in range(10024)}
    _annotated(tree, {"version": "VERSION 1.3", "taxonomy": nodes, "database": database})
    with pytest.raises(InputError, match=r"has 0 validation, the owner's 4926"):
        _load(tree)


FIRST = ("database", "-ab_cdefg12")
ANNOTATION = (*FIRST, "annotations", 0)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("version",), 1.3, r"version is 1\.3; wanted a text"),
        (("taxonomy",), {}, r"taxonomy is an object of 0; wanted a list of nodes"),
        (("taxonomy", 1), 5, r"taxonomy: 1 is 5; wanted an object"),
        (("taxonomy", 1, "nodeId"), "9", r"taxonomy: 1: nodeId is '9'; wanted a whole number"),
        (("taxonomy", 1, "nodeId"), True, r"nodeId is True"),
        (("taxonomy", 1, "nodeId"), 3, r"taxonomy: 2: nodeId 3 appears twice"),
        (("taxonomy", 1, "nodeName"), None, r"nodeName is absent; wanted a text"),
        (("taxonomy", 1, "nodeName"), "a\nb", r"nodeName is 'a\\nb'; wanted printable words"),
        (("taxonomy", 3, "nodeName"), "Tango", r"the leaf 'Tango' appears twice"),
        (("taxonomy", 1, "parentId"), [], r"parentId is a list of 0"),
        (("database",), [], r"database is a list of 0; wanted an object"),
        (("database", "../../evil"), _video("testing"), r"'\.\./\.\./evil' is not a YouTube id"),
        (("database", "twelve-chars"), _video("testing"), r"'twelve-chars' is not a YouTube id"),
        (FIRST, [], r"database: '-ab_cdefg12' is a list of 0; wanted an object"),
        ((*FIRST, "subset"), "train", r"subset is 'train'; there are: training, validation, testing"),
        ((*FIRST, "subset"), "testing", r"annotations of a testing video; wanted none"),
        ((*FIRST, "duration"), None, r"'-ab_cdefg12': duration is absent; wanted a number of seconds"),
        ((*FIRST, "duration"), -1, r"duration is -1; wanted 0 to 1000000 seconds"),
        ((*FIRST, "annotations"), {}, r"annotations is an object of 0; wanted a list"),
        (ANNOTATION, "Tango", r"annotations: 1 is 'Tango'; wanted an object"),
        ((*ANNOTATION, "label"), "Waltz", r"annotations: 1: label 'Waltz' is not a leaf"),
        ((*ANNOTATION, "label"), "Sports", r"label 'Sports' is not a leaf"),
        ((*ANNOTATION, "segment"), [1, 2, 3], r"segment is a list of 3; wanted \[start, end\]"),
        ((*ANNOTATION, "segment"), ["1", 2], r"segment is '1'; wanted a number of seconds"),
        ((*ANNOTATION, "segment"), [False, 2], r"segment is False; wanted a number of seconds"),
        ((*ANNOTATION, "segment"), [-0.5, 2], r"segment is -0\.5; wanted 0 to 1000000"),
        ((*ANNOTATION, "segment"), [0, 10**400], r"segment is 1000+; wanted 0 to"),
        ((*ANNOTATION, "segment"), [3, 2.5], r"segment from 3 s to 2\.5 s ends before it starts"),
        ((*ANNOTATION, "segment"), [31, 32], r"segment from 31 s starts after the video, 30\.5 s long"),
    ],
)
def test_a_malformed_value_is_named(tree: Path, place: tuple[Any, ...], value: Any, message: str) -> None:
    content = copy.deepcopy(CONTENT)
    inside: Any = content
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    _annotated(tree, content)
    with pytest.raises(InputError, match=rf"activity_net\.v1-3\.min\.json: .*{message}") as caught:
        _load(tree, allow_partial=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[]", "is a list of 0; wanted an object"),
        ('{"version": "1", "version": "2"}', "the key 'version' appears twice"),
        ('{"version": NaN}', "NaN is no number"),
        ('{"version": -Infinity}', "-Infinity is no number"),
        ('{"version": 1e999}', "version is inf; wanted a text"),
        ('{"version": ' + "9" * 5000 + "}", "not valid JSON"),
        ("[" * 200_000, "not valid JSON|Expecting"),
        ('{"version": "\\ud800"}', "taxonomy is absent"),
        (b"\xff\xfe{}", "codec can't decode"),
    ],
)
def test_a_file_that_is_no_annotation_is_refused(tree: Path, text: str | bytes, message: str) -> None:
    (tree / NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        _load(tree)
    assert str(tree / NAME) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_oversized_file_is_refused_unread(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activitynet_annotation, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="is larger than 100 bytes"):
        _load(tree)


TEXT = json.dumps(CONTENT)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, one in inner for found in _places(one, (*place, key)))]


def _read(folder: Path, text: bytes) -> activitynet_annotation.Annotation | None:
    """What is read, or None after one clear line."""
    path = folder / "fuzzed.json"
    path.write_bytes(text)
    try:
        return activitynet_annotation.read(path)
    except InputError as error:
        refused(error, path)
        return None


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_places(CONTENT)[1:]), JSON_VALUES)
def test_any_value_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[Any, ...], value: Any
) -> None:
    content = copy.deepcopy(CONTENT)
    inside: Any = content
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    found = _read(tmp_path_factory.getbasetemp(), json.dumps(content).encode())
    if found is None:
        return
    assert set(found.videos) == set(content["database"])
    for name, video in found.videos.items():
        listed = content["database"][name]["annotations"]
        assert len(video.instances) == len(listed)
        for instance, one in zip(video.instances, listed, strict=True):
            assert instance.class_name == one["label"] in found.classes
            start, stop = one["segment"]
            assert instance.span == (TimeSpan(start, stop) if start < stop else None)


@fuzzed(TEXT.encode())
def test_any_bytes_in_place_of_some_are_read_or_refused(folder: Path, text: bytes) -> None:
    found = _read(folder, text)
    if found is not None:
        assert all(video.subset in activitynet_annotation.SUBSETS for video in found.videos.values())
        assert all(i.class_name in found.classes for v in found.videos.values() for i in v.instances)


@needs_footage
@pytest.mark.slow
def test_the_segments_of_the_real_release(tmp_path: Path) -> None:
    """Those of 1.3, as others prepared them; twelve are empty, and 215 end after the video does."""
    assert LISTS is not None
    folder = LISTS / "activitynet"
    prepared = json.loads((folder / "anet_anno_action.json").read_text())
    labels = sorted((folder / "action_name.csv").read_text().splitlines()[1:])
    with (folder / "video_info_new.csv").open(newline="") as file:
        subsets = {row["video"]: row["subset"] for row in csv.DictReader(file)}
    root = {"nodeId": 0, "nodeName": "Root", "parentId": None}
    content = {
        "version": "as prepared",
        "taxonomy": [root, *({"nodeId": n, "nodeName": s, "parentId": 0} for n, s in enumerate(labels, 1))],
        "database": {
            name.removeprefix("v_"): {
                "duration": video["duration_second"],
                "subset": subsets[name],
                "annotations": video["annotations"],
            }
            for name, video in prepared.items()
        },
    }
    found = activitynet_annotation.read(_annotated(tmp_path, content) / NAME)
    assert (len(found.classes), len(found.videos)) == (200, 19228)
    assert {one.class_name for video in found.videos.values() for one in video.instances} == set(labels)
    for subset, videos, samples in (
        ("training", 9649, 14859),
        ("validation", 4728, 7293),
        ("testing", 4851, 0),
    ):
        of_subset = [video for video in found.videos.values() if video.subset == subset]
        assert (len(of_subset), sum(len(video.instances) for video in of_subset)) == (videos, samples)
    instances = [one for video in found.videos.values() for one in video.instances]
    assert (len(instances), sum(one.span is None for one in instances)) == (22152, 12)
    with pytest.raises(InputError, match=r"of 12 empty segments, .*H-yBxySDyTw/1, .*, \.\.\.; leave"):
        activitynet.load(tmp_path, "1")
