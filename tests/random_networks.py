"""Random networks as training leaves them, and float64 references to compare with."""

from dataclasses import replace

import numpy as np

from bnfit.networks.gamma import calibrate
from bnfit.networks.layers import Activation, BatchNorm, Dense, MemberDense, Network, Normalization
from bnfit.networks.merge import merge

ARMS = ("bn", "bn-input", "raw", "zscore", "zscore-bn")
EPSILON = 1e-9


def table(rng, rows=60, columns=4):
    """Correlated columns of ordinary scale, (rows, columns)."""
    return rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.3 * rng.normal(size=(columns, columns)))


def awkward_table(rng, rows=60):
    """Four columns of very different scale and place, one of them 1e12 ± 1e3."""
    return table(rng, rows) * [1e3, 1e-6, 1e9, 1] + [1e12, 0, 1e10, -5]


def member(rng, x, arm="bn", units=(4,), activation="tanh", output="linear", outputs=1, dtype=np.float32):
    """One network with random weights, its first layer with the statistics of a random 4/5 of the rows of x."""
    fold = x[rng.permutation(len(x))[: len(x) * 4 // 5]]
    k, layers = x.shape[1], []
    if arm.startswith("zscore"):
        layers.append(Normalization(fold.mean(0), fold.var(0)))
    if arm in ("bn", "bn-input"):
        layers.append(norm(rng, fold.mean(0), fold.var(0), EPSILON * x.var(0).min()))
    if arm == "zscore-bn":
        layers.append(norm(rng, 0.1 * rng.normal(size=k), rng.uniform(0.8, 1.2, k), EPSILON))
    for width in units:
        layers.append(dense(rng, k, width, dtype))
        if arm in ("bn", "zscore-bn"):
            statistics = rng.normal(size=width).astype(dtype), rng.uniform(0.5, 2, width).astype(dtype)
            layers.append(norm(rng, *statistics, 1e-3))
        layers.append(Activation(activation))
        k = width
    layers.append(dense(rng, k, outputs, dtype))
    return Network((*layers, Activation(output)) if output != "linear" else tuple(layers))


def trained(arm="bn", count=3, seed=1, **settings):
    """A network as `fit` saves it, and rows to try it on."""
    rng = np.random.default_rng(seed)
    x = table(rng) if arm == "raw" else awkward_table(rng)
    parts = [member(rng, x, arm=arm, **{"units": (4, 3), **settings}) for _ in range(count)]
    return calibrate(merge(parts, x, 1e-18), x)[0], x


def norm(rng, mean, variance, epsilon):
    gamma = rng.choice([-1, 1], mean.size) * rng.uniform(0.3, 1.5, mean.size)
    return BatchNorm(
        gamma.astype(mean.dtype), 0.3 * rng.normal(size=mean.size).astype(mean.dtype), mean, variance, epsilon
    )


def dense(rng, inputs, outputs, dtype=np.float32):
    kernel = rng.normal(size=(inputs, outputs)) / np.sqrt(inputs)
    return Dense(kernel.astype(dtype), 0.3 * rng.normal(size=outputs).astype(dtype))


def in_float64(network):
    """The same weights, computing in float64 throughout."""
    return Network(tuple(widened(layer) for layer in network.layers))


def widened(layer):
    if isinstance(layer, BatchNorm | Normalization | Dense | MemberDense):
        return replace(layer, **{k: v.astype(np.float64) for k, v in vars(layer).items() if isinstance(v, np.ndarray)})
    return layer


def far(a, b):
    """Largest difference, relative to the spread or size of b."""
    return np.abs(a - b).max() / max(1, np.abs(b).max())
