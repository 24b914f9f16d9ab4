"""A training leaves the same numbers with any number of processors."""

import os

import pytest
from command_line import ENVIRONMENT, python

TRAINING = """
import hashlib, os, sys
import numpy as np
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
from bnfit.evaluation.splits import kfold, without
from bnfit.networks.architecture import Architecture
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

rng = np.random.default_rng(0)
x = rng.normal(size=(60_000, 20))
table = Dataset(x, x[:, :1] + rng.normal(size=(60_000, 1)))
split = without(60_000, kfold(60_000, 5, 0)[0], 0.0, 0)
members = [Member(Architecture((64, 64), "tanh"), split, n, n) for n in range(4)]
found = train(members, table, RECIPES["default"].changed(epochs=1), n_jobs=1)
kernels = [layer.kernel.tobytes() for one in found for layer in one.network.layers if hasattr(layer, "kernel")]
print(hashlib.sha256(b"".join(kernels)).hexdigest())
"""
ASKED = "TF_NUM_INTRAOP_THREADS"


def trained(processors, **environment):
    inherited = {name: value for name, value in ENVIRONMENT.items() if name != ASKED}
    done = python("-c", TRAINING, processors, env={**inherited, **environment}, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2, reason="one processor")
def test_large_products_end_alike_on_one_processor_and_on_two():
    of_two = trained(2)
    assert trained(2, **{ASKED: "1"}) != of_two  # the products are large enough for threads to show
    assert trained(1) == of_two
