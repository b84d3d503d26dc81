"""Half the classes of the demo set: where what a test looks at is not what the clips show."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from repro.demo import layout_activitynet, layout_hmdb51, layout_hollywood2, layout_thumos13, layouts, make
from repro.demo.layout_ut_interaction import CLASSES

MODULES = (make, layouts, layout_activitynet, layout_hmdb51, layout_hollywood2, layout_thumos13)


@contextmanager
def six_classes() -> Iterator[None]:
    """What is made here has the classes of UT-Interaction's layout alone, drawn as always."""
    kinds = layout_activitynet.KINDS.items()
    fewer = {kind: tuple(label for label in labels if label in CLASSES) for kind, labels in kinds}
    with pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            patch.setattr(module, "CLASSES", CLASSES)
        patch.setattr(layout_activitynet, "KINDS", fewer)
        yield
