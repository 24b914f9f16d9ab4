"""What each column of a table adds to a prediction, for every row by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Floats
from bnfit.model.digits import to_digits
from bnfit.model.model import Model
from bnfit.networks.contributions import integrated_gradients, value_of
from bnfit.networks.layers import Network
from bnfit.networks.rowwise import in_float64
from bnfit.schema.schema import column_positions


class Contributions:
    """Divides predictions among the columns, from the prediction at the training table's means.

    For classes log-odds are divided: of two classes those of the second, of more those of the most probable one.

    Args:
        model: a trained or loaded model.

    Raises:
        ModelFileError: the file does not say what the means of its columns are.
    """

    def __init__(self, model: Model) -> None:
        self.means = model.means
        self.network = Network(tuple(map(in_float64, model.network.layers)))
        self.schema = model.schema
        self.positions = column_positions(model.schema)

    def of(self, x: Floats) -> dict[str, NDArray[np.generic]]:
        """Divide the predictions of encoded rows x (n, k): `base`, and `contribution_<column>`, (n,) each."""
        at_means, out = self.network(self.means[None]), self.network(x)
        outputs = None if self.schema.task == "regression" else np.zeros(len(x), int)
        if outputs is not None and out.shape[1] > 1:
            outputs = out.argmax(1)
        base = value_of(np.repeat(at_means, len(x), axis=0), outputs)
        parts = integrated_gradients(self.network, x, self.means, outputs)
        columns = {
            f"contribution_{column.name}": to_digits(parts[:, where].sum(1))
            for column, where in zip(self.schema.inputs, self.positions, strict=True)
        }
        return {"base": to_digits(base), **columns}
