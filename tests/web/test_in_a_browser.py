"""The report and the app in a real browser: headless Chromium, driven by Playwright."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import tiny_runs
from helpers.tiny_demo import tiny_demo
from repro.papers import load_predictor
from repro.web import app

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = {"width": 390, "height": 844}
MADE_MS = 120_000  # a busy machine encodes slowly
PLAYED = """async () => {
    const video = document.querySelector("video");
    video.muted = true;
    video.currentTime = 0;
    await video.play();
    await new Promise(done => { video.ontimeupdate = () => video.currentTime > 0 && done(); });
    return video.videoWidth;
}"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.exhaustive,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt install chromium)"),
]


@pytest.fixture
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs requirements-browser.txt")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Page:
    """A page of its own. asked: the addresses that it asked for. faults: what it complained of."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.page = browser.new_context(**options).new_page()
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda line: line.type == "error" and self.faults.append(line.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def fits(self) -> bool:
        """Whether nothing of the page is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_the_report_opens_from_the_disk(
    paper: int, browser: Any, shown_run: Callable[[int], tuple[Path, int]], tmp_path: Path
) -> None:
    folder = tiny_runs.run_folder(paper, shown_run(paper)[0])
    address = (folder / "report.html").as_uri()
    backgrounds = []
    for options in ({}, {"viewport": PHONE}, {"color_scheme": "dark"}):
        opened = Page(browser, **options)
        opened.page.goto(address)
        assert opened.fits()
        pictures = opened.page.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert len(pictures) == len(list((folder / "figures").glob("*.png")))
        assert min(pictures) > 0
        assert not opened.faults
        assert [url for url in opened.asked if not url.startswith("data:")] == [address]
        backgrounds.append(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.page.screenshot(path=tmp_path / f"{len(backgrounds)}.png", full_page=True)
    assert backgrounds[0] == backgrounds[1] != backgrounds[2]
    if list(folder.glob("*.webm")):
        assert opened.page.evaluate(PLAYED) > 0


@pytest.mark.parametrize("paper", [tiny_runs.of_paper(2)])
def test_a_video_that_is_dropped_is_answered(
    paper: int, browser: Any, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    """Also that only this machine is asked, and that a file which is no video gets a line."""
    pytest.importorskip("gradio", reason="needs requirements-app.txt")
    predictor = load_predictor(tiny_runs.run_folder(paper, tiny_run(paper)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = app.build(predictor, "a <model>")
    opened = Page(browser, viewport=PHONE)
    page = opened.page
    try:
        page.goto(app.launch(served, "127.0.0.1", port))
        page.wait_for_selector("input[type=file]", state="attached")
        page.set_input_files("input[type=file]", sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0])
        page.wait_for_selector("video", timeout=MADE_MS)
        assert page.evaluate(PLAYED) > 0
        assert page.get_by_label("prediction").input_value().split(" (")[0] in (
            "uncertain",
            *predictor.classes,
        )
        assert opened.fits()
        page.screenshot(path=tmp_path / "app.png", full_page=True)
        (tmp_path / "bad.avi").write_text("no video")
        page.get_by_label("Remove").or_(page.get_by_label("Clear")).first.click()
        page.set_input_files("input[type=file]", tmp_path / "bad.avi")
        page.wait_for_function(
            "[...document.querySelectorAll('textarea')].some(each => each.value.includes('could not be'))"
        )
        assert {url.split("/")[2] for url in opened.asked if url.startswith("http")} == {f"127.0.0.1:{port}"}
        assert not opened.faults
    finally:
        served.close()
