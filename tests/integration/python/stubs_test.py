# SPDX-License-Identifier: Apache-2.0
"""The type stubs of the package octocal against the module: the same names, arguments and defaults.

pybind11 leaves no signature for `inspect`; it writes one into the first line of each docstring, which is read here.
"""
import ast
import re
import sys
import unittest
from pathlib import Path

import octocal

STUBS = Path(octocal.__file__).with_suffix(".pyi")


def arguments(function: ast.FunctionDef) -> list[tuple[str, str, str]]:
    """(kind, name, default) of each argument but self."""
    given = function.args
    positional = given.posonlyargs + given.args
    defaults = [None] * (len(positional) - len(given.defaults)) + given.defaults
    found = [("positional", a.arg, d) for a, d in zip(positional, defaults)]
    found += [("keyword", a.arg, d) for a, d in zip(given.kwonlyargs, given.kw_defaults)]
    text = lambda d: "needed" if d is None else repr(ast.literal_eval(d))
    return [(kind, name, text(default)) for kind, name, default in found if name != "self"]


def documented(doc: str, name: str) -> list[tuple[str, str, str]]:
    """The same from pybind11's line `name(self: octocal.Generator, energy_gev: ..., first: typing.SupportsInt = 0)`."""
    line = doc.split("\n")[0]
    inside = re.fullmatch(rf"{re.escape(name)}\((.*)\) -> .*", line)[1]
    # Types may hold brackets and commas: what stands between a name's colon and the default is dropped.
    parts, depth, start, in_text = [], 0, 0, False
    for i, letter in enumerate(inside + ","):
        if letter == "'":
            in_text = not in_text
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0 and not in_text:
            parts.append(inside[start:i].strip())
            start = i + 1
    found, kind = [], "positional"
    for part in parts:
        if part == "*":
            kind = "keyword"
        elif part and not part.startswith("self"):
            name, _, rest = part.partition(":")
            default = rest.rpartition(" = ")[2] if " = " in rest else None
            found.append((kind, name, "needed" if default is None else repr(ast.literal_eval(default))))
    return found


class Stubs(unittest.TestCase):
    def setUp(self):
        self.tree = ast.parse(STUBS.read_text())

    def test_names_are_those_of_the_module(self):
        names = {node.name for node in self.tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        names |= {node.target.id for node in self.tree.body if isinstance(node, ast.AnnAssign)}
        self.assertEqual(names, set(octocal.__all__))
        self.assertEqual(names, {name for name in vars(octocal._octocal) if not name.startswith("__")} | {"__version__"})
        self.assertTrue(STUBS.with_name("py.typed").exists())

    def test_functions_take_what_the_stubs_say(self):
        functions = [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]
        self.assertGreater(len(functions), 8)
        for node in functions:
            doc = getattr(octocal, node.name).__doc__
            self.assertEqual(arguments(node), documented(doc, node.name), node.name)
            self.assertGreater(len(doc.split("\n", 2)[2]), 20, f"{node.name} has no docstring")

    def test_classes_have_what_the_stubs_say(self):
        for node in (node for node in self.tree.body if isinstance(node, ast.ClassDef)):
            cls = getattr(octocal, node.name)
            self.assertEqual([base.id for base in node.bases],
                             [base.__name__ for base in cls.__bases__ if base.__name__ not in ("pybind11_object", "object")])
            self.assertTrue(cls.__doc__)
            members = {member.name: member for member in node.body if isinstance(member, ast.FunctionDef)}
            if issubclass(cls, BaseException):
                continue
            own = {name for name in vars(cls) if not name.startswith("_") or name in
                   ("__init__", "__call__", "__iter__", "__next__")}
            if "__init__" not in members:  # made by nobody but the module
                own.discard("__init__")
            self.assertEqual(set(members), own, node.name)
            for name, member in members.items():
                found = getattr(cls, name)
                decorators = {getattr(decorator, "id", "") for decorator in member.decorator_list}
                if "property" in decorators:
                    self.assertIsInstance(found, property)
                    self.assertTrue(found.__doc__, name)
                else:
                    wanted = documented(found.__doc__, name)
                    if "overload" in decorators:  # of what the others may say otherwise: which arguments may be left out
                        self.assertEqual([a[1] for a in arguments(member)], [a[1] for a in wanted], name)
                    else:
                        self.assertEqual(arguments(member), wanted, f"{node.name}.{name}")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
