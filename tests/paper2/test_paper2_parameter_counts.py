"""Paper 2, 2.2: "fewer parameters" than two-stream networks, and "few" in the LSTMs, counted at full size."""

from dataclasses import replace

import pytest

from helpers.initial_weights import without_initializers
from repro.anticipation import networks
from repro.paper2.recipe import recipe

CLASSES = 101
VGG = 134_674_341  # VGG-16 with 101 outputs: trunk and context sub-model
TWO_STREAM = 2 * VGG + 9 * 64 * (20 - 3)  # the second one's first kernel sees 20 flow fields, not 3 colours


@pytest.mark.slow
@pytest.mark.parametrize(("own_fc", "frame"), [(False, 139_497_482), (True, 259_457_135)])
def test_the_claim_depends_on_whether_fc6_and_fc7_are_shared(own_fc: bool, frame: int) -> None:
    """Shared: 257 M against 269 M of two VGG-16. With own fc layers behind the gate: 377 M."""
    chosen = replace(recipe("paper"), own_fc=own_fc)
    with without_initializers():
        frames = networks.frame_networks(chosen, CLASSES).training.count_params()
        lstms = networks.sequence_model(chosen, CLASSES).count_params()
    assert (frames, lstms) == (frame, 117_870_794)
    assert (frames + lstms < TWO_STREAM) is not own_fc
    assert lstms > 0.87 * VGG  # which the paper calls few
