"""What every test file keeps to, so that tests fail for what they test alone."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("*.py"))
NAMES = {path.stem for path in FILES if path.name.startswith("test_")}


def is_private(name):
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def private_names(tree):
    """Private names of modules and objects; an object's own, by `self` or `cls`, are its business."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if is_private(alias.name))
        if isinstance(node, ast.Attribute) and is_private(node.attr) and ast.unparse(node.value) not in ("self", "cls"):
            yield node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("bnfit."):
            yield from (part for part in node.value.split(".") if is_private(part))


def imported(tree):
    """Modules that are imported, also by code in a string."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for line in node.value.splitlines():
                words = line.split()
                if len(words) > 1 and words[0] in ("import", "from"):
                    yield words[1]


def shared_generators(tree):
    """Random generators of the module that a function draws from: what it draws depends on what ran before."""
    made = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and ast.unparse(node.value.func).endswith(("default_rng", "Random"))
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            yield from (n.id for n in ast.walk(function) if isinstance(n, ast.Name) and n.id in made)


def replaced_modules(tree):
    """Statements that put something in the place of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(ast.unparse(argument) == "sys.modules" for argument in node.args):
            yield ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "sys.modules[" in node.value:
            yield node.value


BREACHES = """
import random, numpy as np, sys
from bnfit.cli import _hidden
from test_other import thing
RNG, SEED = np.random.default_rng(0), 1
SHARED = random.Random(1)
def test_one(monkeypatch):
    SHARED.random()
    thing._inner
    monkeypatch.setitem(sys.modules, "bnfit.api", None)
    monkeypatch.setattr("bnfit.cli._also", 1)
    self._own
"""


def test_a_breach_is_found():
    tree = ast.parse(BREACHES)
    assert set(private_names(tree)) == {"_hidden", "_inner", "_also"}
    assert "test_other" in imported(tree)
    assert list(shared_generators(tree)) == ["SHARED"]
    assert len(list(replaced_modules(tree))) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_test_uses_public_names_its_own_random_numbers_and_no_other_test(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path == Path(__file__):
        return
    assert not list(private_names(tree))
    assert not [module for module in imported(tree) if module.rpartition(".")[2] in NAMES]
    assert not list(shared_generators(tree))
    assert not list(replaced_modules(tree))
