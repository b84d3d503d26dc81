"""`recipe PAPER`: every number of a recipe, what it decides, and where it comes from."""

from __future__ import annotations

import argparse
import json
from itertools import groupby

from repro.cli.asked import chosen_recipe
from repro.papers import paper_named
from repro.provenance import explained

PLACES = "P1 to P5 are the papers; a place without one of them is this paper's own."


def run_recipe(options: argparse.Namespace) -> None:
    """Print the recipe of a preset, group by group, with what `--set` changes of it."""
    preset, base, recipe, _ = chosen_recipe(paper_named(options.paper_name), options)
    fields = explained(recipe, base, preset)
    if options.json:
        print(json.dumps({name: field._asdict() for name, field in fields.items()}, indent=1))
        return
    print(PLACES)
    widths = max(map(len, fields)), max(len(str(field.value)) for field in fields.values())
    for group, members in groupby(fields.items(), lambda item: item[1].group):
        print(f"\n{group}")
        for name, field in members:
            print(f"  {name:<{widths[0]}}  {field.value!s:<{widths[1]}}  {field.origin}: {field.note}")
