"""The process that asks: one question after the other, each answer written the moment it is there."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Sequence

from benchmarks.gpu.answers import Answers


def ask(answers: Answers, names: Sequence[str], repeats: int) -> int:
    """Ask these questions; after one that fails the process is not to be trusted with the others: 1, else 0.

    What raised is written as the question's error; a device that is broken by one question stays so in its
    process, and the next one goes on.
    """
    import keras
    import torch

    from benchmarks.gpu import questions
    from benchmarks.gpu.machine import machine

    found_on = machine()
    for name in names:
        answers.ask(name, found_on)
        print(f"{name} ...", flush=True)
        try:
            answers.give(name, questions.ask(name, answers.head["size"], repeats))
        except Exception as error:
            traceback.print_exc()
            reason = " ".join(str(error).split())
            answers.give(name, {"error": f"{type(error).__name__}: {reason}"[:500]})
            return 1
        keras.utils.clear_session()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return 0
