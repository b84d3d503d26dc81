"""Rows from score files to result files. The room is handed a paper's rows and imports no paper; a published
file gathers the runs of one row, and what is reported of it is their mean, never a hand-picked run.
"""

from repro.runner.evaluate import evaluate
from repro.runner.results import Run, file_name, gather, load, published_folder, result_path

__all__ = ["Run", "evaluate", "file_name", "gather", "load", "published_folder", "result_path"]
