"""Runs the command that was typed. Each imports its room only then: `rows` must not wait for TensorFlow."""

from __future__ import annotations

import argparse

from repro.cli.called import check_checkout

# They run the project's own tests, benchmarks and notebooks.
OF_THE_CHECKOUT = ("check", "test", "notebooks", "bench")


def run(options: argparse.Namespace) -> int:
    """What `options.command` says; its exit status."""
    if options.command in OF_THE_CHECKOUT:
        check_checkout(options.command)
    match options.command:
        case "predict":
            from repro.cli.predict import run_predict

            return run_predict(options)
        case "data":
            from repro.cli.data import run_data

            return run_data(options)
        case "weights":
            from repro.cli.weights import run_weights

            return run_weights(options)
        case "check" | "test" | "notebooks":
            from repro.cli.develop import run_tool

            return run_tool(options)
        case "rows" | "summary" | "recipe" | "claims" | "report" | "publish" | "bench":
            _show(options)
        case _:
            from repro.cli.papers import run_paper

            return run_paper(options)
    return 0


def _show(options: argparse.Namespace) -> None:
    """The commands that print and write what there is, or an error."""
    from repro.cli import show

    match options.command:
        case "rows":
            show.run_rows(options)
        case "summary":
            show.run_summary(options)
        case "report":
            show.run_report(options)
        case "publish":
            show.run_publish(options)
        case "claims":
            from repro.cli.claims import run_claims

            run_claims(options)
        case "recipe":
            from repro.cli.recipe import run_recipe

            run_recipe(options)
        case "bench":
            from repro.cli.bench import run_bench

            run_bench(options)
