"""What a pickle of arrays says, without unpickling it: a machine of its own, which calls nothing.

A pickle is a program, and what it may call is what Python can import. Here the twenty-odd instructions that
such files consist of are carried out on numbers, strings, lists, tuples and dictionaries; a function that the
file names stays a name, and its call a note of what it would have been called with. `pickletools` of the
standard library takes the instructions apart.
"""

from __future__ import annotations

import pickletools
from typing import Any, BinaryIO, NamedTuple

MOST_STEPS = 100_000  # of one pickle: EfficientNet-Lite2, the largest that is read, has 15,000
ORDERED_DICT = "collections OrderedDict"

_CONSTANTS = {"NONE": None, "NEWFALSE": False, "NEWTRUE": True, "EMPTY_TUPLE": ()}
_LITERALS = ("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE")


class Name(NamedTuple):
    """What the file calls a function or a class: its module, a blank, its name. It is never imported."""

    text: str


class Call(NamedTuple):
    """A call that the file asks for and that is not made."""

    name: Name
    arguments: tuple[Any, ...]


class Persistent(NamedTuple):
    """What the file says of something that lies outside the pickle."""

    value: Any


def read(stream: BinaryIO, names: frozenset[str] = frozenset()) -> Any:
    """The value of the pickle at this place; the stream then stands behind it.

    names: what the file may name. OrderedDict becomes a dict with strings as keys, empty before it is filled;
    attributes of one are dropped. Raises ValueError for a pickle that is damaged, longer than MOST_STEPS, or
    has another instruction or another name in it.
    """
    machine = _Machine(names)
    for step, (instruction, argument, _) in enumerate(pickletools.genops(stream)):
        if step >= MOST_STEPS:
            raise ValueError(f"a pickle has more than {MOST_STEPS} instructions")
        if instruction.name == "STOP":
            return machine.result()
        machine.carry_out(instruction.name, argument)
    raise ValueError("a pickle has no end")


class _Machine:
    """A stack, the stacks that marks put aside, and the memory: as the format describes it."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.stack: list[Any] = []
        self.aside: list[list[Any]] = []
        self.memory: dict[int, Any] = {}

    def result(self) -> Any:
        if len(self.stack) != 1 or self.aside:
            raise ValueError("a pickle ends with another number of values than one")
        return self.stack[0]

    def carry_out(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self.stack.append(argument)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memory[argument] = self._top(object)
        elif name in ("BINGET", "LONG_BINGET"):
            if argument not in self.memory:
                raise ValueError("a pickle asks for a value that it has not kept")
            self.stack.append(self.memory[argument])
        elif name == "GLOBAL":
            if argument not in self.names:
                raise ValueError(f"it names {argument!r:.80}, which weights do not need")
            self.stack.append(Name(argument))
        elif name != "PROTO":
            self._build(name)

    def _build(self, name: str) -> None:
        match name:
            case "MARK":
                self.aside.append(self.stack)
                self.stack = []
            case "EMPTY_LIST":
                self.stack.append([])
            case "EMPTY_DICT":
                self.stack.append({})
            case "TUPLE":
                values = self._since_mark()
                self.stack.append(tuple(values))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                values = [self._pop() for _ in range(int(name[-1]))]
                self.stack.append(tuple(reversed(values)))
            case "APPENDS":
                values = self._since_mark()
                self._top(list).extend(values)
            case "SETITEM":
                value, key = self._pop(), self._pop()
                self._set([key, value])
            case "SETITEMS":
                self._set(self._since_mark())
            case "BINPERSID":
                self.stack.append(Persistent(self._pop()))
            case "REDUCE":
                self._note_call()
            case "BUILD":  # attributes, as torch gives them to the dictionary of all arrays
                self._pop()
                self._top(dict)
            case _:
                raise ValueError(f"a pickle has the instruction {name}, which weights do not need")

    def _note_call(self) -> None:
        arguments, name = self._pop(), self._pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise ValueError("a pickle calls what is no name")
        plain = name.text == ORDERED_DICT and not arguments
        self.stack.append({} if plain else Call(name, arguments))

    def _set(self, items: list[Any]) -> None:
        if len(items) % 2 or not all(type(key) is str for key in items[::2]):
            raise ValueError("a pickle has a dictionary with keys that are no strings")
        self._top(dict).update(zip(items[::2], items[1::2], strict=True))

    def _since_mark(self) -> list[Any]:
        if not self.aside:
            raise ValueError("a pickle lacks a mark")
        values, self.stack = self.stack, self.aside.pop()
        return values

    def _pop(self) -> Any:
        self._top(object)
        return self.stack.pop()

    def _top(self, kind: type) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise ValueError("a pickle takes a value that is not there, or of another kind")
        return self.stack[-1]
