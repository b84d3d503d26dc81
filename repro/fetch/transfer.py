"""One file over HTTP: goes on where it was cut off, and has its name only when it is whole and right."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tqdm import tqdm

from repro.atomic import naming, sync_folder, write_text
from repro.types import InputError

CHUNK_BYTES = 2**20
RESERVE_BYTES = 2**29  # left free on the disk
ATTEMPTS, PAUSE_S, TIMEOUT_S = 5, 2.0, 60.0


_LINE_ERRORS = (OSError, http.client.HTTPException)  # of the connection; the disk has OSErrors too


class _Cut(Exception):
    """The connection ended before the file did."""


def fetch(
    url: str, target: Path, *, digest: str = "", elsewhere: str = "name another disk with --data"
) -> None:
    """Get `url` as `target`; a file that is there already is only checked.

    digest: `sha256:...` or `md5:...`, or empty where none is published. elsewhere: how to
    use another disk, for the refusal where there is no room. What came before the connection was cut lies in
    `.NAME.part` and is used by the next call, if the server says that the file is still the same.
    Raises InputError for an address that does not answer with a file, too little room for the file and its
    content, a connection that is cut ATTEMPTS times without a byte in between, and another checksum; OSError
    for a disk that refuses.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"address {url!r}; wanted http or https")
    if target.exists():
        check_digest(target, digest)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    _receive_all(url, part, elsewhere)
    try:
        check_digest(part, digest)  # of a large file this takes long enough to be interrupted
    except InputError:
        part.unlink()
        _validator_file(part).unlink(missing_ok=True)
        raise
    part.replace(target)
    _validator_file(part).unlink(missing_ok=True)
    sync_folder(target.parent)


def _receive_all(url: str, part: Path, elsewhere: str) -> None:
    """Go on after every cut, until ATTEMPTS of them came without a byte in between."""
    failures, before = 0, -1
    while True:
        try:
            return _receive(url, part, elsewhere)
        except _Cut as error:
            there = part.stat().st_size if part.exists() else 0
            failures = 1 if there > before >= 0 else failures + 1
            before = there
            if failures >= ATTEMPTS:
                raise InputError(
                    f"{url}: {error}; {there} bytes are here, run the same command again to go on from there"
                ) from error
            time.sleep(PAUSE_S)


def check_digest(path: Path, digest: str) -> None:
    """InputError, with both checksums, unless the file has this one; nothing is asked of an empty one."""
    if not digest:
        return
    kind, _, wanted = digest.partition(":")
    with path.open("rb") as file:
        computed = hashlib.file_digest(file, kind).hexdigest()
    if computed != wanted:
        raise InputError(
            f"{path}: its {kind} is {computed}, the owner's file has {wanted}; delete it, get it again"
        )


def _validator_file(part: Path) -> Path:
    """Beside the bytes: what the server calls this version of the file."""
    return part.with_name(part.name + ".version")


def _receive(url: str, part: Path, elsewhere: str) -> None:
    """Add what is lacking to `part`. Raises _Cut for a cut connection, InputError for no use, OSError for the
    disk.
    """
    there = part.stat().st_size if part.exists() else 0
    version = _validator_file(part).read_text() if _validator_file(part).exists() else ""
    request = urllib.request.Request(url, headers={"User-Agent": "repro", "Accept-Encoding": "identity"})
    if there and version:
        request.add_header("Range", f"bytes={there}-")
        request.add_header("If-Range", version)
    opened = _opened(url, request, part, there)
    if opened is None:
        return
    with opened as answer:
        if answer.headers.get_content_type() == "text/html":
            raise InputError(
                f"{url} answers with a web page instead of the file; get it by hand into {part.parent}"
            )
        if answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {there}-"):
            start = there
        elif answer.status == 200:
            start = 0
        else:
            raise InputError(f"{url} answers with status {answer.status} to a request for a part")
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else None
        _check_room(part, 0 if total is None else total - start, total or 0, elsewhere)
        _keep_version(part, answer.headers)
        _append(answer, part, start, total)


def _opened(url: str, request: urllib.request.Request, part: Path, there: int) -> Any:
    """The answer; None where the `there` bytes that are here are the whole file."""
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # there is nothing behind what is here
            if error.headers.get("Content-Range") == f"bytes */{there}":
                return None
            part.unlink(missing_ok=True)  # of an older, longer version
            raise _Cut("the file has changed on the server") from error
        if error.code >= 500:
            raise _Cut(f"the server answers with status {error.code}") from error
        raise InputError(
            f"{url} answers with status {error.code}; get the file by hand into {part.parent}"
        ) from error
    except _LINE_ERRORS as error:
        raise _Cut(str(error)) from error
    if urlsplit(answer.geturl()).scheme not in ("http", "https"):
        raise InputError(f"{url} leads to {answer.geturl()}, which is not a web address")
    return answer


def _check_room(part: Path, lacking: int, content: int, elsewhere: str) -> None:
    """Room for the rest of the file, for its content, taken to be as large, and for others."""
    free, wanted = shutil.disk_usage(part.parent).free, lacking + content + RESERVE_BYTES
    if free < wanted:
        raise InputError(
            f"{part.parent}: {free / 2**30:.1f} GiB are free, {wanted / 2**30:.1f} GiB are needed for the "
            f"file and its content; make room, or {elsewhere}"
        )


def _keep_version(part: Path, headers: Any) -> None:
    """A weak ETag does not promise the same bytes, so it is none."""
    tag = headers.get("ETag", "")
    version = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")
    if version:
        write_text(_validator_file(part), version)
    else:
        _validator_file(part).unlink(missing_ok=True)


def _append(answer: Any, part: Path, start: int, total: int | None) -> None:
    progress = tqdm(
        total=total, initial=start, desc=part.name[1:-5], unit="B", unit_scale=True, mininterval=0.5,
        dynamic_ncols=True,
    )  # fmt: skip
    with progress, naming(part), part.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        while chunk := _chunk(answer):
            file.write(chunk)
            progress.update(len(chunk))
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    if total is not None and size != total:
        raise _Cut(f"the connection ended after {size} of {total} bytes")


def _chunk(answer: Any) -> bytes:
    try:
        return cast(bytes, answer.read(CHUNK_BYTES))
    except _LINE_ERRORS as error:
        raise _Cut(str(error)) from error
