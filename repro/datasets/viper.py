"""The original boxes of UCF101's 24 classes: ViPER XML, one `.xgtf` a video, from a sender not trusted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

import numpy as np

from repro.datasets.parsing import MAX_LIST_BYTES, read_bytes
from repro.types import InputError, Tube

LONGEST_FRAMES = 100_000
MAX_BOXES = 1_000_000  # of a file: spans of 15 bytes could ask for any number
_VIPER, _DATA = "http://lamp.cfar.umd.edu/viper# ", "http://lamp.cfar.umd.edu/viperdata# "
_SPAN = re.compile(r"[1-9][0-9]{0,6}:[1-9][0-9]{0,6}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
Boxes = dict[int, tuple[float, float, float, float]]  # frame from 0 -> left, top, right, bottom


def read(path: Path) -> tuple[Tube, ...]:
    """The tubes of a video, one an actor; frames count from 0, a tube may skip some.

    Spans count frames from 1, both ends included. A file may begin with an empty `sourcefile`: the first one
    with actors counts. Raises InputError with the line for anything of another form, an actor without boxes
    and a frame with two boxes of one actor; document types and entities are refused.
    """
    content = read_bytes(path, "annotation", MAX_LIST_BYTES)
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding that is none
        line = reader.parser.CurrentLineNumber
        raise InputError(f"annotation {path}:{line}: {error}; get the file again") from error
    actors: list[Boxes] = next(filter(None, reader.files), [])
    if not actors:
        raise InputError(f"annotation {path} has no actor; get the file again")
    return tuple(_tube(boxes) for boxes in actors)


def _tube(boxes: Boxes) -> Tube:
    frames = sorted(boxes)
    return Tube(np.array(frames, np.int64), np.array([boxes[frame] for frame in frames]))


class _Reader:
    """Collects, for each source file, the boxes of each of its actors."""

    def __init__(self) -> None:
        self.files: list[list[Boxes]] = []
        self._attribute = ""
        self._boxes = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refused

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_VIPER}sourcefile":
            self.files.append([])
        elif tag == f"{_VIPER}object":
            if not self.files:
                raise ValueError("an object outside of a sourcefile")
            self.files[-1].append({})
        elif tag == f"{_VIPER}attribute":
            self._attribute = attributes.get("name", "")
        elif tag == f"{_DATA}bbox" and self._attribute == "Location":
            if not self.files or not self.files[-1]:
                raise ValueError("a bbox outside of an object")
            self._add(self.files[-1][-1], attributes)

    def _end(self, tag: str) -> None:
        if tag == f"{_VIPER}object" and not self.files[-1][-1]:
            raise ValueError("an object without a bbox in its Location")
        if tag == f"{_VIPER}attribute":
            self._attribute = ""

    def _add(self, boxes: Boxes, attributes: dict[str, str]) -> None:
        if lost := {"x", "y", "width", "height", "framespan"} - set(attributes):
            raise ValueError(f"a bbox without {min(lost)}")
        left, top, width, height = (_number(attributes, name) for name in ("x", "y", "width", "height"))
        if min(width, height) < 0:
            raise ValueError(f"a bbox of {width:g} x {height:g}")
        box = (left, top, left + width, top + height)
        for span in attributes["framespan"].split() or [""]:
            first, last = map(int, span.split(":")) if _SPAN.fullmatch(span) else (0, 0)
            if not 1 <= first <= last <= LONGEST_FRAMES:
                raise ValueError(f"framespan {span[:40]!r} is no a:b with 1 <= a <= b <= {LONGEST_FRAMES}")
            self._boxes += last - first + 1
            if self._boxes > MAX_BOXES:
                raise ValueError(f"more than {MAX_BOXES} boxes")
            for frame in range(first - 1, last):
                if boxes.setdefault(frame, box) != box:
                    raise ValueError(f"a second box of one actor in frame {frame + 1}")


def _number(attributes: dict[str, str], name: str) -> float:
    if not _NUMBER.fullmatch(attributes[name]):
        raise ValueError(f"{name} is {attributes[name][:40]!r}, no number")
    return float(attributes[name])


def _refused(*_: Any) -> NoReturn:
    raise ValueError("it declares a document type, which could hold entities and is refused")
