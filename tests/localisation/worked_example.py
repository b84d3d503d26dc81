"""Five 3x3 attention maps, their chain worked out to eight digits: factor 4, sigma 1, theta 100, span 5."""

import numpy as np

_ROWS = """
.38 .02 .02  .02 .02 .02  .02 .05 .45
.46 .02 .02  .02 .02 .04  .02 .06 .34
.02 .02 .02  .02 .50 .16  .02 .16 .08
.02 .02 .02  .02 .10 .20  .02 .20 .40
.02 .02 .02  .02 .40 .20  .02 .20 .10
"""
MAPS = np.array(_ROWS.split(), np.float64).reshape(5, 3, 3)
