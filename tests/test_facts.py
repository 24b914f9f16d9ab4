"""What a model file says of itself: damaged, it is refused by name, and nothing else ever happens."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from test_modelfile import ODD, nodes

from bnfit import model as model_module
from bnfit.errors import DataError, ModelFileError
from bnfit.inference import Network
from bnfit.model import load_model
from bnfit.modelfile import ModelFile
from bnfit.pipeline import explain_model, fit_table, predict_table

ROWS = 40


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 2)), columns=["a", "b"]).assign(kind=rng.choice(["u", "v"], ROWS))
    frame["y"] = frame["a"] + 0.1 * frame["b"]
    _, model = fit_table(frame, "y", layers=1, units=2, epochs=3, folds=2, members=2)
    return frame, model.network, json.loads(json.dumps(model.facts))


@pytest.fixture
def load(fitted, monkeypatch):
    def load_with(facts, network=fitted[1]):
        monkeypatch.setattr(model_module, "read_model", lambda _path, trust: ModelFile(network, facts))
        return load_model("m.keras")

    return load_with


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("schema", "columns", 0, "kind"), "colour", "the model's schema is damaged"),
        (("means",), [1.0], "'means' in bnfit.json is damaged"),
        (("fit", "seed"), "x", "'fit' in bnfit.json is damaged"),
        (("members", "folds"), [0, 1, 0], "'members' in bnfit.json is damaged"),
        (("rows", "keys"), "&", "'rows' in bnfit.json is damaged"),
        (("rows", "folds"), "", "'rows' in bnfit.json is damaged"),
        (("gamma", "gammas"), [[1.0, 2.0]], "'gamma' in bnfit.json is damaged"),
        (("errors", "sizes"), [2.0, 1.0], "'errors' in bnfit.json is damaged"),
    ],
)
def test_what_is_damaged_is_named_with_its_file(fitted, load, where, value, said):
    facts = copy.deepcopy(fitted[2])
    *path, last = where
    inner = facts
    for key in path:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(ModelFileError, match=f"^'m.keras': {said}"):
        load(facts)


def test_a_network_beside_the_schema_of_another_is_refused(fitted, load):
    _, network, facts = fitted
    columns = [c for c in facts["schema"]["columns"] if c["name"] != "b"]
    with pytest.raises(ModelFileError, match=r"^'m.keras': the network does not fit the schema"):
        load({**facts, "schema": {**facts["schema"], "columns": columns}})
    with pytest.raises(ModelFileError, match=r"^'m.keras': the network does not fit the schema"):
        load(facts, Network(network.layers[:2]))


@pytest.mark.parametrize(("missing", "data"), [("explanation", False), ("means", True)])
def test_what_is_missing_is_missed_where_it_is_needed(fitted, load, missing, data):
    frame, _, facts = fitted
    model = load({name: said for name, said in facts.items() if name != missing})
    assert predict_table(model, frame)[1].rows == ROWS
    with pytest.raises(ModelFileError, match=r"^'m.keras' (holds no|does not say)"):
        explain_model(model, frame if data else None)


def test_facts_of_any_type_never_do_anything_else(fitted, load):
    frame, _, facts = fitted
    kept = {name: facts[name] for name in facts if name not in ("curves", "out_of_fold", "versions", "recipe")}
    kept["errors"] = {**kept["errors"], "count": 3, "sizes": [1.0, 2.0, 3.0]}
    rng, count, outcomes = np.random.default_rng(3), len(list(nodes(kept))), {"read": 0, "refused": 0}
    for _ in range(100):
        changed = copy.deepcopy(kept)
        container, key = list(nodes(changed))[rng.integers(count)]
        container[key] = ODD[rng.integers(len(ODD))]
        said = "'m.keras'"
        try:
            model = load(changed)
            predict_table(model, frame, interval=0.5)
            explain_model(model, frame)
            explain_model(model)
            outcomes["read"] += 1
        except DataError:
            outcomes["refused"] += 1
        except ModelFileError as error:
            outcomes["refused"] += 1
            said = error.message
        assert "'m.keras'" in said
    assert min(outcomes.values()) > 20
