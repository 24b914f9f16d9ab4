"""A member of a population ends as the same network ends alone in a plain Keras `fit`."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from bnfit.evaluation.splits import kfold, without
from bnfit.networks.architecture import ARMS, Architecture
from bnfit.networks.layers import Activation, BatchNorm, Dense, LayerNorm, Normalization
from bnfit.population import optimisers
from bnfit.population.backend import tf
from bnfit.population.batches import batches
from bnfit.population.chunks import chunks
from bnfit.population.members import Member, start
from bnfit.population.norms import WEIGHT_EPSILON
from bnfit.population.program_cache import forget_programs
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow

RATE, BETAS, EPSILON = 2**-8, (0.875, 1 - 2**-10), 2**-20  # exact in float32, through which Keras passes them
KERAS_LIKE = RECIPES["paper"].changed(learning_rate=RATE, epochs=8, batch_size=16)
ROWS = 60


def member(architecture, fold=0, seed=0, shuffle=0):
    return Member(architecture, SPLITS[fold], seed, shuffle)


DEPTHS = ((5,), (4, 2), (3, 5, 4), (2, 3, 4, 5))
SPLITS = [without(ROWS, judge, 0.0, 0) for judge in kfold(ROWS, 4, 0)]


@pytest.fixture
def exact_adam(monkeypatch):
    """Adam with constants that Keras passes on exactly, compiled into programs of the test's own."""
    monkeypatch.setattr(optimisers, "ADAM_BETAS", BETAS)
    monkeypatch.setattr(optimisers, "ADAM_EPSILON", EPSILON)
    forget_programs()
    yield
    forget_programs()


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
        layers.append(keras_dense(architecture.hidden)(units, dtype="float64"))
        norm = keras_norm(architecture, units)
        pair = [*norm, keras.layers.Activation(architecture.activation, dtype="float64")]
        layers += pair[::-1] if architecture.hidden.after else pair
    layers.append(keras.layers.Dense(1, dtype="float64"))
    layers.append(keras.layers.Activation(architecture.output_activation, dtype="float64"))
    return layers


def keras_norm(architecture, units):
    """The stock layer that normalises a hidden layer, in a list; none for weights."""
    import keras

    kinds = {
        "batch": keras.layers.BatchNormalization,
        "layer": keras.layers.LayerNormalization,
        "group": functools.partial(keras.layers.GroupNormalization, architecture.groups(units)),
    }
    made = kinds.get(architecture.hidden.units)
    return [] if made is None else [made(epsilon=1e-3, dtype="float64")]


@functools.cache
def keras_dense(norm):
    """A Dense that computes with standardised or normalised weights, with a gain for each unit where that has one."""
    import keras

    if norm.weights is None:
        return keras.layers.Dense

    class NormalisedDense(keras.layers.Dense):
        def build(self, shape):
            super().build(shape)
            if norm.has_gain:
                self.gain = self.add_weight(shape=(self.units,), initializer="ones", dtype="float64")

        def begin(self):
            """Start from the length of the weights, where that is how the norm starts."""
            if norm.weights == "weight-normalised":
                self.gain.assign(keras.ops.sqrt(keras.ops.sum(keras.ops.square(self.kernel), 0)))

        def effective(self):
            kernel = self.kernel
            if norm.weights == "weight-standardised":
                kernel = kernel - keras.ops.mean(kernel, 0)
            kernel = kernel * keras.ops.rsqrt(keras.ops.sum(keras.ops.square(kernel), 0) + WEIGHT_EPSILON)
            return kernel * self.gain if norm.has_gain else kernel

        def call(self, inputs):
            return inputs @ self.effective() + self.bias

    return NormalisedDense


def fit_in_keras(members, x, y, recipe, optimizer, together, gamma=None):
    """Each member's stock layers after a plain Keras `fit` of the given batches; `together` as outputs of one model.

    The first layer starts with `gamma` (k,), where that is given.
    """
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
                if hasattr(dense, "begin"):
                    dense.begin()
            if gamma is not None:
                layers[0].gamma.assign(gamma)
            fitted.append(layers)
            outputs.append(h)
        model = keras.Model(entry, outputs)
        loss = keras.losses.MeanSquaredError(dtype="float64")  # Keras' default computes it in float32
        model.compile(optimizer(), loss=[loss] * len(bundle), jit_compile=False)

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
        own = {Dense: ("kernel", "bias"), LayerNorm: ("gamma", "beta")}
        fields = own.get(type(layer), ("gamma", "beta", "mean", "variance"))
        named |= {f"{position} {type(layer).__name__} {f}": getattr(layer, f) for f in fields}
    return named


def keras_arrays(layers):
    import keras

    named = {}
    over_units = keras.layers.LayerNormalization | keras.layers.GroupNormalization
    kept = [la for la in layers if isinstance(la, keras.layers.Dense | keras.layers.BatchNormalization | over_units)]
    for position, layer in enumerate(kept):
        if isinstance(layer, keras.layers.Dense):
            kernel = layer.effective() if hasattr(layer, "effective") else layer.kernel
            values = {"kernel": kernel, "bias": layer.bias}
        else:
            values = dict(zip(("gamma", "beta"), (layer.gamma, layer.beta), strict=True))
            if not isinstance(layer, over_units):
                values |= {"mean": layer.moving_mean, "variance": layer.moving_variance}
        kind = "LayerNorm" if isinstance(layer, over_units) else "BatchNorm"
        kind = "Dense" if isinstance(layer, keras.layers.Dense) else kind
        named |= {f"{position} {kind} {f}": np.asarray(v) for f, v in values.items()}
    return named


def gap(ours, theirs):
    """Largest relative difference over all arrays."""
    assert ours.keys() == theirs.keys()
    return max(float(np.max(np.abs(a - theirs[k]) / (1e-3 + np.abs(theirs[k])))) for k, a in ours.items())


def optimizers(rate):
    import keras

    first, second = BETAS

    def adamw():
        optimizer = keras.optimizers.AdamW(rate, weight_decay=0.125, beta_1=first, beta_2=second, epsilon=EPSILON)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer

    return {
        "sgd": lambda: keras.optimizers.SGD(rate),
        "adam": lambda: keras.optimizers.Adam(rate, beta_1=first, beta_2=second, epsilon=EPSILON),
        "adamw": adamw,
    }


OUTPUTS = {"tanh": "linear", "relu": "linear", "sigmoid": "relu"}
CASES = {"sgd": tuple(ARMS), "adam": ("raw", "zscore", "bn-input"), "adamw": ("bn", "zscore-bn")}
"""Arms that are trained together: members of all kinds in one program, only without hidden norms, only with them."""


def shared_out(optimizer):
    """Architectures that an optimiser trains: half of those of its arms, SGD the one and Adam the other."""
    arms = list(ARMS)
    combined = itertools.product(CASES[optimizer], enumerate(DEPTHS), enumerate(OUTPUTS))
    return [
        Architecture(units, activation, OUTPUTS[activation], arm)
        for arm, (depth, units), (k, activation) in combined
        if (arms.index(arm) + depth + k) % 2 == (optimizer == "sgd")
    ]


def test_every_depth_activation_and_arm_is_trained_by_each_optimiser_and_every_combination_once():
    trained = {optimizer: shared_out(optimizer) for optimizer in CASES}
    for optimizer, architectures in trained.items():
        for arm in CASES[optimizer]:
            own = [a for a in architectures if a.arm == arm]
            assert {len(a.units) for a in own} == set(map(len, DEPTHS))
            assert {a.activation for a in own} == set(OUTPUTS)
    labels = [(a.arm, a.label) for architectures in trained.values() for a in architectures]
    assert len(labels) == len(set(labels)) == len(ARMS) * len(DEPTHS) * len(OUTPUTS)


@pytest.mark.parametrize("optimizer", list(CASES))
def test_members_end_as_in_a_plain_keras_fit(small_table, exact_adam, optimizer):
    x, y = small_table
    rate = RATE / 2**12 if optimizer == "sgd" else RATE  # raw columns make plain SGD diverge
    recipe = KERAS_LIKE.changed(
        learning_rate=rate, optimizer=optimizer, weight_decay=0.125 if optimizer == "adamw" else 0.0
    )
    members = [member(architecture, seed=4) for architecture in shared_out(optimizer)]
    ours = [arrays(t.network) for t in train(members, Dataset(x, y), recipe, dtype="float64")]
    theirs = [keras_arrays(f) for f in fit_in_keras(members, x, y, recipe, optimizers(rate)[optimizer], together=True)]
    moved = [
        abs(last_kernel(t) - start(m, 4, 1)[f"kernel{len(m.architecture.units)}"].sum())
        for m, t in zip(members, theirs, strict=True)
    ]
    assert np.mean(np.array(moved) > 1e-6) > 0.8, "training must matter (a relu may be dead from the start)"
    by_arm = np.array([last_kernel(t) for t in theirs]).reshape(len(CASES[optimizer]), -1)
    assert all(abs(a - b) > 1e-4 for row in by_arm for a, b in itertools.combinations(row, 2)), "members must differ"
    gaps = [gap(a, b) for a, b in zip(ours, theirs, strict=True)]
    limit = 1e-8 if optimizer == "sgd" else 1e-6  # Adam divides by the size of gradients that may be nearly 0
    assert max(gaps) < limit, {m.architecture: g for m, g in zip(members, gaps, strict=True) if g >= limit}


NORMS = [
    Architecture((6, 3), "tanh", "linear", "bn", "batch:after"),
    Architecture((6, 3), "relu", "linear", "bn", "layer"),
    Architecture((4, 5), "relu", "linear", "bn", "layer"),  # narrower and wider: the padding must not count
    Architecture((6, 9), "relu", "linear", "bn-input", "group"),
    Architecture((6, 3), "sigmoid", "linear", "bn-input", "layer:after"),
    Architecture((6, 6), "sigmoid", "linear", "bn", "group:after"),
    Architecture((6, 3), "tanh", "linear", "bn", "weight-standardised"),
    Architecture((4, 5), "tanh", "linear", "bn-input", "weight-standardised"),
    Architecture((6, 3), "tanh", "linear", "bn", "weight-normalised"),
    Architecture((4, 5), "relu", "linear", "bn-input", "weight-normalised"),
    Architecture((6, 3), "tanh", "linear", "bn", "batch+weight-standardised"),
    Architecture((4, 5), "relu", "linear", "bn", "batch+weight-standardised:after"),
    Architecture((6, 9), "relu", "linear", "bn-input", "group+weight-standardised"),
]


def test_each_normalisation_of_hidden_layers_ends_as_in_a_plain_keras_fit(small_table):
    x, y = small_table
    recipe = KERAS_LIKE.changed(epochs=4, learning_rate=RATE)
    members = [member(a, seed=4) for a in NORMS]
    ours = [arrays(t.network) for t in train(members, Dataset(x, y), recipe, dtype="float64")]
    theirs = [keras_arrays(f) for f in fit_in_keras(members, x, y, recipe, optimizers(RATE)["sgd"], together=True)]
    starts = [sum(k.sum() for k in start(m, 4, 1).values()) for m in members]
    assert all(abs(sum(a.sum() for a in t.values()) - s) > 1e-3 for t, s in zip(theirs, starts, strict=True)), "trained"
    assert len({round(float(last_kernel(t)), 6) for t in theirs}) == len(members), "members must differ"
    gaps = {m.architecture: gap(a, b) for m, a, b in zip(members, ours, theirs, strict=True)}
    assert max(gaps.values()) < 1e-9, gaps


def test_rates_of_the_first_layer_its_start_and_restarts_are_as_in_a_plain_keras_fit(small_table, exact_adam):
    import keras

    x, y = small_table
    x = np.c_[x[:, :3], np.arange(ROWS) % 6 == 0]
    table, even = Dataset(x, y), [1, 1, 1, 2 * np.sqrt(5 / 36)]
    np.testing.assert_allclose(table.evenness, even)
    how = KERAS_LIKE.changed(optimizer="adamw", weight_decay=0.125, schedule="cosine", gamma_rate=4.0, even_start=True)
    recipe = how.changed(restarts=(0.25, 0.5))
    m = member(Architecture((4, 2), "tanh", "linear", "bn-input"), seed=4)
    each = -(-len(m.split.train) // recipe.batch_size)
    shares = [share for e in range(8) for share in recipe.for_rows(ROWS).epoch_shares(e, each)]
    assert [s for s, share in enumerate(shares) if share == 1] == [0, 2 * each, 4 * each]

    class FastFirst(keras.optimizers.AdamW):
        def update_step(self, gradient, variable, learning_rate):
            first = variable.name.startswith("batch_normalization")
            super().update_step(gradient, variable, learning_rate * (4.0 if first else 1.0))

    class Restarted(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return keras.ops.take(keras.ops.convert_to_tensor(np.array(shares) * RATE), keras.ops.cast(step, "int32"))

    def optimizer():
        made = FastFirst(Restarted(), weight_decay=0.125, beta_1=BETAS[0], beta_2=BETAS[1], epsilon=EPSILON)
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return made

    trained = train([m], table, recipe, dtype="float64")[0]
    theirs = keras_arrays(*fit_in_keras([m], x, y, recipe, optimizer, together=False, gamma=even))
    for other in (how, recipe.changed(gamma_rate=1.0), recipe.changed(even_start=False)):
        assert gap(arrays(train([m], table, other, dtype="float64")[0].network), theirs) > 1e-4, "each must matter"
    assert gap(arrays(trained.network), theirs) < 1e-5  # Keras holds the learning rate in float32


def test_stages_are_what_trainings_that_end_at_a_restart_give(small_table):
    x, y = small_table
    m = member(Architecture((4,), "tanh", "linear", "bn-input"))
    recipe = RECIPES["default"].changed(epochs=8, weight_decay=0.1)
    whole = train([m], Dataset(x, y), recipe.changed(restarts=(0.25, 0.5)), dtype="float64")[0]
    short = train([m], Dataset(x, y), recipe.changed(epochs=2), dtype="float64")[0]
    assert [stage.epoch for stage in whole.stages] == [2, 4]
    early = whole.stopped(0)
    assert gap(arrays(early.network), arrays(short.network)) < 1e-10
    assert gap(arrays(whole.network), arrays(short.network)) > 1e-3
    assert early.epoch == 2
    np.testing.assert_allclose(early.curve, short.curve)
    np.testing.assert_allclose(early.gamma_raw, short.gamma_raw)
    assert whole.stopped(2) is whole


def last_kernel(named):
    return named[max(k for k in named if k.endswith("Dense kernel"))].sum()


def test_a_member_ends_as_alone_in_keras_and_as_alone_in_bnfit(small_table):
    x, y = small_table
    recipe = KERAS_LIKE.changed(epochs=4)
    crowd = [
        member(Architecture((3, 2), a, "linear", "bn"), fold, seed=fold) for a in ("tanh", "relu") for fold in (0, 1)
    ]
    together = [arrays(t.network) for t in train(crowd, Dataset(x, y), recipe, dtype="float64")]
    alone = arrays(train(crowd[:1], Dataset(x, y), recipe, dtype="float64")[0].network)
    in_keras = keras_arrays(*fit_in_keras(crowd[:1], x, y, recipe, optimizers(RATE)["sgd"], together=False))
    assert min(gap(together[0], other) for other in together[1:]) > 1e-3, "members must differ"
    assert gap(together[0], alone) < 1e-10
    assert gap(together[0], in_keras) < 1e-8


def test_float32_agrees_with_float64_after_a_few_steps(small_table):
    x, y = small_table
    crowd = [member(Architecture((4,), "tanh", "linear", arm), seed=1) for arm in ("bn", "zscore", "bn-input")]
    recipe = KERAS_LIKE.changed(epochs=1)
    single, double = (
        [arrays(t.network) for t in train(crowd, Dataset(x, y), recipe, dtype=d)] for d in ("float32", "float64")
    )
    assert 0 < max(gap(a, b) for a, b in zip(single, double, strict=True)) < 1e-3


def test_threads_do_not_change_the_result(small_table):
    x, y = small_table
    crowd = [
        member(Architecture((u,) * n, "tanh", "linear", "bn"), fold, seed=fold)
        for u in (2, 3)
        for n in (1, 2)
        for fold in range(4)
    ]
    recipe = RECIPES["default"].changed(epochs=5)
    one, two = ([arrays(t.network) for t in train(crowd, Dataset(x, y), recipe, n_jobs=n)] for n in (1, 2))
    assert all(np.array_equal(a[k], b[k]) for a, b in zip(one, two, strict=True) for k in a)


def test_a_diverging_member_is_stopped_and_disturbs_no_other(small_table):
    x, y = small_table
    calm = [member(Architecture((4,), "linear", "linear", "bn"), fold, seed=fold) for fold in (0, 1)]
    wild = member(Architecture((4,), "linear", "linear", "raw"), seed=1)
    recipe = RECIPES["paper"].changed(learning_rate=0.05, epochs=40, batch_size=16)
    trained = train([calm[0], wild, calm[1]], Dataset(x, y), recipe, dtype="float64")
    without_it = train(calm, Dataset(x, y), recipe, dtype="float64")
    assert [t.diverged for t in trained] == [False, True, False]
    assert np.isnan(trained[1].curve[-1])
    for a, b in zip((trained[0], trained[2]), without_it, strict=True):
        assert gap(arrays(a.network), arrays(b.network)) < 1e-6


def test_curves_are_keras_losses_in_the_targets_own_units(small_table):
    x, y = small_table
    m = member(Architecture((3,), "tanh", "linear", "bn-input"))
    trained = train([m], Dataset(x, y), RECIPES["default"].changed(epochs=7), dtype="float64")[0]
    assert trained.curve.shape == trained.judged_curve.shape == (7,)
    error = np.mean(np.square(trained.network(x[m.split.test]) - y[m.split.test]))
    assert trained.judged_curve[-1] == pytest.approx(error, rel=1e-6)


def test_saved_statistics_are_those_of_the_training_rows(small_table):
    x, y = small_table
    x = x * [1e-9, 1, 1e9, 1] + [0, 1e5, 0, -3]
    for arm in ("bn", "bn-input"):
        m = member(Architecture((3, 2), "tanh", "linear", arm))
        trained = train([m], Dataset(x, y), RECIPES["default"].changed(epochs=2))[0]
        first = trained.network.layers[0]
        np.testing.assert_allclose(first.mean, x[m.split.train].mean(0), rtol=1e-6)
        np.testing.assert_allclose(first.variance, x[m.split.train].var(0), rtol=1e-6)
        h = x[m.split.train]
        for layer in trained.network.layers:
            if isinstance(layer, BatchNorm) and layer is not first:
                np.testing.assert_allclose(layer.mean, h.mean(0), rtol=1e-4, atol=1e-5)
                np.testing.assert_allclose(layer.variance, h.var(0), rtol=1e-4, atol=1e-6)
            h = layer.forward(h)


@pytest.mark.parametrize("arm", ["bn", "bn-input", "zscore"])
def test_units_and_offsets_of_the_columns_do_not_matter(small_table, arm):
    x, y = small_table
    crowd = [member(Architecture((4,), "tanh", "linear", arm), fold, seed=fold) for fold in range(4)]

    def error(columns):
        trained = train(crowd, Dataset(columns, y), RECIPES["default"].changed(epochs=30))
        return np.mean(
            [np.mean(np.square(t.network(columns[r]) - y[r])) for t in trained for r in [t.member.split.test]]
        )

    plain = error(x)
    small = 1e-6 if arm == "zscore" else 1e-9  # Keras' Normalization takes no standard deviation below 1e-7
    for moved in (x * [small, 1e9, 1e-3, 1], x + 1e5 * x.std(0), x * 1e6 - 7e7):
        assert error(moved) == pytest.approx(plain, rel=0.01)


@pytest.mark.parametrize("rows", [33, 32, 34, 2, 3, 64])
def test_batches_cover_each_row_once_and_never_hold_one_row(rows):
    parts = batches(np.arange(rows) + 5, 16, epoch=3, shuffle=1)
    assert sorted(np.concatenate(parts)) == list(range(5, 5 + rows))
    assert all(1 < len(p) <= 16 for p in parts)
    assert not np.array_equal(np.concatenate(parts), np.concatenate(batches(np.arange(rows) + 5, 16, 4, 1))) or rows < 4


def test_chunks_hold_every_member_once_and_share_one_structure():
    architectures = [
        Architecture((u,) * n, a, "linear", "bn") for n in (1, 2) for u in (2, 6) for a in ("tanh", "relu", "sigmoid")
    ]
    crowd = [member(a, fold, shuffle=fold) for a in architectures for fold in range(4)]
    depths = chunks(crowd, [RECIPES["default"].changed(batch_size=512).for_rows(ROWS)] * len(crowd))
    assert len(depths) == 2
    assert all(len(group) > 1 for group in depths)
    assert sorted(p for group in depths for c in group for p in c.positions) == list(range(len(crowd)))
    for group in depths:
        assert len({tuple(m.architecture.activation for m in c.members) for c in group}) == 1
        for c in group:
            assert all(crowd[p] is m for p, m in zip(c.positions, c.members, strict=True))
            assert all(c.groups[g].split is m.split for g, m in zip(c.group, c.members, strict=True))


def test_a_column_constant_in_a_members_rows_stays_finite(small_table):
    x, y = small_table
    m = member(Architecture((4,), "tanh", "linear", "bn-input"))
    x = x.copy()
    x[:, 1] = 0
    x[m.split.test[0], 1] = 1
    trained = train([m], Dataset(x, y), RECIPES["default"].changed(epochs=20))[0]
    assert np.abs(trained.network(x)).max() < 100 * np.abs(y).max()


def test_snapshots_are_the_networks_that_shorter_trainings_end_with(small_table):
    x, y = small_table
    m = member(Architecture((3,), "tanh", "linear", "bn"))
    recipe = KERAS_LIKE.changed(epochs=4)
    trained = train([m], Dataset(x, y), recipe, dtype="float64", snapshots=True)[0]
    assert len(trained.snapshots) == 4
    shorter = train([m], Dataset(x, y), recipe.changed(epochs=2), dtype="float64")[0]
    assert gap(arrays(trained.snapshots[1]), arrays(shorter.network)) < 1e-10
    assert gap(arrays(trained.snapshots[3]), arrays(trained.network)) == 0
    assert gap(arrays(trained.snapshots[0]), arrays(trained.network)) > 1e-6


def test_the_group_lasso_switches_columns_off_exactly(small_table):
    x, y = small_table
    architecture = Architecture((6,), "tanh", "linear", "bn-input")
    split = SPLITS[0]
    crowd = [Member(architecture, split, 0, 0, sparsity) for sparsity in (0.0, 0.3, 5.0)]
    plain, some, all_off = train(crowd, Dataset(x, y), RECIPES["default"])
    rows = [np.abs(t.network.layers[1].kernel).sum(1) for t in (plain, some, all_off)]
    assert (rows[0] > 0).all()
    assert rows[1][3] == 0 < rows[1][0], "the column that does not matter goes first"
    assert not rows[2].any()
    np.testing.assert_array_equal(some.network.layers[0].gamma, 1)


def test_members_without_a_group_lasso_do_not_notice_those_with_one(small_table):
    x, y = small_table
    architecture = Architecture((6,), "tanh", "linear", "bn-input")
    sparse = Member(architecture, SPLITS[0], 0, 0, 0.3)
    recipe = RECIPES["default"].changed(epochs=5)
    alone = train([member(architecture)], Dataset(x, y), recipe, dtype="float64")[0]
    beside = train([member(architecture), sparse], Dataset(x, y), recipe, dtype="float64")
    assert gap(arrays(alone.network), arrays(beside[0].network)) < 1e-10
    assert gap(arrays(beside[1].network), arrays(beside[0].network)) > 1e-3


@pytest.mark.parametrize(("dtype", "epochs", "tolerance"), [("float32", 2, 1e-5), ("float64", 30, 1e-9)])
@pytest.mark.parametrize("recipe", ["default", "paper"])
def test_training_agrees_with_xla_and_without(small_table, monkeypatch, recipe, dtype, epochs, tolerance):
    """Over a few steps in float32, whose rounding grows with every step; to the end in float64."""
    how, table = RECIPES[recipe].changed(epochs=epochs), Dataset(*small_table)
    members = [member(Architecture(units, "tanh"), fold, fold, fold) for units in ((5,), (4, 3)) for fold in range(3)]

    def trained():
        forget_programs()
        found = train(members, table, how, dtype=dtype)
        forget_programs()
        return [arrays(t.network) for t in found]

    compiled, function, used = trained(), tf.function, []

    def plain(run, *, jit_compile, autograph):
        used.append(jit_compile)
        return function(run, jit_compile=False, autograph=autograph)

    monkeypatch.setattr(tf, "function", plain)
    interpreted = trained()
    assert used
    for one, other in zip(compiled, interpreted, strict=True):
        assert gap(one, other) < tolerance
