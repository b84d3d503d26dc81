"""What `--cluster` takes. It loads nothing, since words are read before anything is installed."""

from __future__ import annotations

import re

ENGINES = "local, local:N, slurm, or the tcp:// address of a Dask scheduler"
LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
_ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:[0-9]+")


def is_engine(text: str) -> bool:
    """Whether the words name an engine."""
    return bool(LOCAL.fullmatch(text) or text == "slurm" or _ADDRESS.fullmatch(text))
