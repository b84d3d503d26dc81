"""New processes that need not import TensorFlow: forks of a server that has, before anything computed."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

IMPORTED = ["helpers.small_training", "repro.cli.papers", "tensorflow"]  # by the server, once


def start(target: Callable[..., Any], *arguments: Any, **named: Any) -> BaseProcess:
    """A running process of its own. It may be killed, and its exit code is 0 where the target returned."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        # Python 3.11's server knows no path but this one, and passes over what it does not find.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    process = context.Process(target=target, args=arguments, kwargs=named)
    process.start()
    return process
