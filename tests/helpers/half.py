"""Where half precision can be computed in."""

import os

import pytest

# TensorFlow asks the processor whether it has products in half precision, oneDNN heeds this variable, and
# TensorFlow 2.21 crashes on what oneDNN then does not make; PyTorch refuses an LSTM in half precision. A
# processor that really has none is no trouble.
CAPPED = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper() not in ("DEFAULT", "ALL")
_USED = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() not in ("0", "false")

needs_half_products = pytest.mark.skipif(
    CAPPED and _USED, reason="under ONEDNN_MAX_CPU_ISA half-precision products crash in TensorFlow"
)
