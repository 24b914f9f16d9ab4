"""Keyword values are checked, and an error names the parameter; those of the functions are those of the commands."""

import inspect

import numpy as np
import pytest
from typer.main import get_command

import bnfit
from bnfit.api.arguments import axes_of, checked, names, questions, read_options, real, schema_options, seconds, whole
from bnfit.cli.app import app
from bnfit.cli.parse import CSV_KEYS, RECIPE_KEYS
from bnfit.errors import UsageError
from bnfit.tuning.space import Axes

COMMANDS = get_command(app).commands
SHOWN = {"json", "md", "debug", "plot", "show", "top", "quiet", "fail_if", "base"}
"""Options on what is printed and drawn, for which there are methods."""
SAVED = {"output", "no_rows", "force", "dry_run", "restart", "workers"}
"""Options of `fit` and `search` on what becomes of the model."""


@pytest.mark.parametrize("command", ["fit", "search", "explain", "predict"])
def test_a_function_takes_what_its_command_takes(command):
    options = {parameter.name for parameter in COMMANDS[command].params if parameter.name != "help"}
    left_out = SHOWN | (SAVED if command in ("fit", "search") else {"force"} if command == "explain" else set())
    found = inspect.signature(getattr(bnfit, command)).parameters
    keys = {"csv": set(CSV_KEYS), "recipe": {"recipe", *(key.replace("-", "_") for key in RECIPE_KEYS)}}
    keys |= {"group_columns": {"group_columns", "group_correlated"}}
    asked_by_show = {"interactions", "compare", "nodes"} if command == "explain" else set()
    taken = {name for option in options for name in keys.get(option, {option})}
    assert set(found) == taken - left_out | asked_by_show


@pytest.mark.parametrize("command", ["fit", "search"])
def test_a_function_has_the_defaults_of_its_command(command):
    found = inspect.signature(getattr(bnfit, command)).parameters
    for parameter in COMMANDS[command].params:
        if parameter.name in found and not parameter.required:
            assert found[parameter.name].default == (parameter.default or found[parameter.name].default)


def test_a_method_explains_as_the_function_does():
    function, method = (inspect.signature(f).parameters for f in (bnfit.explain, bnfit.Model.explain))
    for name in set(method) - {"self"}:
        assert method[name].default == function[name].default
    assert set(function) - set(method) == {"model", "target", "features", "classes", "trust_model"}


def test_numbers_are_numbers():
    assert (whole(np.int64(3), "layers"), whole(None, "layers"), real(np.float32(0.5), "epsilon")) == (3, None, 0.5)
    for value in (0, 1.5, True, "2", [1]):
        with pytest.raises(UsageError, match="`layers` must be a whole number of at least 1, not"):
            whole(value, "layers")
    for value in ("0.1", [0.1]):
        with pytest.raises(UsageError, match="`epsilon` must be a number, not"):
            real(value, "epsilon")
    with pytest.raises(UsageError, match="`arm` takes a name, not 3"):
        checked(arm=3)


def test_one_name_may_stand_by_itself():
    assert names("a,b", "drop") == ("a,b",)
    assert names(["a", "b"], "drop") == ("a", "b")
    assert names(None, "drop") == ()
    with pytest.raises(UsageError, match="`drop` takes names, not 3"):
        names(["a", 3], "drop")


@pytest.mark.parametrize(("value", "found"), [("90", 90), ("1h30m", 5400), ("5m", 300), (12.5, 12.5), (None, None)])
def test_a_time_is_seconds(value, found):
    assert seconds(value) == found


@pytest.mark.parametrize("value", ["soon", "", "5 m", []])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(UsageError, match="`budget`"):
        seconds(value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delimiter": "::"}, "`delimiter` takes one character"),
        ({"quote": '""'}, "`quote` takes one character"),
        ({"decimal": "x"}, "`decimal` takes"),
        ({"encoding": "utf-9"}, "unknown encoding 'utf-9'"),
        ({"max_bad_rows": 2}, "`max_bad_rows` is a share of the rows, from 0 to 1, not 2"),
        ({"na": 5}, "`na` takes names, not 5"),
    ],
)
def test_how_a_file_is_written_is_checked(change, message):
    with pytest.raises(UsageError, match=message):
        read_options(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"types": "zip=category"}, "`types` maps columns to kinds"),
        ({"task": "guess"}, "unknown task 'guess'"),
        ({"weight": "w", "group": "w"}, "one column cannot be weight, group and time at once"),
        ({"weight": 5}, "`weight` takes names, not 5"),
    ],
)
def test_what_is_known_of_columns_is_checked(change, message):
    with pytest.raises(UsageError, match=message):
        schema_options(**change)


def test_questions_are_checked():
    asked = questions("permute", {"urea": ["Upre", "Upos"], "one": "UF"}, 0.5)
    assert (asked.baselines, asked.correlated) == (("permute",), 0.5)
    assert asked.groups == {"urea": ("Upre", "Upos"), "one": ("UF",)}
    for change in ({"baseline": "none"}, {"group_columns": ["a"]}, {"group_correlated": 2}):
        with pytest.raises(UsageError):
            questions(**change)


def test_values_to_try_become_axes():
    found = axes_of(layers=[1, 2], units=None, activation="tanh", arm="all", learning_rate=0.1, norm=("none", "layer"))
    assert found == {
        "layers": (1, 2),
        "activations": ("tanh",),
        "arms": ("bn", "raw", "zscore", "zscore-bn"),
        "learning_rates": (0.1,),
        "norms": ("none", "layer"),
    }
    Axes.named(**found)
    with pytest.raises(UsageError, match="`layers` must be a whole number"):
        axes_of(layers=[1, 0])
