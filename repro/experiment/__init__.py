"""One run of any paper: what it is given, and its rows from score files to result files.

A published file gathers the runs of one row, and what is reported of it is their mean, never a hand-picked
run.
"""

from repro.experiment.results import Run, file_name, gather, load, published_folder, result_path

__all__ = ["Run", "file_name", "gather", "load", "published_folder", "result_path"]
