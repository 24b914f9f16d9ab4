"""The README names every command, option, exit code and JSON key, and its Python runs."""

import dataclasses
import re
from pathlib import Path

import pytest
from typer.main import get_command

from bnfit.architecture import ACTIVATIONS, ARMS, NORMS, OUTPUT_ACTIVATIONS
from bnfit.cli.app import app
from bnfit.cli.errors import INTERRUPTED, TERMINATED, UNEXPECTED
from bnfit.errors import BnfitError, GateFailed, UsageError
from bnfit.kinds import RESTARTS
from bnfit.modelling import FEWER_MEMBERS, FOLDS, MANY_ROWS, MEMBERS
from bnfit.pipeline import ACTIVATION, ARM, SEARCH_FOLDS
from bnfit.recipe import RECIPES
from bnfit.results import ColumnReport, Confusion, Curve, Importance, LeaderboardRow, SchemaReport
from bnfit.space import PAPER_GRID
from bnfit.strategy import TRIALS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for parameter in command.params
    for option in (*parameter.opts, *parameter.secondary_opts)
    if option.startswith("--") and option != "--help"
]


def section(title):
    """The part of the README under a heading, down to the next heading of its own or a higher level."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^#{{1,2}} |\Z|^### )", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no heading '{title}'"
    return found.group(2)


def test_there_are_commands_to_document():
    assert set(COMMANDS) == {"search", "fit", "explain", "predict", "study"}
    assert ("search", "--top") in OPTIONS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_section_with_an_example(command):
    assert f"bnfit {command} " in section(f"bnfit {command}")


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_each_option_is_documented_with_its_command(command, option):
    assert f"`{option}" in section(f"bnfit {command}")


def test_no_option_is_documented_that_does_not_exist():
    for command in COMMANDS:
        named = set(re.findall(r"`(--[a-z-]+)", section(f"bnfit {command}")))
        assert named <= {option for name, option in OPTIONS if name == command}


@pytest.mark.parametrize("name", [*ARMS, *NORMS, *ACTIVATIONS, *OUTPUT_ACTIVATIONS, *RECIPES])
def test_each_choice_is_documented(name):
    assert f"`{name}`" in README


@pytest.mark.parametrize(
    "code", [0, GateFailed.exit_code, UsageError.exit_code, BnfitError.exit_code, UNEXPECTED, INTERRUPTED, TERMINATED]
)
def test_each_exit_code_is_documented(code):
    assert re.search(rf"^\| {code} +\|", section("Exit codes"), re.MULTILINE)


@pytest.mark.parametrize(
    "field",
    [
        f.name
        for kind in (Importance, LeaderboardRow, Curve, ColumnReport, SchemaReport, Confusion)
        for f in dataclasses.fields(kind)
    ],
)
def test_each_json_key_is_documented(field):
    assert f"`{field}`" in section("JSON")


def test_the_defaults_of_fit_are_those_of_the_pipeline():
    wanted = {"activation": ACTIVATION, "arm": ARM, "folds": FOLDS}
    shown = {parameter.name: parameter.show_default for parameter in COMMANDS["fit"].params}
    assert {name: shown[name] for name in wanted} == {name: str(value) for name, value in wanted.items()}
    assert shown["members"].startswith(f"{MEMBERS}, above {MANY_ROWS:,} rows {FEWER_MEMBERS};")
    assert f"above {MANY_ROWS:,} rows {FEWER_MEMBERS};" in section("bnfit fit")
    assert f"after {RESTARTS[0]:.0%}".replace("%", " %") in section("bnfit fit")
    rows = dict(re.findall(r"^\| `--([a-z]+) [A-Z]+` \| `?([^ `,|]+)", section("bnfit fit"), re.MULTILINE))
    assert {name: rows[name] for name in [*wanted, "members"]} == {
        name: str(value) for name, value in [*wanted.items(), ("members", MEMBERS)]
    }


def test_the_defaults_of_search_are_those_of_the_pipeline():
    shown = {parameter.name: parameter.show_default for parameter in COMMANDS["search"].params}
    text = section("bnfit search")
    assert (shown["folds"], shown["trials"]) == (str(SEARCH_FOLDS), str(TRIALS))
    assert f"| `--folds N` | {SEARCH_FOLDS}, " in text
    assert f"| `--trials N` | {TRIALS} |" in text
    for option, values in {
        "layers": PAPER_GRID.layers,
        "units": PAPER_GRID.units,
        "activation": PAPER_GRID.activations,
        "output_activation": PAPER_GRID.output_activations,
        "arm": PAPER_GRID.arms,
    }.items():
        listed = ",".join(map(str, values))
        assert shown[option] == listed
        assert re.search(rf"^\| `--{option.replace('_', '-')} (N|NAME),\.\.\.` \| `{listed}` \|", text, re.MULTILINE)


def test_the_python_example_runs(tmp_path, monkeypatch):
    """As it stands, save for a smaller grid and the folder it writes to."""
    code = re.search(r"```python\n(.*?)```", section("From Python"), re.DOTALL).group(1)
    (tmp_path / "sample_data").symlink_to(Path(__file__).parents[1] / "sample_data")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "model.keras").exists()
