"""JSON Schema of the documents that `--json` prints, made from the results that they are made from."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any, Literal, get_type_hints

import msgspec

from bnfit.report.documents import CONTAINED, FORMAT
from bnfit.results.explanation import Explanation, NodeImportance
from bnfit.results.export import ExportReport
from bnfit.results.fit import FitReport
from bnfit.results.gates import GateResult
from bnfit.results.predict import PredictReport
from bnfit.results.search import SearchReport
from bnfit.results.study import StudyReport
from bnfit.results.table import TableReport
from bnfit.table.types import RejectedRow

Schema = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Key:
    """A key of a document beside the fields of its result.

    Attributes:
        type: of the value.
        meaning: of the value.
        always: whether every such document has it.
    """

    type: Any
    meaning: str
    always: bool = True


@dataclasses.dataclass(frozen=True)
class Document:
    """A kind of document: the result that it holds, the command that prints it, and its further keys."""

    result: type
    printed_by: str
    keys: dict[str, Key]


REJECTED = {
    "rejected": Key(int, "rows of the table that could not be read."),
    "rejected_rows": Key(tuple[RejectedRow, ...], "each of them, with its place and the reason."),
}
SOMETIMES_REJECTED = {name: dataclasses.replace(key, always=False) for name, key in REJECTED.items()}
GATES = {"gates": Key(tuple[GateResult, ...], "the conditions of `--fail-if`, each passed or failed.")}
SAVED = {"model": Key(str, "the model file."), **GATES, **REJECTED}
DOCUMENTS = {
    "search": Document(SearchReport, "bnfit search", SAVED),
    "fit": Document(FitReport, "bnfit fit", SAVED),
    "explain": Document(
        Explanation,
        "bnfit explain",
        {
            "model": SAVED["model"],
            **GATES,
            **SOMETIMES_REJECTED,
            "nodes": Key(tuple[NodeImportance, ...], "importances of the hidden nodes: `--show nodes`.", always=False),
        },
    ),
    "predict": Document(
        PredictReport,
        "bnfit predict",
        {
            **GATES,
            "output": Key(str, "the file that holds the predictions, by `--output`.", always=False),
            "predictions": Key(
                tuple[dict[str, Any], ...], "without `--output`: a row each, by the names of its columns.", always=False
            ),
        },
    ),
    "export": Document(
        ExportReport,
        "bnfit export",
        {"model": Key(str, "the model file."), "output": Key(str, "the file that was written."), **SOMETIMES_REJECTED},
    ),
    "dry_run": Document(TableReport, "bnfit fit --dry-run, bnfit search --dry-run", REJECTED),
    "study": Document(
        StudyReport,
        "bnfit study",
        {"output": Key(str, "the folder."), "files": Key(tuple[str, ...], "the files in it."), **REJECTED},
    ),
}
COMMON = {
    "format": Key(Literal[FORMAT], "number of this format: higher when a key goes or means something else."),
    "versions": Key(dict[str, str | None], "of bnfit, Python and what a result depends on."),
}
ADDED: dict[type, dict[str, Key]] = {
    Explanation: {
        "origin": Key(str, "which rows the errors were measured on."),
        "skilled": Key(bool, "whether the model predicts better than a constant; if not, importances rank nothing."),
    }
}
"""Keys that a document has for a result's fields or properties."""


def json_schema() -> Schema:
    """Make the JSON Schema of every document; under `$defs` each has its own, by the names in `DOCUMENTS`."""
    kinds = [
        dataclasses.make_dataclass(name, [(key, of.type) for key, of in keys_of(document).items()])
        for name, document in DOCUMENTS.items()
    ]
    _, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    meanings = {kind.__name__: meanings_of(kind) for kind in contained_results()}
    for name, document in DOCUMENTS.items():
        meanings[name] = {key: of.meaning for key, of in keys_of(document).items()}
    optional = {(name, key) for name, of in DOCUMENTS.items() for key, value in of.keys.items() if not value.always}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What bnfit prints with --json",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in DOCUMENTS],
        "$defs": {name: _object(name, part, meanings[name], optional) for name, part in parts.items()},
    }


def keys_of(document: Document) -> dict[str, Key]:
    """Return every key of a document, in the order in which they are printed."""
    return {"format": COMMON["format"], **_keys(document.result), **document.keys, "versions": COMMON["versions"]}


def _keys(result: type) -> dict[str, Key]:
    """Return the keys that `documents.to_json` makes of a result."""
    types, meanings = get_type_hints(result), meanings_of(result)
    own = {name: Key(kind, meanings.get(name, "")) for name, kind in types.items()} | ADDED.get(result, {})
    contained = CONTAINED.get(result)
    if contained is None:
        return own
    inner = _keys(own.pop(contained).type)
    return own | {name: key for name, key in inner.items() if name not in own}


def contained_results() -> Iterator[type]:
    """Yield the dataclasses that documents contain, each once."""
    seen: set[type] = set()
    waiting: list[Any] = [key.type for document in DOCUMENTS.values() for key in keys_of(document).values()]
    while waiting:
        kind = waiting.pop(0)
        waiting += getattr(kind, "__args__", ())
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in seen:
            seen.add(kind)
            waiting += get_type_hints(kind).values()
            yield kind


def meanings_of(kind: type) -> dict[str, str]:
    """Return what a dataclass' docstring says of each field, in the words of JSON."""
    # Python 3.13 takes the indentation out of docstrings, earlier ones leave it
    _, _, listed = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w[\w, .`]*): (.*(?:\n {5,}.*)*)", listed, re.MULTILINE)
    return {name.strip(): in_json(" ".join(text.split())) for names, text in entries for name in names.split(",")}


def in_json(text: str) -> str:
    """Put Python's names of constants in JSON's."""
    return re.sub(r"\b(None|True|False)\b", lambda found: {"None": "null"}.get(found[0], found[0].lower()), text)


def _object(name: str, part: Schema, meanings: dict[str, str], optional: set[tuple[str, str]]) -> Schema:
    """Complete the schema of an object: a document holds every field, whatever it defaults to in Python."""
    properties = {
        key: _value(value) | ({"description": meanings[key]} if meanings.get(key) else {})
        for key, value in part["properties"].items()
    }
    described = {"description": in_json(part["description"].split("\n")[0])} if "description" in part else {}
    required = [key for key in properties if (name, key) not in optional]
    return {"type": "object", **described, "properties": properties, "required": required}


def _value(schema: Schema) -> Schema:
    """Say what stands in a document: a number that is not finite is null there, and every field is written out."""
    kept = {name: value for name, value in schema.items() if name != "default"}
    if "anyOf" in kept:
        choices = [_value(choice) for choice in kept.pop("anyOf")]
        if all(choice.keys() == {"type"} for choice in choices):
            types = [kind for choice in choices for kind in _listed(choice["type"])]
            return kept | {"type": list(dict.fromkeys(types))}
        return kept | {"anyOf": choices}
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _value(kept[name])
    if "prefixItems" in kept:
        kept["prefixItems"] = [_value(item) for item in kept["prefixItems"]]
    return kept | {"type": ["number", "null"]} if kept.get("type") == "number" else kept


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types
