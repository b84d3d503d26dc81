"""Makes each notebook from its readable source and runs it, so that the committed file shows its pictures.

    bash run.sh notebooks            # all of them, at the demo preset

A source is a script in jupytext's percent format. Its cell tagged `parameters` holds what the tests shrink.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SOURCES = sorted((HERE / "sources").glob("*.py"))


def read(source: Path, parameters: Mapping[str, Any] | None = None) -> nbformat.NotebookNode:
    """The notebook of a source, not yet run.

    parameters: values that replace those of the cell tagged `parameters`, by name.
    """
    notebook = jupytext.read(source)
    if parameters:
        lines = [f"{name} = {value!r}" for name, value in parameters.items()]
        _parameter_cell(notebook).source += "\n" + "\n".join(lines)
    return notebook


def make(
    source: Path, target: Path, parameters: Mapping[str, Any] | None = None, timeout_s: int = 3600
) -> None:
    """Run the notebook of `source` in the project's root and write it with its outputs to `target`."""
    notebook = read(source, parameters)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.pop("jupytext", None)
    NotebookClient(notebook, timeout=timeout_s, resources={"metadata": {"path": str(HERE.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # time stamps would change the file at every run
        if "outputs" in cell:  # progress bars and start-up lines say nothing to a reader
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    nbformat.write(notebook, target)


def _parameter_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            return cell
    raise ValueError("the notebook has no cell tagged `parameters`")


if __name__ == "__main__":
    for script in SOURCES:
        print(f"running {script.stem}", flush=True)
        make(script, HERE / f"{script.stem}.ipynb")
