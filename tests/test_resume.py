"""The exhaustive tier goes on where it stopped, in this process and shared by two."""

import pytest

from helpers import resume

pytest_plugins = ["pytester"]


@pytest.mark.slow
@pytest.mark.parametrize("shared", [(), ("-n", "2", "--dist", "loadgroup")], ids=["alone", "shared"])
def test_what_passed_before_does_not_run_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, shared: tuple[str, ...]
) -> None:
    listing = pytester.path / "cache" / "passed.txt"
    pytester.makeconftest(
        "import sys; from pathlib import Path; from helpers import resume\n"
        f"resume.listing = lambda: Path({str(listing)!r})\n"
    )
    pytester.makepyfile(
        """
        import pytest
        from pathlib import Path

        @pytest.mark.xdist_group("one")
        @pytest.mark.parametrize("way", ["a@b", "c"])
        def test_good(way): pass

        def test_mended_later(): assert Path("mended").exists()
        """
    )
    command = ("-p", "helpers.resume", *shared)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the process that runs this test
    monkeypatch.setenv("PYTHONPATH", str(resume.ROOT / "tests"))
    pytester.runpytest_subprocess(*command).assert_outcomes(passed=2, failed=1)
    assert len(listing.read_text().splitlines()) == 2
    (pytester.path / "mended").touch()
    pytester.runpytest_subprocess(*command).assert_outcomes(passed=1, deselected=2 if not shared else 0)
    assert not listing.exists()  # passed whole: the next one begins anew
