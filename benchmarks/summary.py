"""All questions that have a ratio as one table: what it is of, what limits it, and on what machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from repro.report.tables import text_table

HEADER = ("question", "size", "ours", "peer", "ratio", "limit", "share of the limit", "machine", "load")


def table(results: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """A row for each result by (question, size); results as the files hold them."""
    return text_table(HEADER, [row(name, size, result) for (name, size), result in results.items()])


def row(name: str, size: str, result: Mapping[str, Any]) -> Sequence[str]:
    """ours, peer: ms of the median. limit: the rate of a plain product, for a training step."""
    parts = {part: spent["median"] for part, spent in result.get("parts_ms", {}).items()}
    ratio, share, rates = result.get("ratio"), result.get("share_of_limit"), result.get("gflop_per_s", {})
    limit = max((rate for part, rate in rates.items() if part.startswith("product")), default=None)
    begun, ended = result.get("load", (None, None))
    return (
        name,
        size,
        f"{parts['ours']:.1f} ms" if "ours" in parts else "",
        f"{parts['peer']:.1f} ms" if "peer" in parts else "",
        "" if ratio is None else f"{ratio:.2f}",
        "" if limit is None else f"{limit:.0f} GFLOP/s",
        "" if share is None else f"{100 * share['ours']:.0f} %",
        f"{result['device']}, {result['cores']} cores",
        "" if begun is None else f"{begun:.1f} to {ended:.1f}",
    )
