"""Names of Keras' own classes: all are Keras', and what Keras saves holds no others."""

import importlib

import pytest

from bnfit.model.keras_names import MODELS, OWN, foreign_name

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keras():
    from bnfit.population.backend import tf  # noqa: F401 - loaded before Keras, which would let it write its log

    return importlib.import_module("keras")


@pytest.mark.parametrize("module", sorted(OWN))
def test_every_name_is_of_the_installed_keras(keras, module):
    found = importlib.import_module(module)
    assert {name for name in OWN[module] - MODELS if not hasattr(found, name)} == set()


def test_what_keras_saves_is_its_own(keras):
    layers, initializers, losses = keras.layers, keras.initializers, keras.losses
    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.BatchNormalization(gamma_regularizer="l1", momentum=0.9),
            layers.Dense(2, kernel_initializer=initializers.VarianceScaling(2.0), kernel_constraint="non_neg"),
            layers.Dense(1, bias_initializer=initializers.Constant(0.5), activity_regularizer="l2"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.1, 100)
    ways = (
        {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]},
        {"optimizer": keras.optimizers.AdamW(rate), "loss": losses.Huber(), "metrics": [keras.metrics.AUC()]},
        {"optimizer": keras.optimizers.RMSprop(), "loss": losses.mean_squared_error},
    )
    for way in ways:
        model.compile(**way)
        assert foreign_name(keras.saving.serialize_keras_object(model)) is None


@pytest.mark.parametrize("registered", ["stranger>loss", "os.system"])
def test_registered_functions_are_not(registered):
    loss = {"module": "builtins", "class_name": "function", "config": "loss", "registered_name": registered}
    assert foreign_name({"compile_config": {"loss": loss}}) == "builtins.function"
