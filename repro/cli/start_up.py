"""TensorFlow's, absl's and CUDA's start-up lines are kept off the terminal, where they would bury our own.

They come from native code, some before it knows how much it was asked to say (`TF_CPP_MIN_LOG_LEVEL`), so
that only the file descriptor can hold them back.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from repro.paths import quiet_engine

ENGINE = "tensorflow"
STDERR = 2


def hush() -> None:
    """From now on the first import of TensorFlow, by whomever, says nothing on stderr unless it fails."""
    quiet_engine()
    # Two of them would look for it in each other without end.
    if ENGINE not in sys.modules and not any(isinstance(finder, _Hushed) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Hushed())


class _Hushed(MetaPathFinder):
    """Finds TensorFlow as everyone does, and has it loaded quietly."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != ENGINE:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            # The loader itself stays, for what else is asked of it; only its last step is another.
            setattr(spec.loader, "exec_module", _quietly(spec.loader.exec_module))  # noqa: B010
        return spec


def _quietly(load: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def loaded(module: ModuleType) -> None:
        with held_back():
            load(module)
            module.config.list_physical_devices()  # CUDA starts here, or says why it does not

    return loaded


@contextmanager
def held_back() -> Iterator[None]:
    """What is written to stderr inside, by native code too, is printed only if the block fails."""
    try:
        kept, terminal = tempfile.TemporaryFile(), os.dup(STDERR)  # noqa: SIM115
    except OSError:  # no stderr, or no place for a file: then the lines are the smaller evil
        yield
        return
    with kept, os.fdopen(terminal, "wb", buffering=0) as heard:
        os.dup2(kept.fileno(), STDERR)
        traces = faulthandler.is_enabled()
        faulthandler.enable(heard)  # where native code ends the process, nothing is printed afterwards
        try:
            yield
        except BaseException:
            kept.seek(0)
            heard.write(kept.read())
            raise
        finally:
            os.dup2(terminal, STDERR)
            faulthandler.disable()
            if traces:
                faulthandler.enable()
