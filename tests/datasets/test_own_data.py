"""Data of one's own: folders and lists give the videos they name, and no source falls on both sides."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fuzz import fuzzed, refused
from repro.datasets import load_split, own_name, splits_of
from repro.datasets.faults import KINDS, collecting
from repro.datasets.own import load
from repro.datasets.own_list import read
from repro.datasets.verify import examine
from repro.paths import PROJECT
from repro.types import InputError, TimeSpan

HEADING = "path,label,split,start,end,group"


def _videos(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _list(root: Path, *lines: str, heading: str = HEADING) -> Path:
    file = root / "mine.csv"
    file.write_text("\n".join([heading, *lines]) + "\n")
    return file


def test_a_list_says_everything(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "deep/b.avi", "c.webm")
    file = _list(
        tmp_path,
        "a.mp4,run,train,,,",
        "deep/b.avi,run,test,0.5,2,",
        "deep/b.avi,Sit down,test,2,3.25,",
        "c.webm,Sit down,train,,,film 7",
    )
    split = load(file, "1")
    assert split.classes == ("run", "Sit down")
    assert [(ref.video_id, ref.label, ref.span) for ref in split.train] == [
        ("run/a", 0, None),
        ("Sit down/c", 1, None),
    ]
    assert [(ref.video_id, ref.label, ref.span) for ref in split.test] == [
        ("run/b", 0, TimeSpan(0.5, 2)),
        ("Sit down/b", 1, TimeSpan(2, 3.25)),
    ]
    assert split.train[0].path == tmp_path / "a.mp4"
    assert split.train[1].group == "film 7"
    assert split.test[0].group == split.test[1].group == str((tmp_path / "deep/b.avi").resolve())


def test_several_of_one_name_are_numbered(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b/a.mp4", "c.mp4", "d/c.mp4")
    rows = ["a.mp4,run,train", "b/a.mp4,run,test", "c.mp4,sit,train", "d/c.mp4,sit,test"]
    split = load(_list(tmp_path, *rows, heading="path,label,split"), "1")
    assert [ref.video_id for ref in (*split.train, *split.test)] == [
        "run/a/1",
        "sit/c/1",
        "run/a/2",
        "sit/c/2",
    ]


def test_the_order_of_a_list_means_nothing(tmp_path: Path) -> None:
    """The same name, the same ids and the same division, also where several have one name."""
    _videos(tmp_path, *(f"{folder}/a.mp4" for folder in "bcdef"), "g.mp4", "h.mp4")
    rows = [f"{folder}/a.mp4,run,," for folder in "bcdef"] + ["g.mp4,sit,0,1", "g.mp4,sit,1,2", "h.mp4,sit,,"]
    file = _list(tmp_path, *rows, heading="path,label,start,end")
    split, name = load(file, "1"), own_name(file)
    _list(tmp_path, *reversed(rows), heading="path,label,start,end")
    assert own_name(file) == name
    again = load(file, "1")
    assert set(again.train) == set(split.train)
    assert set(again.test) == set(split.test)
    _list(tmp_path, *rows[1:], heading="path,label,start,end")
    assert own_name(file) != name


def test_one_video_under_two_names_is_refused(tmp_path: Path) -> None:
    """Through `./`, through a folder and back, through links of both kinds: one file has one label."""
    _videos(tmp_path, "a.mp4", "deep/b.mp4", "c.mp4")
    (tmp_path / "link.mp4").symlink_to("a.mp4")
    (tmp_path / "hard.mp4").hardlink_to(tmp_path / "a.mp4")
    (tmp_path / "folder").symlink_to("deep")
    for first, again in (
        ("a.mp4", "a.mp4"),
        ("a.mp4", "./a.mp4"),
        ("a.mp4", "deep/../a.mp4"),
        ("a.mp4", str(tmp_path / "a.mp4")),
        ("a.mp4", "link.mp4"),
        ("hard.mp4", "a.mp4"),
        ("deep/b.mp4", "folder/b.mp4"),
    ):
        file = _list(tmp_path, f"{first},run", "c.mp4,run", f"{again},sit", heading="path,label")
        with pytest.raises(InputError, match=r"mine\.csv:4: .* is the video of .*mine\.csv:2"):
            load(file, "1")


def test_parts_of_one_video_are_one_source_under_any_name(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4")
    (tmp_path / "hard.mp4").hardlink_to(tmp_path / "a.mp4")
    file = _list(tmp_path, "a.mp4,run,train,0,1,", "hard.mp4,run,test,1,2,")
    with pytest.raises(InputError, match="is trained on and tested"):
        load(file, "1")


def test_a_source_on_both_sides_is_refused(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4")
    file = _list(tmp_path, "a.mp4,run,train,,,s1", "b.mp4,run,test,,,s1")
    with pytest.raises(InputError, match="s1 is trained on and tested"):
        load(file, "1")
    _list(tmp_path, "a.mp4,run,train,0,1,", "./a.mp4,run,test,1,2,")  # parts of one file are one source
    with pytest.raises(InputError, match="is trained on and tested"):
        load(file, "1")


def test_the_group_of_one_part_is_that_of_its_file_in_either_order(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    lines = ("a.mp4,run,train,0,1,", "a.mp4,run,test,1,2,film 7")
    for order in (lines, lines[::-1]):
        with pytest.raises(InputError, match="film 7 is trained on and tested"):
            load(_list(tmp_path, *order), "1")


def test_folders_are_divided_by_their_sources(tmp_path: Path) -> None:
    """Four kinds of source: a folder below the class, UCF101's groups, and single files."""
    names = [f"{c}/film{n}/{k}.mp4" for c in ("run", "sit") for n in range(6) for k in range(3)]
    names += [f"wave/v_wave_g{g:02d}_c{c:02d}.avi" for g in range(1, 7) for c in (1, 2)]
    names += [f"jump/{n}.MKV" for n in range(10)]
    root = _videos(tmp_path / "mine", *names, "run/film0/notes.txt", ".hidden/x.mp4")
    split = load(root, "1")
    assert len(split.train) + len(split.test) == len(names)
    assert split.classes == ("jump", "run", "sit", "wave")
    assert not {ref.group for ref in split.train} & {ref.group for ref in split.test}
    tested = {name: sum(ref.label == k for ref in split.test) for k, name in enumerate(split.classes)}
    assert tested == {"jump": 3, "run": 6, "sit": 6, "wave": 4}  # of 10, 18, 18 and 12 by whole groups
    assert {ref.group for ref in (*split.train, *split.test) if ref.label == 3} == {
        f"wave/g{group:02d}" for group in range(1, 7)
    }
    assert load(root, "1") == split


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=25))
def test_no_division_parts_a_group(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    """Groups that hold several classes too: a division that parts none, or an error that says why."""
    root = tmp_path_factory.mktemp("any")
    _videos(root, *(f"{number}.mp4" for number in range(len(rows))))
    lines = [f"{number}.mp4,class{label},s{group}" for number, (label, group) in enumerate(rows)]
    file = _list(root, *lines, heading="path,label,group")
    one_class = len({label for label, _ in rows}) == 1
    message = ""
    try:
        split = load(file, "1")
    except InputError as error:
        message = str(error)
    if message:
        assert "two source groups" in message or (one_class and "one class, " in message)
        return
    assert not one_class
    assert not {ref.group for ref in split.train} & {ref.group for ref in split.test}
    assert {ref.label for ref in split.train} == {ref.label for ref in split.test}
    assert len({ref.video_id for ref in (*split.train, *split.test)}) == len(rows)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.mp4,run,validation,,,", r"mine\.csv:2: split 'validation'; wanted train or test"),
        (",run,train,,,", r"mine\.csv:2: no path"),
        ("a.mp4,,train,,,", r"mine\.csv:2: the label ''"),
        ("a.mp4,a/b,train,,,", "without a slash"),
        ("a.mp4,run,train", r"mine\.csv:2: 3 cells below 6 headings"),
        ("a.mp4,run,train,3,2,", "it ends before it starts"),
        ("a.mp4,run,train,1e3,2000,", "wanted two numbers of seconds"),
        ("a.mp4,run,train,1,,", "wanted two numbers of seconds"),
        ('a.mp4,"run,train,,,', r"mine\.csv:\d: unexpected end of data"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(_list(tmp_path, line))


@pytest.mark.parametrize(
    ("heading", "lines", "message"),
    [
        ("path,class", ["a.mp4,run"], r"mine\.csv:1: the heading is 'path,class'"),
        ("path,label,start", ["a.mp4,run,1"], "the heading is"),
        ("path,label,label", ["a.mp4,run,run"], "the heading is"),
        ("path,label", [], "has no row below its heading"),
        ("path,label,split", ["a.mp4,run,train", "b.mp4,run,"], r"mine\.csv:3: no split, other lines"),
        ("path;label", ["a.mp4;run"], "wanted path,label and.*, with commas between them instead of ';'"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, heading: str, lines: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(_list(tmp_path, *lines, heading=heading))


@fuzzed(
    b"path,label\na.mp4,run\nb.mp4,sit\n",
    b'path,label,split,start,end,group\r\n"a b.mp4",run,train,0.5,2,g1\r\nb.mp4,sit,test,,,\r\n',
)
def test_any_bytes_are_rows_or_one_clear_error(folder: Path, content: bytes) -> None:
    file = folder / "mine.csv"
    file.write_bytes(content)
    try:
        rows = read(file)
    except InputError as error:
        refused(error, file)
        return
    assert rows
    assert all(row.label.isprintable() and row.group and row.subset in ("", "train", "test") for row in rows)
    assert all(row.span is None or 0 <= row.span.start_s < row.span.stop_s for row in rows)


def test_missing_files_and_classes_of_one_source(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    rows = ["a.mp4,run,train", "b.mp4,run,test", "gone.mp4,run,test", "c.mp4,sit,train", "d.mp4,sit,test"]
    file = _list(tmp_path, *rows, heading="path,label,split")
    with pytest.raises(
        InputError, match=r"mine\.csv:4: .*gone\.mp4 is not there; correct the path, or .*--partial"
    ):
        load(file, "1")
    assert len(load(file, "1", allow_partial=True).test) == 2
    _list(tmp_path, "a.mp4,run", "b.mp4,sit", heading="path,label")
    with pytest.raises(
        InputError, match=r"mine\.csv:2: no test clip of run, sit; give every class clips of two source"
    ):
        load(file, "1")


def test_a_class_that_is_on_one_side_only_says_which_line_to_change(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    rows = ["a.mp4,run,train", "b.mp4,run,train", "c.mp4,sit,train", "d.mp4,sit,train"]
    with pytest.raises(
        InputError,
        match=r"mine\.csv:2: no test clip of run, sit; write test in the column `split` of some of its lines",
    ):
        load(_list(tmp_path, *rows, heading="path,label,split"), "1")
    rows[1] = "b.mp4,run,test"
    with pytest.raises(InputError, match=r"mine\.csv:4: no test clip of sit; write test"):
        load(_list(tmp_path, *rows, heading="path,label,split"), "1")


def test_a_list_from_windows_says_what_to_change(tmp_path: Path) -> None:
    """Backslashes, and an encoding of western Europe."""
    _videos(tmp_path, "deep/a.mp4", "deep/b.mp4")
    file = _list(tmp_path, r"deep\a.mp4,run", r"deep\b.mp4,run", heading="path,label")
    with pytest.raises(InputError, match=r"mine\.csv:2: .* is not there; write / between folders, not \\,"):
        load(file, "1")
    file.write_bytes("path,label\ndeep/a.mp4,run\ndeep/b.mp4,café\n".encode("latin-1"))
    with pytest.raises(
        InputError, match=r"mine\.csv:3 is not UTF-8 text \(byte 0xe9\); save it as UTF-8"
    ) as caught:
        own_name(file)
    assert "again" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"), [("deep", "is a folder"), ("gone", "is a link that leads to nothing")]
)
def test_what_is_no_file_is_named_with_its_line(tmp_path: Path, name: str, said: str) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4", "deep/c.mp4", "d.mp4")
    (tmp_path / "gone").symlink_to("nowhere.mp4")
    rows = ["a.mp4,run,train", "b.mp4,run,test", f"{name},run,test", "d.mp4,sit,train", "deep/c.mp4,sit,test"]
    file = _list(tmp_path, *rows, heading="path,label,split")
    with pytest.raises(InputError, match=rf"mine\.csv:4: .*{name} {said}"):
        load(file, "1")
    assert len(load(file, "1", allow_partial=True).test) == 2


def test_a_capital_suffix_of_the_list_will_do(tmp_path: Path) -> None:
    _videos(tmp_path, *(f"{name}.mp4" for name in "abcd"))
    file = _list(tmp_path, "a.mp4,run", "b.mp4,run", "c.mp4,sit", "d.mp4,sit", heading="path,label")
    assert len(load(file.rename(tmp_path / "MINE.CSV"), "1").test) == 2


def test_all_faults_of_a_list_are_collected(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4")
    file = _list(
        tmp_path,
        "a.mp4,run,train,,,",
        "b.mp4,run,test,,,",
        "a.mp4,run,train,,,",
        "b.mp4,run,never,,,",
        "c.mp4,run,test,,,",
    )
    with collecting() as collection:
        load(file, "1")
    kinds = [fault.kind for fault in collection.faults]
    assert kinds == ["line", "duplicate", "missing", "list"]  # the last: all of them are of one class


def test_one_class_is_refused_in_a_list_and_in_a_folder(tmp_path: Path) -> None:
    """A model of one class is right about everything."""
    folder = _videos(tmp_path / "mine", "alpha/a.mp4", "alpha/b.mp4")
    file = _list(
        tmp_path, "mine/alpha/a.mp4,alpha,train", "mine/alpha/b.mp4,alpha,test", heading="path,label,split"
    )
    for place in (folder, file):
        with pytest.raises(InputError, match=rf"^{place}: one class, alpha; a model needs two"):
            load(place, "1")
        with collecting() as collection:
            load(place, "1")
        assert [fault.kind for fault in collection.faults] == ["list"]


def test_every_line_of_a_list_that_is_all_wrong_is_named(tmp_path: Path) -> None:
    file = _list(tmp_path, "a.mp4,run,1", "b.mp4,sit,2", heading="path,label")
    faults = examine(own_name(file), file).faults
    assert [fault.text for fault in faults] == [f"{file}:{n}: 3 cells below 2 headings" for n in (2, 3)]


def test_the_name_is_safe_and_follows_the_content(tmp_path: Path) -> None:
    _videos(tmp_path, "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    file = tmp_path / "My data (ü) [1].csv"
    lines = ("path,label,split", "a.mp4,run,train", "b.mp4,run,test", "c.mp4,sit,train", "d.mp4,sit,test")
    file.write_text("\n".join(lines) + "\n")
    name = own_name(file)
    assert name.startswith("own-my-data-1-")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert splits_of(name) == ("1",)
    assert load_split(name, file, "1").dataset == name
    file.write_text(file.read_text() + "a.mp4,sit,train\n")
    assert own_name(file) != name
    folder = _videos(tmp_path / "set", "run/a.mp4")
    before = own_name(folder)
    assert own_name(_videos(tmp_path / "set", "run/b.mp4")) != before


@pytest.mark.parametrize("what", ["nothing.csv", "nothing", "a.txt"])
def test_what_is_no_data_says_so(tmp_path: Path, what: str) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"a folder of class folders, or a \.csv file"):
        own_name(tmp_path / what)


def test_an_empty_folder_says_what_it_wants(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no video in its folders; wanted <class>/<video>"):
        load(tmp_path, "1")


def test_the_kinds_of_faults_are_those_that_the_readme_names() -> None:
    text = " ".join((PROJECT / "data_lists" / "README.md").read_text().split())
    assert f"one of twelve kinds: {', '.join(KINDS)}." in text
    assert len(KINDS) == 12
