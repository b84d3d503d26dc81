"""Where each data set is offered: `data_lists/sources.json`."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from repro.paths import data_lists_folder


class Item(NamedTuple):
    """A file and what becomes of it. url: empty where a person must get it. digest: as published, or empty.

    into: the folder that its content goes to, where the archive itself has none. nested: archives inside.
    """

    name: str
    url: str
    digest: str = ""
    into: str = ""
    nested: bool = False


class Source(NamedTuple):
    """items: in the order of fetching. steps: what a person must do, `{folder}` to be filled in."""

    items: tuple[Item, ...]
    steps: tuple[str, ...]


def source_of(dataset: str) -> Source | None:
    """Where a data set comes from; None where it is not offered."""
    content: dict[str, Any] = json.loads((data_lists_folder() / "sources.json").read_text())
    if dataset not in content:
        return None
    entry = content[dataset]
    items = [_item(one) for one in (*entry["files"], *entry.get("by_hand", ()))]
    return Source(tuple(items), tuple(entry.get("steps", ())))


def _item(one: dict[str, Any]) -> Item:
    url = one.get("url", "")
    digest = next((f"{kind}:{one[kind]}" for kind in ("sha256", "md5") if kind in one), "")
    name = one.get("name") or urlsplit(url).path.rsplit("/", 1)[-1]
    return Item(name, url, digest, one.get("into", ""), one.get("nested", False))
