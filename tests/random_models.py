"""Models with random weights for real schemas: what predicting needs, without a training."""

import numpy as np
import pandas as pd
from random_networks import member

from bnfit.model.metadata import Metadata
from bnfit.model.model import Model
from bnfit.model.training_rows import packed_rows
from bnfit.networks.layers import Activation, Network
from bnfit.networks.merge import merge
from bnfit.results.versions import installed_versions
from bnfit.schema.dataset import target_matrix
from bnfit.schema.infer import infer_schema
from bnfit.schema.types import SchemaOptions

OUTPUTS = {"regression": "linear", "binary": "sigmoid", "multiclass": "softmax"}
NO_OPTIONS = SchemaOptions()


def mixed_table(rows=200, target="number", seed=0):
    """Text cells of every kind as a file has them, with gaps, and the target column 'y'."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "id": [f"p{i:05}" for i in range(rows)],
            "x": (1e6 + 10 * x).round(3).astype(str),
            "dose": [f"{v:,.2f} €" for v in rng.uniform(0, 5000, rows)],
            "kind": rng.choice(["a", "b, c", 'd "e"', "ü"], rows),
            "smoker": rng.choice(["yes", "no"], rows),
            "day": [str(day.date()) for day in pd.to_datetime("2020-01-01") + pd.to_timedelta(range(rows), unit="D")],
        }
    )
    for column in ("x", "dose", "kind"):
        frame.loc[rng.random(rows) < 0.1, column] = None
    values = {
        "number": (x + rng.normal(size=rows)).round(3).astype(str),
        "two": np.where(x > 0, "ill", "well"),
        "three": np.where(x > 0.5, "high", np.where(x < -0.5, "low", "mid")),
    }
    frame["y"] = values[target]
    return frame.astype("str")


def model_of(frame, target="y", members=3, seed=0, options=NO_OPTIONS):
    """A model of a frame's columns with random weights; it knows the frame's rows as those it was trained on."""
    rng = np.random.default_rng(seed)
    schema = infer_schema(frame, target, options)
    x = schema.encode(frame).x
    y = target_matrix(schema, schema.encode_target(frame))
    parts = [member(rng, x, "bn-input", (5,), outputs=y.shape[1]) for _ in range(members)]
    if schema.task != "regression":
        parts = [Network((*part.layers, Activation(OUTPUTS[schema.task]))) for part in parts]
    folds = [np.arange(len(x))[f::members] for f in range(members)]
    means = tuple(x.mean(0).tolist())
    metadata = Metadata(versions=installed_versions(), rows=packed_rows(x, y, folds), means=means)
    return Model(merge(parts, x, 1e-9), schema, metadata)
