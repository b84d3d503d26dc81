"""What belongs to a whole run of a paper: recipe, environment, finished stages, one owner at a time."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import tensorflow as tf

from repro import __version__
from repro.atomic import naming, write_json
from repro.paths import PROJECT, installed
from repro.provenance import explained
from repro.training.identity import Facts, changes
from repro.training.settings import differences, digest, noted, plain
from repro.types import InputError

PACKAGES = ("tensorflow", "keras", "numpy", "opencv-contrib-python-headless", "scikit-video", "scipy")
LOCK, RECIPE, ENVIRONMENT, STAGES = "run.lock", "recipe.json", "environment.json", "stages"
AFRESH = "start the run afresh with --no-resume"
VIDEOS, SEQUENCE, RESULTS = "videos.json", "sequence", "results"  # what it is about, its models, its rows


class RunFolder:
    """`with RunFolder(path) as folder:` owns the folder until the block ends or the process dies.

    fresh: begin again, deleting what an earlier run left there. owned: False where another worker of the
    same run owns it, and this one only reads. Raises InputError when another process works in the folder, or
    when a fresh start would delete something that is not a run.
    """

    def __init__(self, path: Path, *, fresh: bool = False, owned: bool = True) -> None:
        self.path, self._owned = path, owned
        self._fresh = fresh
        self._lock: TextIO | None = None

    def __enter__(self) -> RunFolder:
        if not self._owned:
            return self
        self.path.mkdir(parents=True, exist_ok=True)
        strangers = [p for p in self.path.iterdir() if p.name != LOCK]
        if self._fresh and strangers and not (self.path / RECIPE).exists():
            raise InputError(
                f"{self.path} is not a run (no {RECIPE}); it is not deleted, choose another folder"
            )
        self._lock = self._locked()
        if self._fresh:
            # The recipe last: it says that this is a run, should the deletion be interrupted.
            for old in sorted(strangers, key=lambda path: path.name == RECIPE):
                shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _locked(self) -> TextIO:
        """The operating system drops this lock when its process dies, so a stale one cannot exist."""
        file = (self.path / LOCK).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "another process"
            file.close()
            raise InputError(f"{self.path} is in use by {owner}; wait for it, or stop it first") from error
        with naming(self.path / LOCK):
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()} since {_now()}")
            file.flush()
        return file

    def write_recipe(self, recipe: Any, base: Any = None, preset: str = "paper", **extra: Any) -> None:
        """Write the recipe dataclass with the origin of every number, and `extra` beside it.

        base: the recipe of the preset alone, from which a user's differs. Raises InputError when the folder
        was begun with another recipe, naming every difference.
        """
        origins = {name: f"{f.origin}: {f.note}" for name, f in explained(recipe, base, preset).items()}
        content = plain({**extra, "preset": preset, "recipe": vars(recipe), "origin": origins})
        path = self.path / RECIPE
        if path.exists():
            before = noted(path, AFRESH)
            changed = [d for d in differences(before, content) if not d.startswith("origin.")]
            if changed:
                raise InputError(
                    f"{self.path} was begun with another recipe ({'; '.join(changed)}); "
                    "use another folder, or start this one afresh with --no-resume"
                )
        write_json(path, content)

    def write_videos(self, train: Facts, test: Facts) -> list[str]:
        """Note which videos the run is about; what changed of its test videos since the last call, in words.

        Results of other videos are deleted: they are made again, from the same models where there are any.
        Raises InputError where the folder holds models that were trained on other videos.
        """
        path, trained = self.path / VIDEOS, (self.path / SEQUENCE).exists()
        now = plain({"train": train, "test": test})
        before = noted(path, AFRESH) if path.exists() else None
        if trained and before is None:
            raise InputError(
                f"{self.path} was made by an earlier version, which did not note what was in its videos; "
                "train again with --no-resume, or use another --out"
            )
        changed = changes(before["train"], now["train"]) if before else []
        if trained and changed:
            raise InputError(
                f"{self.path} was trained on other videos (training: {', '.join(changed)}); train again with "
                "--no-resume, or use another --out"
            )
        tested = changes(before["test"], now["test"]) if before else []
        if tested or changed:  # what trains no sequence model, a regression, is made again for either
            for result in (self.path / RESULTS).glob("*.json"):
                result.unlink()
        if before != now:
            write_json(path, now)
        return tested

    def write_environment(self, *, seed: int, command: str) -> dict[str, Any]:
        """Add this session to `environment.json` and return it: a resumed run may have several.

        Keys: date, command, seed, revision (`-dirty` with local changes), python, platform, cpu, gpus,
        device, packages.
        """
        gpus = [
            tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
            for gpu in tf.config.list_physical_devices("GPU")
        ]
        cpu = _cpu_model()
        session = {
            "date": _now(),
            "command": command,
            "seed": seed,
            "revision": revision(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cpu": cpu,
            "gpus": gpus,
            "device": ", ".join(gpus) or cpu,
            "packages": {name: _version(name) for name in PACKAGES},
        }
        path = self.path / ENVIRONMENT
        earlier = noted(path, AFRESH).get("sessions", []) if path.exists() else []
        write_json(path, {"sessions": [*earlier, session]})
        return session

    def finish(self, stage: str, settings: Mapping[str, Any]) -> None:
        """Mark a stage as finished with these settings."""
        write_json(
            self._marker(stage), {"stage": stage, "digest": digest(settings), "settings": plain(settings)}
        )

    def begin(self, stage: str) -> None:
        """Take the mark away: until `finish`, what the stage left is not to be relied on."""
        self._marker(stage).unlink(missing_ok=True)

    def finished(self, stage: str, settings: Mapping[str, Any]) -> bool:
        """Whether the stage was finished with exactly these settings."""
        path = self._marker(stage)
        try:
            return bool(json.loads(path.read_text())["digest"] == digest(settings))
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # absent or damaged: made anew
            return False

    def _marker(self, stage: str) -> Path:
        return self.path / STAGES / f"{stage.replace('/', '_').replace(' ', '_')}.json"


def revision() -> str:
    """The checkout's commit, with `-dirty` where files differ from it; `unknown` outside a repository.

    `results/` does not count: a run writes there, and the next one is made by the same code. An installed
    package gives its version, whatever repository its environment may lie in.
    """
    if installed():
        return f"{__version__}, installed"
    try:
        commit = _git("rev-parse", "HEAD")
        return f"{commit}-dirty" if _git("status", "--porcelain", "--", ".", ":!results") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def _cpu_model() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
