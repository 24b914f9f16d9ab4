"""The metadata of a model file: read back as written; damaged, refused by name, and nothing else ever happens."""

import copy
import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from odd_values import ODD, nodes

from bnfit.api import explain_model, predict_table
from bnfit.api.models import Model
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError, ModelFileError
from bnfit.importance.options import ImportanceOptions
from bnfit.model import model as model_module
from bnfit.model.archive import ModelFile
from bnfit.model.live import live_model
from bnfit.model.metadata import FORMAT, FitSummary, from_document, to_document
from bnfit.model.model import load_model
from bnfit.networks.layers import Network
from bnfit.report.content import blocks_of
from bnfit.report.documents import to_json, to_markdown
from bnfit.report.html.page import About, render_page
from bnfit.report.terminal import to_text
from bnfit.results.fit import FitReport
from bnfit.results.shown import SHOWN
from bnfit.tuning.search_table import search_table

ROWS = 40
ASKED = ImportanceOptions(groups={"both": ("a", "b")}, baselines=("zero", "permute"), shadow=True)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 2)), columns=["a", "b"]).assign(kind=rng.choice(["u", "v"], ROWS))
    frame["y"] = frame["a"] + 0.1 * frame["b"]
    _, model = fit_table(frame, "y", layers=1, units=2, epochs=3, folds=2, members=2, questions=ASKED)
    return frame, model.network, json.loads(json.dumps(to_document(model.metadata, model.schema)))


@pytest.fixture
def load(fitted, monkeypatch):
    def load_with(document, network=fitted[1]):
        def read(_path, trust, columns_of):
            assert not trust
            columns_of(document)
            return ModelFile(network, document)

        monkeypatch.setattr(model_module, "read_model", read)
        return load_model("m.keras")

    return load_with


def set_at(document, where, value):
    """A copy of the document with another value at a path."""
    changed = copy.deepcopy(document)
    *path, last = where
    inner = changed
    for key in path:
        inner = inner[key]
    inner[last] = value
    return changed


@pytest.mark.slow
def test_what_is_written_is_read_back(fitted, load):
    _, _, document = fitted
    model = load(document)
    assert {"shadows", "groups"} <= {name for name, said in vars(model.metadata.explanation).items() if said}
    assert json.loads(json.dumps(to_document(model.metadata, model.schema))) == document
    assert document["format"] == FORMAT


@pytest.mark.slow
def test_classes_and_searches_are_read_back(load):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 2)), columns=["a", "b"])
    classes = frame.assign(y=np.where(frame.a > 0, "u", "v"))
    small = {"layers": 1, "units": 2, "epochs": 2, "folds": 2, "members": 2}
    searched = search_table(frame.assign(y=frame.a), "y", layers=[1], units=[2, 3], epochs=2, folds=2, members=2)[1]
    for model in (fit_table(classes, "y", **small)[1], searched):
        document = json.loads(json.dumps(to_document(model.metadata, model.schema)))
        loaded = load(document, model.network)
        assert json.loads(json.dumps(to_document(loaded.metadata, loaded.schema))) == document
        assert loaded.explanation() == model.explanation()
    assert loaded.metadata.search == searched.metadata.search


def test_the_summary_of_a_fit_leaves_out_what_differs_between_equal_runs():
    names = [{field.name for field in dataclasses.fields(kind)} for kind in (FitReport, FitSummary)]
    assert names[0] - names[1] == {"explanation", "seconds", "schema"}
    assert names[1] <= names[0]


EXPLAINED, MEANS = ("explanation",), "Expected one number for each of 3 encoded columns - at '$.means'"
PROBABILITY = "Expected a probability from 0 to 1 - at '$.explanation"
SCALE = {"centre": [0.0, 0.0], "width": [1.0, 1.0], "weights": [0.0, 0.0, 0.0], "offset": 0.0}


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("schema", "columns", 0, "kind"), "colour", "the model's schema is damaged"),
        (("fit", "seed"), "x", "Expected 'int', got 'str' - at '$.fit.seed'"),
        (("fit", "seed"), -1, "Expected 'int' >= 0 - at '$.fit.seed'"),
        (("fit", "colour"), 1, "Object contains unknown field 'colour' - at '$.fit'"),
        (("colour",), 1, "Object contains unknown field 'colour' - at '$'"),
        (("recipe", "schedule"), "x", "unknown schedule 'x'"),
        (("recipe", "learning_rate"), -1.0, "learning rate must be a positive number, not -1.0 - at '$.recipe'"),
        (("means",), [1.0], MEANS),
        (("means", 1), "1.0", "Expected 'float', got 'str' - at '$.means[1]'"),
        (("means", 1), float("inf"), "Expected a finite number of at most 1e+305, got 'inf' - at '$.means[1]'"),
        (("members", "folds"), [0, 1, 0], "Expected a fold for each of 2 members, or none - at '$.members.folds'"),
        (("members", "folds"), [0, 2], "Expected folds from 0 to below the number of folds - at '$.members.folds'"),
        (("rows", "keys"), "&", "Invalid base64 encoded string - at '$.rows.keys'"),
        (("rows", "folds"), "", "Expected 8 bytes a row, and 2 in '$.rows.folds' - at '$.rows.keys'"),
        (("rows", "folds"), "CQAA" * 26 + "CQA=", "Expected folds from 0 to the number of folds - at '$.rows.folds'"),
        (("gamma", "gammas"), [[1.0, 2.0]], "Expected one number for each of 3 columns - at '$.gamma.gammas'"),
        (("gamma", "gamma"), [[1.0, 2.0, 3.0]], "Expected 'float', got 'array' - at '$.gamma.gamma[0]'"),
        (("errors", "scores"), [2.0, 1.0], "Expected scores in rising order - at '$.errors.scores'"),
        (("errors", "count"), 3, "Expected at least one score and no more than 'count' - at '$.errors.scores'"),
        (("errors", "scale"), SCALE | {"width": [1.0, 0.0]}, "Expected a mean, a deviation above 0 and a weight for"),
        (("errors", "scale"), SCALE, "Expected a mean, a deviation above 0 and a weight for each input"),
        (("out_of_fold", "true"), [], "Expected as many numbers as 'true' has - at '$.out_of_fold.predicted'"),
        (("curves", 0, "loss", 1), "x", "Expected 'float | null', got 'str' - at '$.curves[0].loss[1]'"),
        (
            (*EXPLAINED, "importances", 0, "gamma"),
            "x",
            "Expected 'float | null', got 'str' - at '$.explanation.importances[0].gamma'",
        ),
        (
            (*EXPLAINED, "importances", 0, "column"),
            "b",
            "Expected one entry for each column of the schema, in its order - at '$.explanation.importances'",
        ),
        ((*EXPLAINED, "importances", 1, "increases", 0, "p"), 1.5, f"{PROBABILITY}.importances[1]'"),
        ((*EXPLAINED, "groups", 0, "increases", 0, "p"), -0.5, f"{PROBABILITY}.groups[0]'"),
        ((*EXPLAINED, "shadows", "level"), 5.0, f"{PROBABILITY}.shadows'"),
        ((*EXPLAINED, "shadows", "columns"), [], "Expected one entry for each column of the schema"),
        ((*EXPLAINED, "shadows", "columns", 0, "beyond"), 1, "Expected 'bool', got 'int'"),
        (
            (*EXPLAINED, "metrics", "mse"),
            float("nan"),
            "Expected a finite number of at most 1e+305, got 'nan'",
        ),
        ((*EXPLAINED, "agreement", "sentence"), None, "Expected 'str', got 'null' - at '$.explanation.agreement."),
        ((*EXPLAINED, "statistics", 0, "column"), "x", "Expected one entry for each column of the schema"),
        ((*EXPLAINED, "baselines"), ["sideways"], "Expected ways of zero, mean"),
        ((*EXPLAINED, "confusion"), {"classes": ["u"], "counts": [[1]]}, "Expected a row and a column for each of 0"),
        (
            (*EXPLAINED, "roc"),
            [{"name": "u", "area": 2, "false_positive": [0], "true_positive": []}],
            "Expected the name of a class",
        ),
        ((*EXPLAINED, "origin"), "new.csv", "Expected 'object', got 'str' - at '$.explanation.origin'"),
        ((*EXPLAINED, "origin", "kind"), "old_rows", "Invalid enum value 'old_rows' - at '$.explanation.origin.kind'"),
        ((*EXPLAINED, "origin", "kind"), "new_rows", "Expected numbers of rows for a table other than"),
        ((*EXPLAINED, "importances", 0, "gamma"), 1e308, "Expected a finite number of at most 1e+305, got '1e+308'"),
        ((*EXPLAINED, "importances", 0, "column"), None, "Expected 'str', got 'null'"),
        ((*EXPLAINED, "effects", 0, "column"), "lost", "Expected a column of the schema, and one of its classes"),
        ((*EXPLAINED, "effects", 0, "of"), "ill", "Expected a column of the schema, and one of its classes"),
        ((*EXPLAINED, "effects", 0, "change"), [1.0], "Expected a change at each value or level"),
        ((*EXPLAINED, "effects", 0, "se"), [], "Expected a change at each value or level"),
        ((*EXPLAINED, "calibration", 0, "rows"), 0, "Expected 'int' >= 1 - at '$.explanation.calibration'"),
        ((*EXPLAINED, "agreement", "spearman"), "x", "Expected 'float | null', got 'str'"),
        (("fit", "arm"), "leg", "Expected one of "),
        (("fit", "folds"), "30000", "Expected 'int', got 'str'"),
        (("means", 1), 1e200, "Expected numbers of at most 1e+150 - at '$.means'"),
        (("errors", "count"), 10**17, "Expected at least one score and no more than 'count' - at '$.errors.scores'"),
        ((*EXPLAINED, "rows"), -1, "Expected 'int' >= 0 - at '$.explanation.rows'"),
    ],
)
def test_what_is_damaged_is_named_with_its_file(fitted, load, where, value, said):
    said = said if where[0] == "schema" else f"bnfit.json is damaged: {said}"
    with pytest.raises(ModelFileError) as error:
        load(set_at(fitted[2], where, value))
    assert error.value.message.startswith(f"'m.keras': {said}")
    assert error.value.hint == "copy or save the file again" or where[0] == "schema"


@pytest.mark.parametrize(
    ("number", "versions", "message", "hint"),
    [
        (FORMAT + 1, {}, "'m.keras' was written by a later bnfit", "update bnfit to read it"),
        (
            FORMAT - 1,
            {"versions": {"bnfit": "0.0.9"}},
            "'m.keras' was made by bnfit 0.0.9, in a form that is no longer read",
            "fit again",
        ),
        (
            FORMAT - 1,
            {"versions": []},
            "'m.keras' was made by an earlier bnfit, in a form that is no longer read",
            "fit again",
        ),
        ("2", {}, "'m.keras': bnfit.json is damaged: its format is no number", "copy or save the file again"),
    ],
)
def test_another_format_is_refused_with_what_to_do(fitted, load, number, versions, message, hint):
    with pytest.raises(ModelFileError) as error:
        load({**fitted[2], **versions, "format": number})
    assert (error.value.message, error.value.hint) == (message, hint)


def test_reading_takes_each_field_as_its_type_says():
    with pytest.raises(ModelFileError, match=r"Expected 'object', got 'array' - at '\$.versions'"):
        from_document({"versions": []})
    assert from_document({"format": FORMAT, "schema": 1, "means": [1]}).means == (1.0,)


def test_a_network_beside_the_schema_of_another_is_refused(fitted, load):
    _, network, document = fitted
    columns = [c for c in document["schema"]["columns"] if c["name"] != "b"]
    with pytest.raises(ModelFileError, match=r"^'m.keras': the network does not fit the schema"):
        load({**document, "schema": {**document["schema"], "columns": columns}})
    with pytest.raises(ModelFileError, match=r"^'m.keras': the network does not fit the schema"):
        load(document, Network(network.layers[:2]))


@pytest.mark.parametrize(("missing", "data"), [("explanation", False), ("means", True)])
def test_what_is_missing_is_missed_where_it_is_needed(fitted, load, missing, data):
    frame, _, document = fitted
    model = load({name: said for name, said in document.items() if name != missing})
    assert predict_table(model, frame)[1].rows == ROWS
    with pytest.raises(ModelFileError, match=r"'m.keras' (are not measured|does not say)"):
        explain_model(model, frame if data else None)


def rendered(model):
    """All that is ever shown of a model: text, Markdown, JSON and the page."""
    result = explain_model(model)
    shown = blocks_of(result, show=SHOWN, top=100)
    page = render_page(result, About(columns=model.schema.report(), live=live_model(model)))
    return to_text(shown, 80), to_markdown(shown), to_json(result), page, repr(Model(model))


def try_mutants(fitted, load, count, seed):
    """Change one value of the metadata at a time; return how many files were read and how many refused."""
    frame, _, document = fitted
    rng, places, outcomes = np.random.default_rng(seed), len(list(nodes(document))), {"read": 0, "refused": 0}
    for _ in range(count):
        changed = copy.deepcopy(document)
        container, key = list(nodes(changed))[rng.integers(places)]
        container[key] = ODD[rng.integers(len(ODD))]
        said = "'m.keras'"
        try:
            model = load(changed)
            predict_table(model, frame, interval=0.5)
            explain_model(model, frame)
            rendered(model)
            outcomes["read"] += 1
        except DataError:
            outcomes["refused"] += 1
        except ModelFileError as error:
            outcomes["refused"] += 1
            said = error.message
        assert "'m.keras'" in said
    return outcomes


@pytest.mark.parametrize("count", [100, pytest.param(5_000, marks=pytest.mark.torture)])
def test_metadata_of_any_type_never_do_anything_else(fitted, load, count, tally):
    assert min(try_mutants(fitted, load, count, count).values()) > count / 10
    tally("mutants tried", count)
