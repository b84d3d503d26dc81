"""A file has its name only when it is whole and right, whatever the line does."""

import errno
import hashlib
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.disks import files_up_to
from helpers.web import Site, serving
from repro.fetch import transfer
from repro.fetch.transfer import fetch
from repro.types import InputError

CONTENT = bytes(range(256)) * 40
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSE_S", 0.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(CONTENT)) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new" / "set.zip"


def _left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_a_whole_file_is_asked_for_once_and_then_kept(site: Site, target: Path) -> None:
    fetch(site.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT
    assert _left(target) == ["set.zip"]
    fetch(site.url, target, digest=DIGEST)
    assert site.asked == [""]


def test_a_cut_line_is_taken_up_where_it_was_cut(site: Site, target: Path) -> None:
    site.cut_after = [1000, 0, 500]
    fetch(site.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT
    assert site.asked == ["", "bytes=1000-", "bytes=1000-", "bytes=1500-"]
    assert _left(target) == ["set.zip"]


def test_a_line_that_stays_cut_leaves_a_part_for_the_next_call(site: Site, target: Path) -> None:
    site.cut_after = [1000, *[0] * transfer.ATTEMPTS]
    with pytest.raises(InputError, match=r"after 1000 of 10240 bytes; 1000 bytes are here, run the same"):
        fetch(site.url, target, digest=DIGEST)
    assert _left(target) == [".set.zip.part", ".set.zip.part.version"]
    site.cut_after, site.asked = [], []
    fetch(site.url, target, digest=DIGEST)
    assert (target.read_bytes(), site.asked) == (CONTENT, ["bytes=1000-"])


@pytest.mark.parametrize("changed", [{"version": '"two"'}, {"ranges": False}])
def test_another_version_or_a_server_without_parts_starts_again(
    site: Site, target: Path, changed: dict
) -> None:
    site.cut_after = [1000] * transfer.ATTEMPTS
    site.ranges = False
    with pytest.raises(InputError):
        fetch(site.url, target)
    site.cut_after = []
    site.ranges = changed.get("ranges", True)
    site.version = changed.get("version", site.version)
    site.content = CONTENT[::-1]
    fetch(site.url, target)
    assert target.read_bytes() == CONTENT[::-1]


def test_without_a_version_nothing_is_joined(site: Site, target: Path) -> None:
    """A part of yesterday's file and the rest of today's would be neither."""
    site.version = ""
    site.cut_after = [1000]
    fetch(site.url, target)
    assert (target.read_bytes(), site.asked) == (CONTENT, ["", ""])


def test_a_part_longer_than_the_file_is_dropped(site: Site, target: Path) -> None:
    target.parent.mkdir()
    (target.parent / ".set.zip.part").write_bytes(CONTENT + b"more")
    (target.parent / ".set.zip.part.version").write_text(site.version)
    fetch(site.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT


def test_a_whole_part_is_not_fetched_again(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checksum takes a while, in which the user may interrupt."""

    def interrupted(path: Path, digest: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(transfer, "check_digest", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch(site.url, target, digest=DIGEST)
    site.cut_after = [0]  # of an answer that would send it all
    fetch(site.url, target, digest=DIGEST)
    assert (target.read_bytes(), site.asked) == (CONTENT, ["", f"bytes={len(CONTENT)}-"])
    assert _left(target) == ["set.zip"]


def test_a_wrong_checksum_leaves_nothing(site: Site, target: Path) -> None:
    site.content = CONTENT[:-1] + b"x"
    with pytest.raises(
        InputError, match=f"its sha256 is {hashlib.sha256(site.content).hexdigest()}, the owner"
    ):
        fetch(site.url, target, digest=DIGEST)
    assert _left(target) == []


def test_a_wrong_file_that_is_there_is_refused_and_kept(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"mine")
    with pytest.raises(InputError, match="the owner's file has"):
        fetch(site.url, target, digest=DIGEST)
    assert target.read_bytes() == b"mine"
    fetch(site.url, target)  # no checksum is known
    assert target.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "text/html; charset=utf-8"}, "answers with a web page instead of the file"),
        ({"status": 404}, "answers with status 404; get the file by hand into"),
        ({"status": 403}, "answers with status 403"),
        ({"status": 503}, "the server answers with status 503; 0 bytes are here"),
    ],
)
def test_other_answers_are_one_line(site: Site, target: Path, change: dict, message: str) -> None:
    for name, value in change.items():
        setattr(site, name, value)
    with pytest.raises(InputError, match=message):
        fetch(site.url, target)
    assert not target.exists()


def test_no_server(target: Path) -> None:
    with serving(Site(CONTENT)) as site:
        url = site.url
    with pytest.raises(InputError, match=r"refused.*run the same command again"):
        fetch(url, target)


def test_room_for_the_file_and_its_content_is_looked_for_first(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    wanted = 2 * len(CONTENT) + transfer.RESERVE_BYTES
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda path: usage(wanted - 1))
    with pytest.raises(InputError, match=r"0\.5 GiB are free, 0\.5 GiB are needed for the file .* --data$"):
        fetch(site.url, target)
    with pytest.raises(InputError, match=r"make room, or let KERAS_HOME name a folder on another disk$"):
        fetch(site.url, target, elsewhere="let KERAS_HOME name a folder on another disk")
    assert _left(target) == []
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda path: usage(wanted))
    fetch(site.url, target)


def test_a_disk_that_takes_no_more_is_not_taken_for_a_cut_line(site: Site, target: Path) -> None:
    with files_up_to(4000), pytest.raises(OSError) as refused:
        fetch(site.url, target, digest=DIGEST)
    assert (refused.value.errno, refused.value.filename) == (
        errno.EFBIG,
        str(target.with_name(".set.zip.part")),
    )
    assert site.asked == [""]
    fetch(site.url, target, digest=DIGEST)
    assert target.read_bytes() == CONTENT
    assert site.asked[1].startswith("bytes=")


def test_a_folder_that_cannot_be_made(site: Site, target: Path) -> None:
    target.parent.write_text("a file")
    with pytest.raises(FileExistsError) as refused:
        fetch(site.url, target)
    assert refused.value.filename == str(target.parent)
    assert site.asked == []


@pytest.mark.parametrize("url", ["ftp://a/b.zip", "file:///etc/passwd", "b.zip"])
def test_only_web_addresses(url: str, target: Path) -> None:
    with pytest.raises(ValueError, match="wanted http or https"):
        fetch(url, target)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4000), max_size=8))
def test_any_cuts_give_the_file_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, site: Site, cuts: list[int]
) -> None:
    target = tmp_path_factory.mktemp("cuts") / "set.zip"
    site.cut_after = list(cuts)
    for _ in range(9):
        try:
            fetch(site.url, target, digest=DIGEST)
            break
        except InputError:
            assert not target.exists()
    assert target.read_bytes() == CONTENT
    site.cut_after = []
