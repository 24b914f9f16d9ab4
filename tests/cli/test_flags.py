"""The core names parameters, and the command line turns them into flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from report_records import EXPLANATION, prediction

import bnfit
from bnfit.cli.app import app
from bnfit.cli.errors import exit_code_of
from bnfit.cli.flags import FLAGS, FOLDED, lines_with_flags, result_with_flags, with_flags
from bnfit.errors import DataError
from bnfit.report.blocks import Grid, Line
from bnfit.results.decode import decode
from bnfit.results.explanation import ColumnStatistics

ROOT = Path(bnfit.__file__).parent
CORE = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] != "cli"]
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NAMED = re.compile(r"`(\w+)(?:=[^`]*)?`")


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("use `members=1`, or fewer folds", "use --members 1, or fewer folds"),
        ("leave `sparse` or `norm` out", "leave --sparse or --norm out"),
        ("`force=True` replaces it", "--force replaces it"),
        ("state `header=False` to leave it out", "state --csv header=no to leave it out"),
        ("`trust_model=True` loads it", "--trust-model loads it"),
        ("name a folder with `output`", "name a folder with -o"),
        ("`compare` needs a table", "--show compare needs a table"),
        ("state `delimiter=';'`, or `quote=''`", "state --csv 'delimiter=;', or --csv quote="),
        ("use `batch_size=8` `recipe=paper`", "use --recipe batch-size=8 --recipe paper"),
        ("with `drop=sex at birth`", "with --drop 'sex at birth'"),
        ("with `drop='age'`", "with --drop 'age'"),
        (f"with `drop={'a`b'!r}`", "with --drop 'a`b'"),
        (f"with `drop={chr(39) + 's'!r}`", "with --drop ''\"'\"'s'"),
        ("`where='`sex at birth` == \"f\"'`", "--where '`sex at birth` == \"f\"'"),
        ("the models' `other` and the model's `rows=3`", "the models' `other` and the model's `rows=3`"),
        ("condition '`time` >'; leave `where` out", "condition '`time` >'; leave --where out"),
        ("column 'it's' is text; `drop` it", "column 'it's' is text; --drop it"),
        ("`sparse=False` has no flag", "`sparse=False` has no flag"),
    ],
)  # fmt: skip
def test_parameters_become_flags(text, flags):
    assert with_flags(text) == flags


def test_the_table_knows_every_option_of_every_command():
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    options = [p for command in commands for p in command.params if p.param_type_name == "option" and p.name != "help"]
    assert len(options) > 100
    for option in options:
        spellings = FLAGS[option.name]
        assert spellings[0] in option.opts
        assert list(spellings[1:]) == option.secondary_opts
    assert {option.name for option in options} == set(FLAGS)


def test_the_core_names_no_flag():
    found = [f"{path.relative_to(ROOT)}:{line}: {text}" for path in CORE for line, text, _ in _strings(path)]
    assert len(found) > 1000
    assert not [text for text in found if FLAG.search(text)]
    assert FLAG.search("use --members 1")


def test_the_command_line_knows_every_parameter_that_the_core_names():
    # these two quote types and fields as msgspec does
    core = [path for path in CORE if path.name not in ("decode.py", "metadata_checks.py")]
    named = {
        (path.name, name) for path in core for _, text, doc in _strings(path) if not doc for name in NAMED.findall(text)
    }
    assert {name for _, name in named} > {"members", "drop", "where", "trust_model", "top"}
    filled_in = "x"
    assert not {(file, name) for file, name in named if name not in (*FLAGS, *FOLDED, filled_in)}


def test_an_error_is_told_with_flags(capsys):
    def fail():
        raise DataError("`compare` needs scikit-learn", "or leave the column out with `drop='age'`")

    assert exit_code_of(fail) == 3
    assert capsys.readouterr().err == (
        "bnfit: error: --show compare needs scikit-learn\n  or leave the column out with --drop 'age'\n"
    )


def test_lines_and_notes_have_flags_and_data_stay():
    grid = Grid(("`top`",), (("`top`",),))
    assert lines_with_flags([Line("`top=30` shows all.", "note"), grid]) == [Line("--top 30 shows all.", "note"), grid]
    report = prediction(notes=("leave `save` out",))
    assert result_with_flags(report) == prediction(notes=("leave --save out",))
    warned = replace(EXPLANATION, warnings=("lower `learning_rate`",))
    assert result_with_flags(warned).warnings == ("lower --recipe learning-rate",)


def _strings(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Line, text and whether it is a docstring of each string constant; what an f-string fills in is an x."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield node.lineno, node.value, id(node) in docs
        elif isinstance(node, ast.JoinedStr):
            texts = (str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield node.lineno, "".join(texts), False


def test_a_field_of_a_damaged_file_is_no_flag():
    with pytest.raises(ValueError, match="unknown field 'top'") as caught:
        decode({"top": 1, "mean": 0.0, "column": "a", "sd": 1.0}, ColumnStatistics)
    assert with_flags(str(caught.value)) == str(caught.value)
    with pytest.raises(ValueError, match="missing required field 'column'") as caught:
        decode({"mean": 0.0, "sd": 1.0}, ColumnStatistics)
    assert with_flags(str(caught.value)) == str(caught.value)
