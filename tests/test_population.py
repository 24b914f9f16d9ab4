"""A member of a population ends as the same network ends alone in a plain Keras `fit`."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bnfit.architecture import ARMS, Architecture
from bnfit.inference import Activation, BatchNorm, Dense, Normalization
from bnfit.population import Member, Table, train
from bnfit.population.members import batches, chunks, start
from bnfit.recipe import RECIPES
from bnfit.resampling import kfold, without

RATE = 2**-8  # exact in float32, in which Keras keeps it
KERAS_LIKE = RECIPES["paper"].changed(learning_rate=RATE, epochs=8, batch_size=16)
ROWS = 60


def member(architecture, fold=0, seed=0, shuffle=0, stop_share=0.0):
    return Member(architecture, SPLITS[stop_share][fold], seed, shuffle)


SPLITS = {share: [without(ROWS, judge, share, 0) for judge in kfold(ROWS, 4, 0)] for share in (0.0, 0.2)}


def keras_layers(member, x, columns):
    """The member's network as stock float64 Keras layers on raw columns, with its start, not yet applied."""
    import keras

    architecture, arm = member.architecture, member.architecture.normalisation
    rows = x[member.split.train]
    layers = []
    if arm.standardised:
        layers.append(keras.layers.Normalization(mean=rows.mean(0), variance=rows.var(0), dtype="float64"))
    if arm.input_norm:
        layers.append(keras.layers.BatchNormalization(dtype="float64"))
    for units in architecture.units:
        layers.append(keras.layers.Dense(units, dtype="float64"))
        if arm.hidden_norm:
            layers.append(keras.layers.BatchNormalization(dtype="float64"))
        layers.append(keras.layers.Activation(architecture.activation, dtype="float64"))
    layers.append(keras.layers.Dense(1, dtype="float64"))
    layers.append(keras.layers.Activation(architecture.output_activation, dtype="float64"))
    return layers


def fit_in_keras(members, x, y, recipe, optimizer, together):
    """Each member's stock layers after a plain Keras `fit` of the given batches; `together` as outputs of one model."""
    import keras

    bundles = [members] if together else [[m] for m in members]
    fitted = []
    for bundle in bundles:
        entry = keras.Input((x.shape[1],), dtype="float64")
        outputs = []
        for m in bundle:
            layers, h = keras_layers(m, x, x.shape[1]), entry
            for layer in layers:
                h = layer(h)
            kernels = start(m, x.shape[1], 1)
            for number, dense in enumerate(la for la in layers if isinstance(la, keras.layers.Dense)):
                dense.kernel.assign(kernels[f"kernel{number}"])
            fitted.append(layers)
            outputs.append(h)
        model = keras.Model(entry, outputs)
        model.compile(optimizer(), loss=["mse"] * len(bundle), jit_compile=False)

        class Batches(keras.utils.PyDataset):
            def __init__(self, m, width):
                super().__init__()
                self.m, self.width = m, width
                self.parts = [
                    b for e in range(recipe.epochs) for b in batches(m.split.train, recipe.batch_size, e, m.shuffle)
                ]

            def __len__(self):
                return len(self.parts)

            def __getitem__(self, i):
                return x[self.parts[i]], (y[self.parts[i]],) * self.width

        model.fit(Batches(bundle[0], len(bundle)), epochs=1, shuffle=False, verbose=0)
    return fitted


def arrays(network):
    """Every array of a NumPy network, named."""
    named = {}
    for position, layer in enumerate(la for la in network.layers if not isinstance(la, Activation | Normalization)):
        fields = ("kernel", "bias") if isinstance(layer, Dense) else ("gamma", "beta", "mean", "variance")
        named |= {f"{position} {type(layer).__name__} {f}": getattr(layer, f) for f in fields}
    return named


def keras_arrays(layers):
    import keras

    named = {}
    kept = [la for la in layers if isinstance(la, keras.layers.Dense | keras.layers.BatchNormalization)]
    for position, layer in enumerate(kept):
        if isinstance(layer, keras.layers.Dense):
            values = {"kernel": layer.kernel, "bias": layer.bias}
        else:
            values = dict(zip(("gamma", "beta"), (layer.gamma, layer.beta), strict=True))
            values |= {"mean": layer.moving_mean, "variance": layer.moving_variance}
        kind = "Dense" if isinstance(layer, keras.layers.Dense) else "BatchNorm"
        named |= {f"{position} {kind} {f}": np.asarray(v) for f, v in values.items()}
    return named


def gap(ours, theirs, normalised_hidden):
    """Largest relative difference over all arrays; a shift before a BatchNormalization does not count (see below)."""
    worst = 0.0
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        worst = max(worst, float(np.max(np.abs(value - theirs[name]) / (1e-3 + np.abs(theirs[name])))))
    return worst


def optimizers():
    import keras

    def adamw():
        optimizer = keras.optimizers.AdamW(RATE, weight_decay=0.125)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer

    return {
        "sgd": lambda: keras.optimizers.SGD(RATE),
        "adam": lambda: keras.optimizers.Adam(RATE),
        "adamw": adamw,
    }


@pytest.mark.parametrize("arm", list(ARMS))
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_members_end_as_in_a_plain_keras_fit(small_table, arm, optimizer):
    x, y = small_table
    depths = ((5,), (4, 2), (3, 5, 4), (2, 3, 4, 5))
    activations = ("tanh", "relu", "sigmoid") if optimizer == "sgd" else ("tanh",)
    outputs = itertools.cycle(("linear", "relu", "linear"))
    members = [
        member(Architecture(units, activation, next(outputs), arm), seed=3)
        for units, activation in itertools.product(depths, activations)
    ]
    recipe = KERAS_LIKE.changed(optimizer=optimizer, weight_decay=0.125 if optimizer == "adamw" else 0.0)
    if arm == "raw":
        recipe = recipe.changed(epochs=3)
    ours = [arrays(t.network) for t in train(members, Table(x, y), recipe, dtype="float64")]
    theirs = [keras_arrays(f) for f in fit_in_keras(members, x, y, recipe, optimizers()[optimizer], together=True)]
    begun = [arrays(t.network) for t in train(members, Table(x, y), recipe.changed(epochs=1), dtype="float64")]
    hidden_norm = ARMS[arm].hidden_norm
    assert min(gap(a, b, hidden_norm) for a, b in zip(begun, theirs, strict=True)) > 1e-4, "training must matter"
    same_shape = [(a, b) for a, b in itertools.pairwise(ours) if all(a[k].shape == b[k].shape for k in a if k in b)]
    assert all(gap(a, b, hidden_norm) > 1e-4 for a, b in same_shape if a.keys() == b.keys()), "members must differ"
    gaps = [gap(a, b, hidden_norm) for a, b in zip(ours, theirs, strict=True)]
    assert max(gaps) < 1e-8, {m.architecture.label: g for m, g in zip(members, gaps, strict=True) if g >= 1e-8}
