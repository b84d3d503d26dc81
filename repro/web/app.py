"""A page on this machine in which a video is dropped: its overlay, probabilities over time, attention.

Only here is Gradio used, which `requirements-app.txt` pins; `repro.cli.app` is the command.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repro.inference.one_line import in_words
from repro.inference.predict import predict_video
from repro.inference.predictor import Predictor
from repro.installing import install
from repro.paths import quiet_app
from repro.types import InputError
from repro.video.names import printable
from repro.web.views import Views, views

PIN = "gradio==6.31.0"  # as requirements-app.txt has it; a test compares the two
TOP = 5
KEPT_S = 3600  # what was uploaded and made, after which it is deleted
FONTS = ("system-ui", "sans-serif"), ("ui-monospace", "monospace")  # of the reader's system: none is fetched


def check_installed() -> None:
    """Raises InputError with the command that installs it where Gradio is missing."""
    if find_spec("gradio") is None:
        raise InputError(f"the app needs Gradio, which is not installed; get it with: {install(PIN)}")


def serve(predictor: Predictor, model: str, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until the user interrupts.

    model: what predicts, in words. ready: called with the address. It answers to `host` alone, sends nothing
    anywhere and needs no network. Raises InputError for an address that is taken or none of this machine's.
    """
    page = build(predictor, model)
    ready(launch(page, host, port))
    page.block_thread()


def launch(page: Any, host: str, port: int) -> str:
    """Serve the page of `build` while this process goes on; returns its address. InputError as `serve`."""
    import gradio

    text, code = (list(fonts) for fonts in FONTS)
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,  # no second server
            run_history=False,
            footer_links=[],
            theme=gradio.themes.Base(font=text, font_mono=code),
        )
    except OSError as error:
        if error.errno not in (None, errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        raise InputError(f"{host}:{port} is taken, or not this machine's; name another --port") from error
    return str(address)


def build(predictor: Predictor, model: str) -> Any:
    """The page, a `gradio.Blocks`."""
    quiet_app()
    import gradio

    # The names are for screen readers: beside a picture they would hide its title.
    look = {"show_label": False, "visible": False, "buttons": ["download"]}
    with gradio.Blocks(title="repro", analytics_enabled=False, delete_cache=(KEPT_S, KEPT_S)) as page:
        gradio.Markdown("# What happens in this video?\nIt stays on this machine.")
        with gradio.Row():
            with gradio.Column(scale=1):
                video = gradio.File(label="drop a video", type="filepath")
                line = gradio.Text(label="prediction", interactive=False, lines=2)
                classes = gradio.Label(
                    num_top_classes=TOP, show_heading=False, show_label=False, visible=False
                )
                gradio.Text(model, label="model", interactive=False, lines=2)
            with gradio.Column(scale=2):
                overlay = gradio.Video(label="overlay", autoplay=True, **look)
                course = gradio.Image(label="probabilities over time", **look)
                attention = gradio.Image(label="attention", **look)
        loops = gradio.Progress(track_tqdm=True)  # how far they are, in the page
        outputs = (line, classes, overlay, course, attention)

        def answer(path: str | None, progress: Any = loops) -> Iterator[list[Any]]:
            with tempfile.TemporaryDirectory(prefix="repro-app-") as folder:
                made = answered(predictor, path, Path(folder))
                yield [  # Gradio copies the files before it comes back for more
                    gradio.update(value=value, **({} if part is line else {"visible": value is not None}))
                    for part, value in zip(outputs, made, strict=True)
                ]

        video.change(answer, video, list(outputs), concurrency_limit=1, api_name=False)
    return page


def answered(predictor: Predictor, path: str | None, folder: Path) -> tuple[Any, ...]:
    """Line, classes, overlay, course, attention; of a file that cannot be read the line alone: why."""
    if path is None:
        return "", None, None, None, None
    video = Path(path)
    try:
        prediction = predict_video(video, predictor, folder, name="video")
        made: Views = views(prediction, predictor, folder)
    except InputError as error:
        reason = getattr(error, "reason", None)
        words = f"{printable(Path(video.name))} could not be read: {reason}" if reason else str(error)
        return words, None, None, None, None
    top = dict(prediction.top(len(prediction.classes)))
    return in_words(prediction), top, made.overlay, made.course, made.attention
