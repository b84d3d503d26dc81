"""The catalogue of changes: what each kind makes of a line, what it passes over, and which are drawn."""

import ast

import pytest

from mutants.catalogue import mutants_of
from mutants.sample import drawn, shares


def changes(line: str, operator: str) -> set[str]:
    """What the line can become by changes of that kind."""
    text = f"def f(x, y, t=0, deep=True):\n    {line}\n"
    found = set()
    for mutant in mutants_of("repro/room/file.py", text):
        assert text.encode()[mutant.start : mutant.stop].decode() == mutant.before
        if mutant.operator == operator and mutant.line == 2:
            changed = text.encode()[: mutant.start] + mutant.after.encode() + text.encode()[mutant.stop :]
            found.add(changed.decode().splitlines()[1].strip())
    return found


@pytest.mark.parametrize(
    ("operator", "line", "expected"),
    [
        ("another function", "return np.mean(x)", {"return np.sum(x)"}),
        ("another function", "return sigmoid(x).max()", {"return sigmoid(x).min()"}),
        ("another function", "return ops.sigmoid(x)", {"return ops.tanh(x)"}),
        ("function left out", "return ops.relu(x)", {"return (x)"}),
        ("sign dropped", "return -x[0]", {"return x[0]"}),
        ("complement dropped", "return (1 - x) * y", {"return ((x)) * y"}),
        ("arithmetic", "return x * y", {"return x / y"}),
        ("constant", "return x - 2", {"return x - 3"}),
        ("flag", "return f(x, deep=False)", {"return f(x, deep=True)"}),
        ("swapped", "return np.where(t, x, y)", {"return np.where(t, y, x)"}),
        ("swapped", "return np.stack([x, y])", {"return np.stack([y, x])"}),
        ("prefix", "return x[:t]", {"return x[:t + 1]", "return x[:]"}),
        ("prefix", "return x[t:]", {"return x[t + 1:]"}),
        ("range", "return range(1, t)", {"return range(1, t - 1)", "return range(1 + 1, t)"}),
        ("position", "return x[:, t]", {"return x[:, t - 1]"}),
        ("position", "return x[0]", {"return x[1]"}),
        ("axis", "return x.sum(axis=-1)", {"return x.sum(axis=0)"}),
        ("order", "return x[..., ::-1]", {"return x[..., ::1]"}),
        ("order", "return sorted(x)", {"return list(x)"}),
        ("comparison", "return x <= y", {"return x < y"}),
        ("comparison", "return x is not y", {"return x is y"}),
        ("and/or", "return x and y", {"return x or y"}),
        ("not dropped", "return not x", {"return (x)"}),
        ("check left out", "if x: raise ValueError(1 + 1)", {"if False: raise ValueError(1 + 1)"}),
        ("condition turned", "return x if t else y", {"return x if (not (t)) else y"}),
        ("filter left out", "return [a for a in x if a]", {"return [a for a in x if True]"}),
        ("step left out", "x.unlink()", {"pass"}),
        ("step left out", "x.seen = t", {"pass"}),
    ],
)  # fmt: skip
def test_each_kind_of_change(operator: str, line: str, expected: set[str]) -> None:
    assert changes(line, operator) == expected


@pytest.mark.parametrize(
    "line",
    [
        *("raise ValueError(f'{x - 1}' + str(x[0] + 1))", "z: dict[int, X | Y]", "print(x[0] + 1)"),
        *("return zip(x, y, strict=True)", "return x[..., 1e-7]", "assert x > 0", "import a.b"),
    ],
)
def test_messages_types_and_displays_are_passed_over(line: str) -> None:
    text = f"def f(x: X[0]) -> X[1]:\n    {line}\n"
    assert mutants_of("repro/room/file.py", text) == []


def test_a_sign_stands_where_it_was_after_letters_of_two_bytes() -> None:
    (mutant,) = mutants_of("f.py", 'def f(x):\n    """Σ"""\n    return x + x  # Σ + Σ\n')
    assert (mutant.line, mutant.before, mutant.after) == (3, "+", "-")


def test_which_lines_a_test_must_run_to_notice() -> None:
    """A change inside a function: its own line; of a default: the function's; of a named constant: any."""
    text = "N = 2\n\n\ndef f(x, deep=True):\n    y = x\n    return -y\n"
    assert [(m.operator, m.lines) for m in mutants_of("f.py", text)] == [
        ("constant", ()),
        ("flag", (5, 6)),
        ("sign dropped", (6,)),
    ]


def test_every_mutant_can_be_parsed_and_differs() -> None:
    text = "def f(x, n):\n    return [x[i:] for i in range(len(x)) if not (i < n and x[-1] != x[i - 1])]\n"
    found = mutants_of("f.py", text)
    assert len(found) > 10
    changed = [text[: m.start] + m.after + text[m.stop :] for m in found]
    assert len({ast.dump(ast.parse(one)) for one in [text, *changed]}) == 1 + len(found)


def test_the_same_seed_draws_the_same_and_kinds_take_turns() -> None:
    """20 functions with a sum, a number, a comparison and a place each: 8 changes are 2 of each kind."""
    text = "".join(f"def f{i}(x, y):\n    return x + {i + 2} < y[0]\n\n\n" for i in range(20))
    mutants = mutants_of("f.py", text)
    chosen = drawn(mutants, 8, seed=3)
    assert chosen == drawn(mutants, 8, seed=3)
    assert chosen != drawn(mutants, 8, seed=4)
    assert sorted(m.operator for m in chosen) == sorted(
        2 * ["arithmetic", "constant", "comparison", "position"]
    )


def test_no_function_is_asked_more_than_three_times() -> None:
    mutants = mutants_of("f.py", "def f(x, y):\n    return -(x[0] + x[1] * 3 < y or x and y)\n")
    assert len(mutants) > 3
    assert len(drawn(mutants, 10, seed=0)) == 3


def test_rooms_share_by_their_lines_but_each_has_twelve() -> None:
    """10 + 290 + 700 lines: the smallest gets 12, the others share the other 88: 25.8 and 62.2."""
    assert shares({"a": 10, "b": 290, "c": 700}, 100) == {"a": 12, "b": 26, "c": 62}
