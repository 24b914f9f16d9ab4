"""Bad input through the real command line: an exit code, a line or two that say why, and nothing left behind."""

import io
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import typer
from bad_input_cases import AS_MODEL, CASES, DRY, EXPLAIN, FIT, GOOD, MODEL, PLAIN, PREDICT
from command_line import exit_code
from random_models import model_of

from bnfit.cli.app import app
from bnfit.model.model import save_model
from bnfit.table import byte_streams as sources

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import fuzz

WORDS = {
    DRY: ["fit", "data.csv", "--dry-run"],
    FIT: ["fit", "data.csv", "-o", "new.keras"],
    PREDICT: ["predict", "good.keras", "data.csv"],
    EXPLAIN: ["explain", "good.keras", "data.csv"],
    AS_MODEL: ["predict", "data.csv", "good.csv"],
    PLAIN: [],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "good.keras"
    save_model(model_of(pd.read_csv(io.StringIO(GOOD), dtype="str")), path)
    return path.read_bytes()


@pytest.fixture
def folder(model, tmp_path, monkeypatch):
    (tmp_path / MODEL).write_bytes(model)
    (tmp_path / "good.csv").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sources, "FIFO_SECONDS", 0.05)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return tmp_path


@pytest.fixture
def bnfit(folder, capsys):
    def call(*words):
        return exit_code(*words), *capsys.readouterr()

    return call


def make(path, content):
    if callable(content):
        content(path)
    elif content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def command(kind, words):
    target = ["--target", "y"] if kind in (DRY, FIT) and "--target" not in words else []
    return [*WORDS[kind], *target, *("data.csv" if word == "FILE" else word for word in words)]


def content(folder):
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def flags_of(name):
    """The options of a command."""
    parameters = typer.main.get_command(app).commands[name].params
    return {flag for parameter in parameters for flag in (*parameter.opts, *parameter.secondary_opts)}


def test_there_are_enough_cases():
    assert len(CASES) >= 150
    assert {kind for _, _, kind, _, _ in CASES.values()} == set(WORDS)


@pytest.mark.parametrize("name", CASES)
def test_bad_input_ends_in_a_line_that_says_why(bnfit, folder, name):
    code, said, kind, data, words = CASES[name]
    make(folder / "data.csv", data)
    before = content(folder)
    got, out, err = bnfit(*command(kind, words))
    errors = [line for line in err.splitlines() if not line.startswith(("rejected: ", "training "))]
    assert got == code, err
    assert content(folder) == before
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    told = {flag for line in errors for flag in re.findall(r"(?<![\w'-])--[a-z][a-z-]+", line)}
    assert kind == PLAIN or told <= {"--help", *flags_of(command(kind, words)[0]), *words}, (
        "a hint names an option that is none"
    )
    if code:
        assert out == ""
        assert errors[0].startswith("bnfit: error: ")
        assert said in errors[0]
        assert all(line.startswith("  ") for line in errors[1:])
        assert len(errors) <= 2 or errors[1].startswith("  - ")  # a diff of columns may be longer
    else:
        assert said in out + err
        assert "error" not in err.split("MSE")[0]


@pytest.mark.parametrize("kind", [DRY, PREDICT])
def test_a_file_without_permission(bnfit, folder, monkeypatch, kind):
    make(folder / "data.csv", GOOD)
    opened = Path.open

    def refuse(path, *args, **kwargs):  # root may read anything, so the mode alone proves nothing
        if path.name == "data.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    code, out, err = bnfit(*command(kind, []))
    assert (code, out, err) == (3, "", "bnfit: error: 'data.csv': no permission to read it\n")


def test_mutated_files_end_in_a_report_or_a_clean_error(model, tmp_path):
    (tmp_path / "model.keras").write_bytes(model)
    counts = fuzz.run(150, 1, tmp_path)
    assert counts["faults"] == 0, counts
    assert counts["reports"] > 15
    assert counts["errors"] > 15
