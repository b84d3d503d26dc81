"""What decides a stored feature of paper 4."""

from pathlib import Path

from helpers.experiments import experiment_of
from repro.features.flow_store import FlowSettings, flow_store
from repro.paper4 import features
from repro.paper4.recipe import recipe
from repro.training.run_folder import RunFolder
from repro.types import Split


def test_features_of_flow_name_the_flow_that_they_are_of(tmp_path: Path) -> None:
    """The weights cannot tell: those of a network before any training are the same for every flow."""
    numbers = recipe("tiny")
    (tmp_path / "weights.npz").write_bytes(b"the same")
    known = FlowSettings.of(numbers)
    flows = [flow_store(tmp_path, each) for each in (known, known._replace(height_px=2 * known.height_px))]
    with RunFolder(tmp_path / "run") as folder:
        experiment = experiment_of(tmp_path, folder, Split("demo", "1", ("c",), (), ()), numbers, {})
        stores = [
            features.storing(experiment, "flow", flow, tmp_path / "weights.npz").store(tmp_path)
            for flow in (*flows, flows[0])
        ]
    first, other, again = (store.key_digest for store in stores)
    assert first == again != other
