"""The estimators: scikit-learn's own checks, tables of any kind, and what scikit-learn does with estimators."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import bnfit
from bnfit import BNClassifier, BNRegressor

pytestmark = pytest.mark.slow

FEW = {"layers": 1, "units": 8, "activation": "tanh", "members": 2, "folds": 2, "epochs": 30}
EXCUSED = {"check_sample_weight_equivalence_on_dense_data": "scikit-learn excuses its HistGradientBoosting* alike"}


@parametrize_with_checks([BNRegressor(**FEW), BNClassifier(**FEW)], expected_failed_checks=lambda _: EXCUSED)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.torture
@parametrize_with_checks([BNRegressor(), BNClassifier()], expected_failed_checks=lambda _: EXCUSED)
def test_scikit_learns_checks_of_the_defaults(estimator, check):
    check(estimator)


def test_nothing_is_excused_that_histogram_gradient_boosting_passes():
    from sklearn.utils.estimator_checks import check_estimator

    as_scikit_learn_checks_them = {"max_iter": 5, "min_samples_leaf": 5}
    for kind in (HistGradientBoostingRegressor, HistGradientBoostingClassifier):
        estimator = kind(**as_scikit_learn_checks_them)
        results = check_estimator(estimator, on_fail=None, on_skip=None)
        failed = {result["check_name"] for result in results if result["status"] == "failed"}
        assert set(EXCUSED) <= failed


@pytest.fixture(scope="module")
def mixed():
    """Numbers with gaps, categories, dates and booleans, of which each matters."""
    rng = np.random.default_rng(0)
    n = 160
    frame = pd.DataFrame(
        {
            "dose": rng.normal(size=n),
            "kind": pd.Categorical(rng.choice(["x", "y", "z"], n)),
            "town": rng.choice(["Ulm", "Jena"], n),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "late": rng.random(n) < 0.5,
        },
        index=rng.permutation(n),
    )
    y = 2 * frame["dose"] + 3 * (frame["kind"] == "x") + (frame["town"] == "Ulm") + 0.1 * rng.normal(size=n)
    return frame.assign(dose=frame["dose"].mask(rng.random(n) < 0.05)), y.rename("outcome")


def test_columns_of_any_kind_are_taken_as_they_are(mixed):
    x, y = mixed
    model = BNRegressor(members=2, folds=2, epochs=60).fit(x, y)
    assert model.score(x, y) > 0.8
    assert list(model.feature_names_in_) == list(x.columns)
    assert model.model_.target == "outcome"
    by_gamma = dict(zip(x.columns, model.feature_importances_, strict=True))
    assert sorted(by_gamma, key=by_gamma.get)[-2:] == ["kind", "dose"]
    np.testing.assert_allclose(model.predict(x[::-1])[::-1], model.predict(x), rtol=1e-12)
    with pytest.raises(ValueError, match="town"):
        model.predict(x.drop(columns="town"))


def test_it_is_what_bnfit_fit_trains(mixed):
    x, y = mixed
    own = BNRegressor(**FEW).fit(x, y)
    plain = bnfit.fit(x, y, task="regression", **FEW)
    np.testing.assert_array_equal(own.predict(x), plain.predict(x))
    gamma = {i.column: i.gamma for i in plain.core.explanation().importances}
    np.testing.assert_array_equal(own.gamma_, [gamma.get(name, 0) for name in x.columns])


def test_classes_of_any_type_come_back(mixed):
    x, y = mixed
    for high, low in (("up", "down"), ("None", "NA"), (1, 0), (7.0, -1.0), (True, False), ("a b", "é")):
        classes = np.where(y > y.median(), high, low)
        model = BNClassifier(**FEW).fit(x, classes)
        assert list(model.classes_) == sorted([high, low])
        assert model.predict(x).dtype == classes.dtype
        assert model.score(x, classes) > 0.75
        most = model.classes_[model.predict_proba(x).argmax(axis=1)]
        np.testing.assert_array_equal(most, model.predict(x))


def test_numbers_that_count_are_no_keys_in_an_array():
    x = np.c_[np.arange(80), np.sin(np.arange(80.0))]
    y = x[:, 0] / 10.0
    assert BNRegressor(**FEW).fit(x, y).feature_importances_[0] > 0


def test_columns_that_are_left_out_have_no_importance(mixed):
    x, y = mixed
    model = BNRegressor(**FEW).fit(x.assign(same=1.0), y)
    assert model.feature_importances_[-1] == 0
    assert model.n_features_in_ == len(model.feature_importances_) == 6


def test_an_arm_without_gamma_has_no_importances(mixed):
    model = BNRegressor(**FEW, arm="raw").fit(*mixed)
    assert model.gamma_ is None
    assert not hasattr(model, "feature_importances_")


def test_rows_of_weight_0_are_not_there(rng):
    x, y = rng.normal(size=(90, 2)), rng.normal(size=90)
    weight = np.r_[np.ones(60), np.zeros(30)]
    some = BNRegressor(**FEW).fit(x[:60], y[:60], sample_weight=weight[:60])
    every = BNRegressor(**FEW).fit(x, y, sample_weight=weight)
    np.testing.assert_array_equal(some.predict(x), every.predict(x))


def test_class_weights_shift_the_classes(rng):
    x = rng.normal(size=(200, 2))
    y = (x[:, 0] + rng.normal(size=200) > 1).astype(int)
    plain, heavy = (BNClassifier(**FEW, class_weight=w).fit(x, y).predict(x).mean() for w in (None, {0: 1, 1: 20}))
    assert heavy > plain + 0.2


def test_models_are_pickled_cloned_searched_and_piped(mixed):
    x, y = mixed
    model = BNRegressor(**FEW).fit(x, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(x), model.predict(x))
    assert not hasattr(clone(model), "model_")
    assert np.isfinite(cross_val_score(model, x, y, cv=2)).all()
    tried = GridSearchCV(BNRegressor(**FEW), {"learning_rate": [1e-6, 0.02]}, cv=2).fit(x, y)
    assert tried.best_score_ > 0.5
    assert len(tried.cv_results_["params"]) == 2
    numbers = x[["dose"]].fillna(0)
    piped = make_pipeline(StandardScaler(), BNRegressor(**FEW)).fit(numbers, y)
    assert piped.predict(numbers).shape == (160,)


def test_errors_are_bnfits_and_value_errors(mixed):
    x, y = mixed
    with pytest.raises(bnfit.UsageError, match="activation"):
        BNRegressor(**{**FEW, "activation": "tan"}).fit(x, y)
    with pytest.raises(ValueError, match="class"):
        BNClassifier(**FEW).fit(x, np.zeros(len(x)))
    with pytest.raises(ValueError, match="inconsistent"):
        BNRegressor(**FEW).fit(x, y[:-1])


def test_without_scikit_learn_the_rest_works_and_estimators_say_what_to_install():
    code = "\n".join(
        (
            "import sys",
            "class Absent:",
            "    def find_spec(self, name, path=None, target=None):",
            "        if name == 'sklearn':",
            "            raise ImportError(name)",
            "sys.meta_path.insert(0, Absent())",
            "import bnfit",
            "print(bnfit.fit)",
            "try:",
            "    bnfit.BNRegressor",
            "except ImportError as error:",
            "    print(error)",
        )
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'bnfit[sklearn]'" in done.stdout.splitlines()[-1]
