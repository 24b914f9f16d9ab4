"""The documentation that is made from the code is up to date, and the JSON Schema says what documents hold."""

import importlib.util
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from json_documents import breaches
from jsonschema import Draft202012Validator
from report_records import (
    CLASSES,
    EXPLANATION,
    EXPORT,
    FIT,
    FULL,
    FULL_SEARCH,
    NODES,
    SEARCH,
    STUDY,
    TABLE,
    fit,
    prediction,
)
from typer.main import get_command

from bnfit.cli.app import app
from bnfit.cli.json_schema import DOCUMENTS, json_schema
from bnfit.report.documents import FORMAT, to_json
from bnfit.results.gates import GateResult
from bnfit.table.types import RejectedRow

DOCS = Path(__file__).parents[1] / "docs"
SPEC = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
REFERENCE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(REFERENCE)

REJECTED = {"rejected": 1, "rejected_rows": (RejectedRow(3, None, "too few cells"),)}
GATES = {"gates": (GateResult("r2 < 0.8", 0.9, 0.8, True), GateResult("mse > base.mse", 31.2, None, False))}
MODEL = {"model": "model.keras", **GATES}
SAVED = {**MODEL, **REJECTED}
CASES = {
    "search": ("search", SEARCH, SAVED),
    "search with everything": ("search", FULL_SEARCH, SAVED),
    "fit": ("fit", FIT, SAVED),
    "fit with everything": ("fit", fit(FULL), SAVED),
    "fit of classes": ("fit", fit(CLASSES), SAVED),
    "explain": ("explain", EXPLANATION, MODEL),
    "explain with everything": ("explain", FULL, {"nodes": NODES, **SAVED}),
    "explain a model without γ": (
        "explain",
        replace(EXPLANATION, importances=(replace(EXPLANATION.importances[0], gamma=None, gamma_se=math.nan),)),
        MODEL,
    ),
    "predict": ("predict", prediction({"mse": 3.0, "r2": math.nan}), {"predictions": ({"prediction": 1.0},), **GATES}),
    "predict to a file": ("predict", prediction(), {"output": "p.csv", "gates": ()}),
    "export": ("export", EXPORT, {"model": "m.keras", "output": "m.onnx"}),
    "dry run": ("dry_run", TABLE, REJECTED),
    "study": ("study", STUDY, {"output": "study", "files": ("report.md",), **REJECTED}),
}


@pytest.mark.parametrize("name", REFERENCE.PAGES)
def test_what_is_made_from_the_code_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == REFERENCE.PAGES[name](), "run `make docs`"


def test_every_option_is_in_the_reference_of_its_command():
    pages = REFERENCE.cli_page().split("## ")
    for name, command in get_command(app).commands.items():
        (page,) = [page for page in pages if page.startswith(f"bnfit {name}\n")]
        options = [p for p in command.params if p.param_type_name == "option"]
        named = re.findall(r"^\| `(-.*?)`", page, re.MULTILINE)
        spellings = {word for words in named for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", words)}
        assert spellings == {s for p in options for s in (*p.opts, *p.secondary_opts)}


@pytest.mark.parametrize("case", CASES)
def test_a_document_keeps_to_the_schema(case):
    kind, result, more = CASES[case]
    document = json.loads(to_json(result, **more))
    assert not breaches(document, kind)
    assert document["format"] == FORMAT
    Draft202012Validator(json.loads((DOCS / "json.schema.json").read_text(encoding="utf-8"))).validate(document)


def test_every_kind_of_document_is_tried():
    assert {kind for kind, _, _ in CASES.values()} == set(DOCUMENTS)


@pytest.mark.parametrize("case", CASES)
def test_a_key_more_or_less_or_of_another_type_is_a_breach(case):
    kind, result, more = CASES[case]
    document = json.loads(to_json(result, **more))
    assert breaches({**document, "further": 1}, kind)
    assert breaches({**document, "versions": 3}, kind)
    assert breaches({**document, "format": FORMAT + 1}, kind)
    required = json_schema()["$defs"][kind]["required"]
    for key in required:
        assert breaches({name: value for name, value in document.items() if name != key}, kind)


def test_every_key_is_described():
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    missing = [
        (name, key)
        for name, part in schema["$defs"].items()
        for key, value in part["properties"].items()
        if not value.get("description")
    ]
    assert not missing
