"""The commands beside published results."""

from repro.experiment.commands import joined


def test_runs_of_several_splits_and_seeds_are_one_command() -> None:
    runs = [f"bash run.sh paper2 demo --split {s} --rows table1 --seed {n}" for s in (10, 2) for n in (1, 0)]
    assert joined(runs) == ["bash run.sh paper2 demo --rows table1 --split 2 10 --seed 0 1"]


def test_only_what_was_run_is_named() -> None:
    one, other = "run --split 1 --seed 0 1", "run --split 2 --seed 0"
    assert joined([one, other]) == ["run --split 1 --seed 0 1", "run --split 2 --seed 0"]


def test_where_a_run_lay_is_left_out_and_other_options_stay() -> None:
    runs = ["run --rows a b --out one", "run --rows a b --out other", "run --rows a --out one"]
    assert joined(runs) == ["run --rows a", "run --rows a b"]


def test_what_stands_behind_the_place_of_a_run_stays() -> None:
    """It may be the data set, and the place may be quoted."""
    places = ("--out one", "--out=one", "--out 'a folder/one'", """--out 'it'"'"'s'""")
    runs = [f"run.sh paper2 {place} demo --seed {seed}" for seed, place in enumerate(places)]
    assert joined(runs) == ["run.sh paper2 demo --seed 0 1 2 3"]


def test_of_many_rows_the_ends_and_the_number_are_named() -> None:
    runs = [f"run --rows {' '.join(f'r{n}' for n in range(9))} --seed {seed}" for seed in (1, 0)]
    assert joined(runs) == ["run --seed 0 1 --rows r0 ... r8  # 9 rows"]
