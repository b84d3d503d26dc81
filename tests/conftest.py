"""Puts this folder on the import path, so that tests read `from oracles.losses import ...`."""

import os
import sys
from pathlib import Path

# Quiet before TensorFlow is first imported: its start-up lines would bury a failing test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
