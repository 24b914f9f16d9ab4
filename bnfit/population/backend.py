"""TensorFlow, loaded without the lines that its C++ code writes to stderr meanwhile. Import it from here.

It gets a number of threads of its own, so that a training leaves the same bytes with any number of processors.
"""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress

from bnfit.address_space import TENSORFLOW, require
from bnfit.native_log import is_wanted, silenced

require(TENSORFLOW, "training")
with nullcontext() if is_wanted() else silenced():
    import tensorflow as tf

__all__ = ["tf"]

THREADS = 2
"""Threads that divide one operation, where nobody says otherwise: large products add up in another order with another
number of them. Chunks of members keep more processors busy."""
ASKED = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow's own variable for their number."""

if not tf.config.threading.get_intra_op_parallelism_threads() and ASKED not in os.environ:
    with suppress(RuntimeError):  # it has begun
        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
