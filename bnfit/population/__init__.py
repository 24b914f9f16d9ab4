"""Training many small networks at once: see `train`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow loads, whose C++ side writes to stderr

from bnfit.population.constants import Table
from bnfit.population.members import Member, Trained
from bnfit.population.training import train

__all__ = ["Member", "Table", "Trained", "train"]
