"""One wrong label among right ones is refused by the measures over time."""

from dataclasses import replace

import numpy as np
import pytest
from early_scores import PAIR

from repro.evaluation.anticipation import hits_after


@pytest.mark.parametrize("labels", [[0, -1], [3, 0]])
def test_one_label_that_is_no_class_is_enough(labels: list[int]) -> None:
    """PAIR has three classes, so 0, 1 and 2 are labels; -1 would name the last class in an array."""
    wrong = replace(PAIR, labels=np.array(labels))
    with pytest.raises(ValueError, match="of 3 classes"):
        hits_after(wrong, "50%", pooled=True)
