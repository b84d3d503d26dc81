"""Boxes of actors: both annotations of UCF101's 24 classes, the demo set's own, and all that is refused."""

import gzip
import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.footage import LISTS, needs_footage
from helpers.fuzz import fuzzed, refused
from helpers.tube_annotations import VIPER, mat, tube, write, xgtf
from repro import datasets
from repro.datasets import corrected_boxes, thumos13, ucf101, viper
from repro.datasets.boxes import CORRECTED, ORIGINAL, Actor
from repro.types import InputError, VideoRef

BIKING, DIVING = "Biking/v_Biking_g01_c01", "Diving/v_Diving_g01_c01"
WIDE = [[200, 10, 100, 20], [210, 10, 100, 20]]  # in uint8, 200 + 100 is 44
VIDEOS = [
    {
        "name": DIVING,
        "tubes": [tube(3, WIDE, label=2), tube(1, [[300, 1, 20, 239]], label=2, kind=np.uint16)],
    },
    {"name": BIKING, "tubes": [tube(100, [[1, 2, 3, 4]], label=1)]},
]


def _ref(video_id: str, label: int = 7) -> VideoRef:
    return VideoRef(video_id, Path("v.avi"), label, video_id.split("/")[0] + "/g01")


def _lists(actors: Any) -> list[tuple[int, list[int], list[list[float]]]]:
    return [(actor.label, actor.tube.frames.tolist(), actor.tube.boxes.tolist()) for actor in actors]


def test_corrected_boxes_do_not_wrap_around_and_count_from_0(tmp_path: Path) -> None:
    write(tmp_path / CORRECTED, mat(VIDEOS))
    refs = [_ref(BIKING), _ref(DIVING, 0), _ref("Diving/v_Diving_g19_c02")]
    found = datasets.boxes_of("thumos13", tmp_path, refs)
    assert list(found) == [BIKING, DIVING]
    assert _lists(found[DIVING]) == [
        (0, [2, 3], [[200, 10, 300, 30], [210, 10, 310, 30]]),
        (0, [0], [[300, 1, 320, 240]]),
    ]
    assert _lists(found[BIKING]) == [(7, [99], [[1, 2, 4, 6]])]
    assert isinstance(found[BIKING][0], Actor)
    assert found[BIKING][0].tube.boxes.dtype == np.float64
    assert datasets.unannotated(refs, found) == ("Diving/v_Diving_g19_c02",)


@pytest.mark.parametrize("dataset", ["thumos13", "ucf101"])
def test_the_original_boxes_and_the_file_with_a_capital(tmp_path: Path, dataset: str) -> None:
    folder = tmp_path / "UCF101_24Action_Detection_Annotations" / ORIGINAL
    write(
        folder / "Diving" / "v_Diving_g01_C01.xgtf",
        xgtf([("3:4 9:9", 200, 10, 100, 20)], [("1:1", -2, 0, 0, 5)]),
    )
    found = datasets.boxes_of(dataset, tmp_path, [_ref(DIVING), _ref(BIKING)])
    assert {name: _lists(actors) for name, actors in found.items()} == {
        DIVING: [(7, [2, 3, 8], [[200, 10, 300, 30]] * 3), (7, [0], [[-2, 0, -2, 5]])]
    }


def test_the_corrected_annotation_is_preferred_unless_the_other_is_named(tmp_path: Path) -> None:
    original = write(tmp_path / ORIGINAL / f"{DIVING}.xgtf", xgtf([("1:1", 1, 1, 1, 1)])).parents[1]
    videos = tmp_path / "videos"
    videos.mkdir()
    assert datasets.find_annotation(videos) == original
    corrected = write(tmp_path / "corrected-UCF101-Annots" / CORRECTED, mat(VIDEOS))
    assert datasets.find_annotation(videos) == corrected
    for named in (original, original.parent, corrected, corrected.parent):
        wanted = corrected if named in (corrected, corrected.parent, original.parent) else original
        assert datasets.find_annotation(videos / "elsewhere", named) == wanted
    found = datasets.boxes_of("thumos13", videos, [_ref(DIVING)], original)
    assert _lists(found[DIVING]) == [(7, [0], [[1, 1, 2, 2]])]


def test_no_boxes(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="hmdb51 has no boxes; data sets with boxes: demo, ucf101, thumos13, jhmdb21"
    ):
        datasets.boxes_of("hmdb51", tmp_path, [])
    with pytest.raises(InputError, match=r"no boxes in .*finalAnnots\.mat .*UCF101_24_Annotations"):
        datasets.boxes_of("thumos13", tmp_path / "videos", [_ref(DIVING)])
    with pytest.raises(InputError, match=r"g01_c01\.npz cannot be read .*render the demo set again"):
        datasets.boxes_of("demo", tmp_path, [_ref(DIVING)])


def _bent(**changes: Any) -> list[dict[str, Any]]:
    """The videos; changes of the first tube, or with `video_` of its video."""
    video = {key.removeprefix("video_"): value for key, value in changes.items() if key.startswith("video_")}
    first = {key: value for key, value in changes.items() if not key.startswith("video_")}
    tubes = [{**tube(3, WIDE, label=2), **first}]
    return [{"name": DIVING, "tubes": tubes, **video}, VIDEOS[1]]


@pytest.mark.parametrize(
    ("videos", "message"),
    [
        (_bent(ef=5), r"annot\(1\) Diving/.*: a tube from frame 3 to 5 with boxes \(2, 4\)"),
        (_bent(sf=0, ef=1), "a tube from frame 0 to 1 of 100"),
        (_bent(sf=100, ef=101), "a tube from frame 100 to 101 of 100"),
        (_bent(sf=2.5), "sf is .* no whole number"),
        (_bent(sf=np.nan), "no whole number"),
        (_bent(ef="4"), "ef is '4', no whole number"),
        (_bent(sf=[3, 3]), "no whole number"),
        (_bent(boxes=np.zeros((2, 4), np.uint8)), "a box without area"),
        (_bent(boxes=np.array([[-1, 1, 5, 5]] * 2)), "begins outside the frame"),
        (_bent(boxes=np.array([[1, 1, np.inf, 5]] * 2)), "a box without area"),
        (_bent(boxes=np.ones((2, 5), np.uint8)), r"boxes \(2, 5\)"),
        (_bent(boxes="none"), "boxes 'none'"),
        (_bent(**{"class": 1}), "a tube of class 1 in a video of class 2"),
        (_bent(video_tubes=3), "has no tubes"),
        (_bent(video_num_imgs=3), "a tube from frame 3 to 4 of 3"),
        (_bent(video_name="../x"), r"annot\(1\): '\.\./x' is not of the form"),
        (_bent(video_name=3), "is not of the form"),
        (_bent(video_name=BIKING), "a tube of class 2 in a video of class 1"),
        ([VIDEOS[1], VIDEOS[1]], r"annot\(2\) Biking.*: appears twice"),
        ([{**VIDEOS[1], "tubes": [{"sf": 1}]}], "it has no field 'class'"),
        ([{"title": DIVING, "tubes": 1}], r"annot\(1\): 'None' is not of the form"),
    ],
)
def test_fields_that_contradict_each_other(
    tmp_path: Path, videos: list[dict[str, Any]], message: str
) -> None:
    path = write(tmp_path / CORRECTED, mat(videos))
    with pytest.raises(InputError, match=message) as caught:
        corrected_boxes.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_variable_that_is_no_list_of_videos(tmp_path: Path) -> None:
    path = write(tmp_path / CORRECTED, mat(VIDEOS, variable="other"))
    with pytest.raises(InputError, match="no variable 'annot'"):
        corrected_boxes.read(path)


def test_official_classes_need_the_official_totals(tmp_path: Path) -> None:
    names = [f"{name}/v_{name}_g01_c01" for name in thumos13.expected()["classes"]]
    videos = [
        {"name": name, "tubes": [tube(1, [[1, 1, 1, 1]], label)]} for label, name in enumerate(names, 1)
    ]
    with pytest.raises(InputError, match="24 videos with 24 tubes, wanted 3194 with 4458"):
        corrected_boxes.read(write(tmp_path / CORRECTED, mat(videos)))
    assert len(corrected_boxes.read(write(tmp_path / CORRECTED, mat(videos[:1])))) == 1


def test_an_empty_sourcefile_may_come_first(tmp_path: Path) -> None:
    sound = xgtf([("1:2", 5, 6, 7, 8)])
    path = write(tmp_path / "v.xgtf", sound.replace("<sourcefile", '<sourcefile filename=""/><sourcefile', 1))
    (found,) = viper.read(path)
    assert (found.frames.tolist(), found.boxes.tolist()) == ([0, 1], [[5, 6, 12, 14]] * 2)


def _file(objects: str) -> str:
    return VIPER.format(content=f"<sourcefile>{objects}</sourcefile>")


LAUGHS = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]>\n<a>&c;</a>'
OUTSIDE = '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/hostname">\n<a/>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LAUGHS, r":2: it declares a document type"),
        (OUTSIDE, r":2: it declares a document type"),
        (xgtf([("1:2", 1, 1, 1, 1), ("2:3", 1, 1, 1, 2)]), r":6: a second box of one actor in frame 2"),
        (xgtf([("2:1", 1, 1, 1, 1)]), r":5: framespan '2:1' is no a:b"),
        (xgtf([("0:1", 1, 1, 1, 1)]), "framespan '0:1'"),
        (xgtf([("1:999999", 1, 1, 1, 1)]), "framespan '1:999999'"),
        (xgtf([("1", 1, 1, 1, 1)]), "framespan '1'"),
        (xgtf([("", 1, 1, 1, 1)]), "framespan ''"),
        (xgtf([("1:1", 1, 1, -1, 1)]), "a bbox of -1 x 1"),
        (xgtf([("1:1", 1, 1, 1, 1)]).replace('y="1"', 'y="nan"'), "y is 'nan', no number"),
        (xgtf([("1:1", 1, 1, 1, 1)]).replace('y="1"', 'y="１"'), "y is '１', no number"),
        (xgtf([("1:1", 1, 1, 1, 1)]).replace('y="1"', ""), "a bbox without y"),
        (xgtf([("1:1", 1, 1, 1, 1)], []), r":8: an object without a bbox in its Location"),
        (xgtf([("1:1", 1, 1, 1, 1)]).replace('"Location"', '"Face"'), "an object without a bbox"),
        (xgtf(*[[("1:100000", 1, 1, 1, 1)]] * 11), "more than 1000000 boxes"),
        (VIPER.format(content="<object/>"), "an object outside of a sourcefile"),
        (_file('<attribute name="Location"><data:bbox/></attribute>'), "a bbox outside of an object"),
        (_file(""), r"v\.xgtf has no actor"),
        ("<a/>", "has no actor"),
        ("", ":1: no element found"),
        (_file("<object>"), "mismatched tag"),
        ('<?xml version="1.0" encoding="hex"?><a/>', "v.xgtf:1: "),
        (_file("\udcff"), "not well-formed"),
    ],
    ids=count(),
)
def test_an_original_file_of_another_form(tmp_path: Path, content: str, message: str) -> None:
    path = write(tmp_path / "v.xgtf", content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=message) as caught:
        viper.read(path)
    assert "\n" not in str(caught.value)


def test_an_original_file_that_is_too_large_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        viper.read(tmp_path / "none.xgtf")
    path = write(tmp_path / "big.xgtf", b" " * (16 * 2**20 + 1))
    with pytest.raises(InputError, match="is larger than"):
        viper.read(path)


SOUND = xgtf([("1:2", 5, 6, 7, 8)], [("3:3 7:8", 1, 2, 3, 4)])


@fuzzed(SOUND.encode())
def test_any_change_of_an_original_file_gives_tubes_or_one_clear_error(folder: Path, content: bytes) -> None:
    path = write(folder / "any.xgtf", content)
    try:
        tubes = viper.read(path)
    except InputError as error:
        refused(error, path)
        return
    assert 1 <= len(tubes) <= 2
    assert all((found.frames >= 0).all() and (np.diff(found.frames) > 0).all() for found in tubes)
    assert all((found.boxes[:, 2:] >= found.boxes[:, :2]).all() for found in tubes)


@fuzzed(mat(VIDEOS, packed=False), first=128)
def test_any_change_of_the_corrected_file_gives_tubes_or_one_clear_error(
    folder: Path, content: bytes
) -> None:
    path = write(folder / "any.mat", content)
    try:
        found = corrected_boxes.read(path)
    except InputError as error:
        refused(error, path)
        return
    assert 1 <= len(found) <= 2
    for one in (one for tubes in found.values() for one in tubes):
        assert len(one.frames) == len(one.boxes) == one.frames[-1] - one.frames[0] + 1
        assert (one.boxes[:, :2] >= 0).all()
        assert (one.boxes[:, 2:] > one.boxes[:, :2]).all()


@needs_footage
@pytest.mark.slow
def test_the_owners_boxes_all_3194_videos(tmp_path: Path) -> None:
    """From a copy of the corrected boxes, put back into the form and the integers of the owner's file."""
    assert LISTS is not None
    source = json.loads(gzip.decompress((LISTS / "ucf101_24" / "pyannot.json.gz").read_bytes()))
    kinds = {True: np.uint8, False: np.uint16}
    videos = [
        {
            "name": name,
            "num_imgs": video["numf"],
            "tubes": [
                tube(t["sf"] + 1, t["boxes"], t["label"] + 1, kinds[np.max(t["boxes"]) < 256])
                for t in video["annotations"]
            ],
        }
        for name, video in source.items()
    ]
    write(tmp_path / CORRECTED, mat(videos))
    classes = thumos13.expected()["classes"]
    clips = [clip for clip in ucf101.official_clips() if clip.class_name in classes]
    refs = [_ref(clip.listed().video_id, classes.index(clip.class_name)) for clip in clips]
    tested = [ref for ref, clip in zip(refs, clips, strict=True) if clip.in_test("1")]
    found = datasets.boxes_of("thumos13", tmp_path, refs)
    lacking = datasets.unannotated(tested, found)
    assert (len(refs), len(tested), len(found), len(lacking)) == (3207, 914, 3194, 4)
    assert lacking == (
        "LongJump/v_LongJump_g07_c04",
        "TrampolineJumping/v_TrampolineJumping_g06_c03",
        "VolleyballSpiking/v_VolleyballSpiking_g02_c02",
        "VolleyballSpiking/v_VolleyballSpiking_g02_c03",
    )
    listed = (LISTS / "ucf101_24" / "testlist01.txt").read_text().split("\n")
    assert {ref.video_id for ref in tested} - set(listed) == set(lacking)
    assert len(listed) == len(set(listed)) == 910
    wraps = 0
    for name, video in source.items():
        for actor, true in zip(found[name], video["annotations"], strict=True):
            assert actor.label == true["label"]
            assert actor.tube.frames.tolist() == list(range(true["sf"], true["ef"]))
            x, y, width, height = np.array(true["boxes"]).T
            assert np.array_equal(actor.tube.boxes.T, [x, y, x + width, y + height])
            wraps += np.max(true["boxes"]) < 256 <= max(*(x + width), *(y + height))
    assert wraps == 1445
