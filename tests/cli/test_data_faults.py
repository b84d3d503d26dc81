"""`data DATASET verify` in the eight layouts: nothing to say of whole sets, all faults by name at once."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.small_layouts import make_small
from repro.cli import main
from repro.demo.layout_hmdb51 import stem as hmdb_stem
from repro.demo.layouts import ClipName

pytestmark = pytest.mark.slow  # each layout is drawn

SEGMENTED = "ut_interaction_segmented"
LAYOUTS = (
    *("ucf101", "jhmdb21", "hmdb51", "thumos13", "ut_interaction", SEGMENTED, "activitynet", "hollywood2"),
)
Wanted = list[tuple[str, str]]  # kind, and what the text of the fault has


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The undamaged set in a layout, drawn once."""
    base, drawn = tmp_path_factory.mktemp("layouts"), set[str]()

    def get(layout: str) -> Path:
        if layout not in drawn:
            make_small(base / layout, layout)
            drawn.add(layout)
        return base / layout

    return get


@pytest.fixture
def root(layout: str, whole: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to damage."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(whole(layout), tmp_path / "set"))


def _verify(layout: str, root: Path, *more: str) -> tuple[int, dict]:
    file = root.parent / "report.json"
    dataset = layout.removesuffix("_segmented")
    status = main(["data", dataset, "verify", "--data", str(root), "--report", str(file), *more])
    return status, json.loads(file.read_text())


def _check(layout: str, root: Path, wanted: Wanted) -> None:
    """Status 1, every wanted fault named, and no fault that is not wanted."""
    status, report = _verify(layout, root)
    found = [(fault["kind"], fault["text"]) for fault in report["faults"] if not fault["tolerated"]]
    lost = [want for want in wanted if not any(want[0] == kind and want[1] in text for kind, text in found)]
    more = [one for one in found if not any(kind == one[0] and part in one[1] for kind, part in wanted)]
    assert (lost, more) == ([], [])
    assert (status, report["ok"]) == (1, False)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 3 // 4)


def _append(path: Path, line: str) -> None:
    path.write_bytes(path.read_bytes() + line.encode())


def _spoil(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00" + path.read_bytes())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_whole_set_has_no_fault(layout: str, root: Path) -> None:
    status, report = _verify(layout, root)
    assert (status, report["ok"], report["faults"]) == (0, True, [])
    assert len(report["videos"]) > 100
    assert all(video["frames"] >= 6 for video in report["videos"].values())
    for split in report["splits"].values():
        train, test = map(sum, zip(*split["classes"].values(), strict=True))
        if layout != "hollywood2":  # whose clips count in several classes
            assert (train, test) == (split["train"], split["test"])


def _ucf_faults(root: Path) -> Wanted:
    videos, lists = root / "UCF-101", root / "ucfTrainTestlist"
    (videos / "Run" / "v_Run_g01_c01.avi").unlink()
    write_numbered(videos / "Run" / "v_Run_g01_c09.avi", 5)
    _cut(videos / "CircleBack" / "v_CircleBack_g02_c01.avi")
    train = lists / "trainlist01.txt"
    right = "Wave/v_Wave_g08_c01.avi 12"
    assert right in train.read_text()
    train.write_bytes(train.read_bytes().replace(right.encode(), b"Wave/v_Wave_g08_c01.avi 11"))
    _append(train, "CircleBack/v_CircleBack_g09_c01.avi 1\r\n")
    _append(train, "CircleBack/v_CircleBack_g03_c01.avi 1\r\n")
    _spoil(lists / "testlist02.txt")
    (lists / "testlist03.txt").write_bytes(b"")
    return [
        ("missing", "Run/v_Run_g01_c01 is listed"),
        ("extra", "Run/v_Run_g01_c09 lies in"),
        ("broken", "CircleBack/v_CircleBack_g02_c01: truncated"),
        ("list", "testlist03.txt is empty"),
        ("label", "trainlist01.txt:"),
        ("duplicate", "'CircleBack/v_CircleBack_g09_c01.avi 1' stands already in line"),
        ("leak", "CircleBack/v_CircleBack_g03_c01 in the training and in the test list"),
        ("leak", "trains and tests on clips of CircleBack/g03"),
        ("list", "testlist02.txt:1 is not UTF-8"),
    ]


def _thumos_faults(root: Path) -> Wanted:
    boxes = root / "finalAnnots.mat"
    boxes.write_bytes(boxes.read_bytes()[:-50])
    return [*_ucf_faults(root), ("annotation", "finalAnnots.mat")]


def _class_faults(videos: Path, lists: Path, stem: Callable[[str, int], str], blank: str) -> Wanted:
    """blank: what ends a line before its line feed."""
    (videos / "Run" / f"{stem('Run', 1)}.avi").unlink()
    write_numbered(videos / "Run" / "unknown.avi", 5)
    _cut(videos / "CircleBack" / f"{stem('CircleBack', 2)}.avi")
    (lists / "CircleBack_test_split3.txt").write_bytes(b"")
    _spoil(lists / "Wave_test_split2.txt")
    run = lists / "Run_test_split1.txt"
    _append(run, f"{stem('Wave', 1)}.avi 2{blank}\n")
    _append(run, f"{stem('Run', 9)}.avi 1{blank}\n")
    _append(run, f"{stem('Run', 3)}.avi 1{blank}\n")
    _append(run, f"{stem('Run', 4)}.avi 7{blank}\n")
    return [
        ("missing", f"Run/{stem('Run', 1)} is listed"),
        ("extra", "Run/unknown lies in"),
        ("broken", f"CircleBack/{stem('CircleBack', 2)}: truncated"),
        ("list", "CircleBack_test_split3.txt is empty"),
        ("list", "Wave_test_split2.txt:1 is not UTF-8"),
        ("label", f"the clip name '{stem('Wave', 1)}' of class Run"),
        ("duplicate", f"'{stem('Run', 9)}.avi 1{blank}' stands already in line"),
        ("leak", f"{stem('Run', 3)}.avi has a second flag"),
        ("line", "Run_test_split1.txt:"),
    ]


def _jhmdb_faults(root: Path) -> Wanted:
    videos = root / "JHMDB_video" / "ReCompress_Videos"
    return _class_faults(videos, root / "splits", lambda name, group: f"v_{name}_g{group:02d}_c01", "")


def _hmdb_faults(root: Path) -> Wanted:
    lists = root / "testTrainMulti_7030_splits"
    moved = lists / "Wave_test_split1.txt"
    moved.write_text(moved.read_text() + "Demo[g02]_(#&;!+~@)_Wave_f_cm_np1_ri_goo_2.avi 1 \n")
    write_numbered(root / "hmdb51_org" / "Wave" / "Demo[g02]_(#&;!+~@)_Wave_f_cm_np1_ri_goo_2.avi", 6, 9)
    faults = _class_faults(
        root / "hmdb51_org", lists, lambda name, group: hmdb_stem(ClipName(name, group, 1)), " "
    )
    return [*faults, ("leak", "split 1 trains and tests on clips of Wave/Demo[g02]_(#&;!+~@)")]


def _ut_faults(root: Path) -> Wanted:
    first = root / "ut-interaction_set1"
    (first / "seq4.avi").unlink()
    write_numbered(first / "holiday.avi", 5)
    _cut(first / "seq5.avi")
    shutil.copyfile(first / "seq6.avi", first / "seq7.avi")
    sheet = root / "ut-interaction_labels_110912.csv"
    lines = sheet.read_text().splitlines()
    lines[2] = ",".join(["", "1", "9", *lines[2].split(",")[3:]])  # class 9 of 6
    lines[9] = lines[8]
    lines[10] = ",".join([*lines[10].split(",")[:3], "9", "3", "0", "1", "1"])
    sheet.write_text("\n".join(lines) + "\n")
    return [
        ("missing", "seq4/01_"),
        *(("missing", f"seq4/0{row}_") for row in range(2, 7)),
        ("list", "split 4: no test clip"),
        ("extra", "holiday.avi"),
        ("broken", "seq5/01_"),
        *(("broken", f"seq5/0{row}_") for row in range(2, 7)),
        ("label", ":3: activity class id is '9'"),
        ("duplicate", ":10: this interaction is already in line 9"),
        ("line", ":11: the interaction ends at frame 3"),
        ("leak", "seq6.avi is tested and has the same content as"),
        ("leak", "seq7.avi is tested and has the same content as"),
    ]


def _segmented_faults(root: Path) -> Wanted:
    first, second = (root / f"ut-interaction_segmented_set{number}" for number in (1, 2))
    (first / "3_1_3.avi").rename(first / "3_1_7.avi")
    write_numbered(first / "7_21_0.avi", 5)
    _cut(first / "13_3_1.avi")
    shutil.copyfile(first / "19_4_1.avi", first / "24_5_0.avi")
    (root / "segmented_set2").mkdir()
    shutil.copyfile(second / "0_11_0.avi", root / "segmented_set2" / "0_11_0.avi")
    return [
        ("label", "3_1_7.avi: class 7; there are 0 to 5"),
        ("extra", "7_21_0.avi"),
        ("broken", "seq3/13_3_1: truncated"),
        ("leak", "19_4_1.avi is tested and has the same content as"),
        ("leak", "24_5_0.avi is tested and has the same content as"),
        ("duplicate", "are the same clip; remove one"),
    ]


def _activitynet_faults(root: Path) -> Wanted:
    file = root / "activity_net.v1-demo.min.json"
    content = json.loads(file.read_text())
    names = {part: [n for n, v in content["database"].items() if v["subset"] == part] for part in
             ("training", "validation")}  # fmt: skip
    gone, cut, copied, wrong, twice = names["training"][:5]
    tested = names["validation"][0]
    videos = root / "videos"
    (videos / f"v_{gone}.avi").unlink()
    _cut(videos / f"v_{cut}.avi")
    shutil.copyfile(videos / f"v_{tested}.avi", videos / f"v_{copied}.avi")
    write_numbered(videos / "v_aaaaaaaaaaa.avi", 5)
    write_numbered(videos / "holiday film.avi", 5)
    content["database"][wrong]["annotations"][0]["label"] = "Flying"
    content["database"][wrong]["annotations"][1]["segment"] = [2, 1]
    content["database"][wrong]["annotations"][2]["segment"] = [2, 2]
    as_test = json.dumps({**content["database"][twice], "subset": "validation"})
    file.write_text(json.dumps(content).replace('"database": {', f'"database": {{"{twice}": {as_test}, ', 1))
    return [
        *(("missing", f"{gone}/{number} is listed") for number in (1, 2, 3)),
        ("extra", "aaaaaaaaaaa lies in"),
        ("extra", "holiday film.avi lies in"),
        *(("broken", f"{cut}/{number}: truncated") for number in (1, 2, 3)),
        ("label", f"'{wrong}': annotations: 1: label 'Flying' is not a leaf"),
        ("line", f"'{wrong}': annotations: 2: segment from 2 s to 1 s"),
        ("line", f"of 1 empty segments, which end where they start: {wrong}/3;"),
        ("duplicate", f"the key '{twice}' appears twice"),
        ("leak", f"v_{tested}.avi is tested and has the same content as"),
    ]


def _hollywood2_faults(root: Path) -> Wanted:
    videos, lists = root / "AVIClips", root / "ClipSets"
    (videos / "actioncliptrain00003.avi").unlink()
    write_numbered(videos / "holiday.avi", 5)
    _cut(videos / "actioncliptest00004.avi")
    shutil.copyfile(videos / "actioncliptest00006.avi", videos / "actioncliptrain00006.avi")
    for path in lists.glob("*_train.txt"):
        path.write_text(path.read_text().replace("train00005  1\n", "train00005  -1\n"))
    run, wave = lists / "Run_train.txt", lists / "Wave_train.txt"
    _append(run, "actioncliptrain00001  1\n" * 2)
    _append(run, "actioncliptest00002  1\n")
    lines = wave.read_text().splitlines(keepends=True)
    wave.write_text("".join([*lines[:6], "actioncliptrain00007  0\n", *lines[7:]]))
    return [
        ("missing", "actioncliptrain00003 is listed"),
        ("extra", "holiday.avi lies in"),
        ("broken", "actioncliptest00004: truncated"),
        ("label", "actioncliptrain00005 is -1 in all 12 lists"),
        ("extra", "actioncliptrain00005 lies in"),
        ("duplicate", "Run_train.txt:"),
        ("leak", "actioncliptest00002 is not of the train part"),
        ("leak", "actioncliptest00006.avi is tested and has the same content as"),
        ("line", "Wave_train.txt:7: 'actioncliptrain00007  0'"),
        ("line", "Wave_train.txt lacks actioncliptrain00007"),
    ]


INJECTED = {
    "ucf101": _ucf_faults,
    "thumos13": _thumos_faults,
    "jhmdb21": _jhmdb_faults,
    "hmdb51": _hmdb_faults,
    "ut_interaction": _ut_faults,
    SEGMENTED: _segmented_faults,
    "activitynet": _activitynet_faults,
    "hollywood2": _hollywood2_faults,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_faults_are_named_in_one_pass(layout: str, root: Path) -> None:
    _check(layout, root, INJECTED[layout](root))


@pytest.mark.parametrize(
    ("layout", "file", "empty", "empty_fault", "spoilt_fault"),
    [
        (
            "ut_interaction",
            "ut-interaction_labels_110912.csv",
            "sequence #,Activity Class ID,Starting Frame #,Ending Frame #\n",
            "has not a row below the headings",
            "is not UTF-8",
        ),
        (
            "activitynet",
            "activity_net.v1-demo.min.json",
            '{"version": "", "taxonomy": [], "database": {}}',
            "no training clip",
            "codec can't decode",
        ),
        ("hollywood2", "ClipSets/Wave_test.txt", "", "Wave_test.txt is empty", "is not UTF-8"),
    ],
)
def test_a_lost_list_is_one_fault_and_the_videos_are_decoded_all_the_same(
    layout: str, root: Path, file: str, empty: str, empty_fault: str, spoilt_fault: str
) -> None:
    whole = (root / file).read_bytes()
    (root / file).write_text(empty)
    known = ("extra", "lies in") if layout == "activitynet" else ("list", empty_fault)
    _check(layout, root, [("list", empty_fault), known])
    (root / file).write_bytes(b"\xff" + whole)
    video = next(path for path in sorted(root.rglob("*.avi")) if path.stat().st_size)
    _cut(video)
    _check(layout, root, [("list", spoilt_fault), ("broken", video.stem)])


@pytest.mark.parametrize("layout", ["thumos13"])
def test_a_damaged_original_annotation_is_named(layout: str, root: Path) -> None:
    (root / "finalAnnots.mat").unlink()
    files = sorted(root.rglob("*.xgtf"))
    for file in files[:2]:
        file.write_text("<viper")
    _check(layout, root, [("annotation", str(file)) for file in files[:2]])


@pytest.mark.parametrize("layout", ["ucf101"])
def test_a_part_is_tolerated_when_asked_for_and_still_named(
    layout: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "UCF-101" / "Run" / "v_Run_g01_c01.avi").unlink()
    status, report = _verify(layout, root, "--partial")
    assert (status, report["ok"]) == (0, True)
    assert [fault["text"][:17] for fault in report["faults"]] == ["Run/v_Run_g01_c01"]
    assert "missing (tolerated): Run/v_Run_g01_c01 is listed" in capsys.readouterr().out
