"""Bent lists of the owners' forms give what a plain reading gives, or one line that names the file."""

import re
from pathlib import Path

from helpers.fuzz import fuzzed, refused
from repro import datasets
from repro.datasets import ut_interaction
from repro.types import InputError, Split

NAMES = ("Archery", "HandstandPushups")


def _text(lines: list[str], end: str = "\r\n") -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


def _touch(folder: Path, clips: list[str]) -> None:
    for clip in clips:
        (folder / clip).parent.mkdir(parents=True, exist_ok=True)
        (folder / clip).touch()


def _lines(content: bytes) -> list[str]:
    """What an editor shows. The last line may lack its end, or half of it."""
    lines = content.decode("utf-8-sig").removesuffix("\n").split("\n")
    return [line.removesuffix("\r") for line in lines]


def _as_the_owner(text: str) -> str:
    """One class has two spellings, in folders and in files."""
    folders = re.sub(r"(?m)^((?:[1-9]\d* )?)HandStandPushups(?=/|\r?$)", r"\1HandstandPushups", text)
    return folders.replace("/v_HandstandPushups_", "/v_HandStandPushups_")


def _load(dataset: str, root: Path) -> Split | None:
    """The split, or None after one clear line."""
    try:
        return datasets.load_split(dataset, root, "1", allow_partial=True)
    except InputError as error:
        refused(error, root)
        return None


def _read(content: bytes) -> list[str]:
    return [_as_the_owner(line) for line in _lines(content)]


UCF = [f"{name}/v_{name.replace('stand', 'Stand')}_g{g:02d}_c01.avi" for name in NAMES for g in (1, 8, 22)]
UCF_LISTS = {
    "classInd.txt": _text([f"{index} {name}" for index, name in enumerate(NAMES, 1)]),
    "trainlist01.txt": _text(
        [f"{clip} {1 + clip.startswith('Hand')}" for clip in UCF if "_g01_" not in clip]
    ),
    "testlist01.txt": _text([clip for clip in UCF if "_g01_" in clip]),
}
UCF_LINE = r"(?a:(\w+)/v_(\w+)_g(\d\d)_c(\d\d)\.avi( [1-9]\d*)?)"


@fuzzed(b"\x1e".join(UCF_LISTS.values()))
def test_lists_of_ucf101(folder: Path, content: bytes) -> None:
    """All three files of a split at once."""
    written = dict(zip(UCF_LISTS, content.split(b"\x1e"), strict=False))
    if not (lists := folder / "ucfTrainTestlist").exists():
        _touch(folder / "UCF-101", UCF)
        lists.mkdir()
    for name in UCF_LISTS:
        (lists / name).write_bytes(written.get(name, b""))
    split = _load("ucf101", folder)
    if split is None:
        return
    order = [re.fullmatch(r"(?a:([1-9]\d*) (\w+))", line) for line in _read(written["classInd.txt"])]
    assert [int(match[1]) for match in order] == list(range(1, len(order) + 1))
    classes = [match[2] for match in order]
    for name, part in (("trainlist01.txt", split.train), ("testlist01.txt", split.test)):
        matches = [re.fullmatch(UCF_LINE, line) for line in _read(written[name])]
        assert all(match[1].casefold() == match[2].casefold() for match in matches)
        assert all(match[5] in (None, f" {classes.index(match[1]) + 1}") for match in matches)
        there = [match[0].split(".avi")[0] for match in matches if match[0].split(" ")[0] in UCF]
        assert [ref.video_id for ref in part] == there
        assert all(split.classes[ref.label] == ref.path.parent.name for ref in part)
    assert [name for name in classes if name in split.classes] == list(split.classes)


CLIPS = [
    f"{name}/{source}_{name}_u_cm_np10_fr_med_{k}.avi"
    for name in ("clap", "wave")
    for k, source in enumerate("ABC")
]


def _flagged(folder: Path, sub_folder: str, lists: str, content: bytes, blank: str) -> None:
    """Two classes of three clips; the content is the first class's list of split 1."""
    if not (folder / lists).exists():
        _touch(folder / sub_folder, CLIPS)
        (folder / lists).mkdir()
        for name, split in ((name, split) for name in ("clap", "wave") for split in "123"):
            (folder / lists / f"{name}_test_split{split}.txt").write_bytes(_flags(name, blank))
    (folder / lists / "clap_test_split1.txt").write_bytes(content)


def _flags(name: str, blank: str) -> bytes:
    clips = [clip.split("/")[1] for clip in CLIPS if clip.startswith(name)]
    return _text([f"{clip} {flag}{blank}" for clip, flag in zip(clips, "112", strict=True)], "\n")


def _check_flags(split: Split | None, content: bytes, line: str) -> None:
    if split is None:
        return
    matches = [re.fullmatch(line, one) for one in _lines(content)]
    for flag, part in (("1", split.train), ("2", split.test)):
        wanted = [match[1] for match in matches if match[2] == flag and f"clap/{match[1]}" in CLIPS]
        assert [ref.path.name for ref in part if ref.path.parent.name == "clap"] == wanted
        assert all(split.classes[ref.label] == ref.path.parent.name for ref in part)


@fuzzed(_flags("clap", ""))
def test_splits_of_jhmdb21(folder: Path, content: bytes) -> None:
    _flagged(folder, "ReCompress_Videos", "splits", content, "")
    _check_flags(_load("jhmdb21", folder), content, r"([^\n]+\.avi) ([12])")


@fuzzed(_flags("clap", " "))
def test_splits_of_hmdb51(folder: Path, content: bytes) -> None:
    _flagged(folder, "hmdb51_org", "testTrainMulti_7030_splits", content, " ")
    _check_flags(_load("hmdb51", folder), content, r"([^\n]+\.avi) ([012]) ?")


@fuzzed(b"Run\nSit-Down\nWave\n")
def test_classes_of_ut_interaction(folder: Path, content: bytes) -> None:
    (folder / "classes.csv").write_bytes(content)
    try:
        classes, official = ut_interaction.read_classes(folder)
    except InputError as error:
        refused(error, folder / "classes.csv")
        return
    assert (list(classes), official) == (_lines(content), False)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9-]*", name) for name in classes)
