"""Help: short, with an example, and whole on request."""

import os
import re

import pytest
from command_line import ENVIRONMENT, bnfit, exit_code
from documents import ROOT
from typer.main import get_command

from bnfit.cli.app import app
from bnfit.cli.errors import RENAMED
from bnfit.cli.help import EXAMPLES, MATTERING
from bnfit.cli.parse import csv_format
from bnfit.errors import UsageError

COMMANDS = get_command(app).commands
NARROW = {**ENVIRONMENT, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
LONGEST = 60


def flags(command):
    return {opt for p in COMMANDS[command].params for opt in p.opts if opt.startswith("--")}


@pytest.mark.parametrize("command", MATTERING)
def test_the_help_of_a_command_is_a_page_with_an_example(command):
    text = bnfit(command, "--help", env=NARROW).stdout
    assert len(text.splitlines()) <= LONGEST
    assert max(map(len, text.splitlines())) <= 80
    assert "<bool>" not in text
    assert " ".join(EXAMPLES[command].split()) in " ".join(text.split())
    assert f"bnfit help {command}" in text
    matter = {opt for p in COMMANDS[command].params if p.name in MATTERING[command] for opt in p.opts}
    listed = set(re.findall(r"^│ +(?:\* +)?(--[a-z-]+)", text, re.MULTILINE)) - {"--help"}
    assert listed == {opt for opt in matter if opt.startswith("--")}


@pytest.mark.parametrize("command", MATTERING)
def test_what_matters_are_parameters_and_ten_at_most(command):
    assert set(MATTERING[command]) <= {p.name for p in COMMANDS[command].params}
    assert len(MATTERING[command]) <= 10


@pytest.mark.parametrize("command", MATTERING)
def test_the_whole_help_has_every_option(command):
    done = bnfit("help", command, env=NARROW)
    assert (done.returncode, done.stderr) == (0, "")
    assert flags(command) <= set(FLAG.findall(done.stdout))
    assert "<bool>" not in done.stdout


def test_help_alone_lists_the_commands_and_a_wrong_name_is_told():
    done = bnfit("help", env=NARROW)
    assert done.returncode == 0
    assert all(f" {name} " in done.stdout for name in COMMANDS)
    assert "<bool>" not in done.stdout
    done = bnfit("help", "fitt", env=NARROW)
    assert (done.returncode, done.stderr) == (2, "bnfit: error: unknown command 'fitt'\n  did you mean 'fit'?\n")


@pytest.mark.parametrize("command", ["fit", "search", "study"])
def test_without_a_target_the_columns_are_listed(command, capsys):
    assert exit_code(command, str(ROOT / "sample_data" / "dialysis.csv")) == 2
    said = capsys.readouterr().err
    assert said.startswith("bnfit: error: missing option '--target'\n  the columns of '")
    assert said.endswith("': Upre, U120, Upos, PP, UF, Ueq\n")
    assert exit_code(command, "no.csv") == 2
    assert "--help' lists what there is" in capsys.readouterr().err


def test_a_shell_gets_its_completions():
    asked = {"_BNFIT_COMPLETE": "complete_bash", "COMP_WORDS": "bnfit pre", "COMP_CWORD": "1"}
    assert bnfit(env={**ENVIRONMENT, **asked}).stdout.split() == ["predict"]
    assert "_BNFIT_COMPLETE" not in os.environ


@pytest.mark.parametrize("old", sorted(RENAMED))
def test_an_option_of_before_names_what_took_its_place(capsys, old):
    code = exit_code("explain", "m.keras", old)
    error = capsys.readouterr().err
    assert (code, error.splitlines()[-1]) == (2, f"  use {RENAMED[old]}")


@pytest.mark.parametrize(("command", "most"), [("fit", 40), ("search", 42), ("explain", 20), ("predict", 20)])
def test_options_are_few(command, most):
    options = [p for p in COMMANDS[command].params if p.param_type_name == "option"]
    assert len([p for p in options if p.name != "help"]) <= most


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["delimiter"], "--csv: 'delimiter' is no key with a value"),
        (["delimeter=;"], "unknown key of --csv 'delimeter'"),
        (["quote=a", "quote=b"], "--csv: quote stands twice"),
        (["header=maybe"], "unknown value of header 'maybe'"),
    ],
)
def test_what_says_nothing_of_a_file_is_refused(texts, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        csv_format(texts)


def test_how_a_file_is_written_may_hold_any_sign():
    assert csv_format(["delimiter==", "quote=", "header=no"]) == {"delimiter": "=", "quote": "", "header": False}
    assert csv_format(None) == {}
