"""Where things lie: in a checkout, elsewhere by `REPRO_HOME`, and where `repro` is installed."""

from pathlib import Path

import pytest

from helpers.as_installed import as_installed
from repro import paths

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's, of an installed package."""
    return as_installed(tmp_path, monkeypatch)


@pytest.mark.parametrize("named", ["", None])
def test_in_a_checkout_all_lies_in_it(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPRO_HOME", raising=False)
    if named is not None:
        monkeypatch.setenv("REPRO_HOME", named)
    monkeypatch.setenv("XDG_DATA_HOME", "/nowhere")
    assert not paths.installed()
    assert paths.default_paths().home == ROOT
    assert paths.weights_folder() == ROOT / "weights"
    assert paths.converted_weights(paths.weights_folder()) == ROOT / "weights"
    assert paths.data_lists_folder() == ROOT / "data_lists"
    assert paths.published_results() == ROOT / "results"


def test_in_a_checkout_repro_home_moves_what_is_made_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    assert paths.default_paths().runs == tmp_path / "runs"
    assert paths.default_paths(tmp_path / "out").runs == tmp_path / "out" / "runs"
    assert paths.converted_weights(paths.weights_folder()) == ROOT / "weights"
    assert paths.published_results() == ROOT / "results"


@pytest.mark.parametrize(
    ("data_home", "place"),
    [
        (None, "{home}/.local/share/repro"),
        ("", "{home}/.local/share/repro"),
        ("share", "{home}/.local/share/repro"),  # relative: to be passed over
        ("/srv/data", "/srv/data/repro"),
    ],
)
def test_installed_what_is_made_goes_to_the_users_folder(
    home: Path, data_home: str | None, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if data_home is not None:
        monkeypatch.setenv("XDG_DATA_HOME", data_home)
    made = Path(place.format(home=home))
    assert paths.default_paths().home == made
    assert paths.converted_weights(paths.weights_folder()) == made / "weights"
    assert paths.published_results() == made / "results"


def test_installed_repro_home_and_out_come_first(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "mine"))
    assert paths.default_paths().home == tmp_path / "mine"
    assert paths.converted_weights(paths.weights_folder()) == tmp_path / "mine" / "weights"
    assert paths.default_paths(tmp_path / "out").home == tmp_path / "out"


def test_installed_what_ships_lies_in_the_package(home: Path, tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "repro"
    assert paths.installed()
    assert paths.weights_folder() == package / "shipped" / "weights"
    assert paths.data_lists_folder() == package / "shipped" / "data_lists"
