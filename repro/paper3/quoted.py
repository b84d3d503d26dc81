"""What paper 3 quotes from others beside its own results; nothing here is run or checked by us."""

from __future__ import annotations

from repro.types import Quoted

# (table, method, data set) -> mAP in percent
_QUOTED: dict[tuple[str, str, str], float] = {
    ("2", "SVM-DF [4] (fc8)", "ActivityNet (203 classes)"): 38.1,
    ("2", "SVM MF+DF [4]", "ActivityNet (203 classes)"): 49.5,
    ("2", "SVM MF+SF [4]", "ActivityNet (203 classes)"): 48.9,
    ("2", "SVM MF+DF+SF [4]", "ActivityNet (203 classes)"): 50.5,
    ("5", "Soft attention model [32]", "Hollywood2"): 43.9,
    ("5", "DL-SFA [38]", "Hollywood2"): 48.1,
    ("5", "Multi-skip feature [19]", "Hollywood2"): 68.0,
    ("5", "VideoDarwin [7]", "Hollywood2"): 73.7,
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted(table, method, dataset, {"mAP": value}) for (table, method, dataset), value in _QUOTED.items()
)
