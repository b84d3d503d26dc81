"""A list file is read exactly or refused with its name, line and text."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.datasets import parsing
from repro.types import InputError

PATTERN, FORM = r"([a-z]+) ([0-9]+)", "<name> <number>"


def _read(path):
    return [(number, *match.groups()) for number, match in parsing.read_lines(path, PATTERN, FORM)]


@pytest.mark.parametrize(
    "content",
    [b"a 1\nb 2\n", b"a 1\r\nb 2\r\n", b"a 1\nb 2", b"\xef\xbb\xbfa 1\r\nb 2", b"a 1\r\nb 2\n"],
    ids=["LF", "CRLF", "no final newline", "byte-order mark", "mixed"],
)
def test_line_ends_and_mark_do_not_matter(tmp_path, content):
    (tmp_path / "list.txt").write_bytes(content)
    assert _read(tmp_path / "list.txt") == [(1, "a", "1"), (2, "b", "2")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n", r"list\.txt:1: '' is not of the form '<name> <number>'"),
        (b"a 1\n\nb 2\n", r"list\.txt:2: ''"),
        (b"a 1\n b 2\n", r"list\.txt:2: ' b 2'"),
        (b"a 1 \n", r"list\.txt:1: 'a 1 '"),
        (b"a\t1\n", r"list\.txt:1"),
        (b"a 1\rb 2\n", r"list\.txt:1"),
        ("a １\n".encode(), r"list\.txt:1"),  # full-width digit
        ("a\u00a01\n".encode(), r"list\.txt:1"),  # no-break space
        ("a 1\u2028b 2\n".encode(), r"list\.txt:1"),  # Unicode line separator
        (b"# a comment\n", r"list\.txt:1"),
        (b"a 1\nb 2\na 1\n", r"list\.txt:3: 'a 1' stands already in line 1"),
        (b"a 1\n\xff 2\n", "not UTF-8 text"),
    ],
)
def test_other_content_is_refused(tmp_path, content, message):
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        _read(tmp_path / "list.txt")
    assert "\n" not in str(caught.value)


def test_unreadable_and_oversized_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot be read"):
        _read(tmp_path / "absent.txt")
    with pytest.raises(InputError, match="cannot be read"):
        _read(tmp_path)
    monkeypatch.setattr(parsing, "MAX_LIST_BYTES", 3)
    (tmp_path / "list.txt").write_bytes(b"a 1\n")
    with pytest.raises(InputError, match="larger than 3 bytes"):
        _read(tmp_path / "list.txt")


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text("ab 12\r\n\ufeff\u2028#", max_size=30).map(str.encode))
def test_any_bytes_give_the_lines_of_a_plain_reader_or_an_error(tmp_path_factory, content):
    path = Path(tmp_path_factory.getbasetemp()) / "any.txt"
    path.write_bytes(content)
    try:
        found = _read(path)
    except InputError:
        return
    text = content.removeprefix(b"\xef\xbb\xbf").decode()
    lines = re.sub(r"\n\Z", "", text.replace("\r\n", "\n")).split("\n")
    assert [f"{name} {number}" for _, name, number in found] == [line.removesuffix("\r") for line in lines]
    assert all(re.fullmatch("[a-z]+ [0-9]+", line.removesuffix("\r")) for line in lines)
