"""One page to send: it fetches nothing, nothing of the data is code, and no row is in it."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from command_line import bnfit, python
from random_models import mixed_table, model_of
from random_networks import member, table
from report_records import CLASSES, EXPLANATION, FIT, SEARCH

from bnfit.api import explain_model, save_model
from bnfit.evaluation.calibration import calibration_of_classes, calibration_of_numbers
from bnfit.model import page as pages
from bnfit.model.live import MOST_BYTES, live_model
from bnfit.model.page import write_page
from bnfit.networks.layers import Dense, KerasLayer, Network
from bnfit.report.html.charts import Scale, calibration_chart, effect_chart
from bnfit.report.html.page import About, render_page
from bnfit.results.calibration import CalibrationGroup
from bnfit.results.effects import Effect

EVIL = "</script><script>alert(1)</script>\"'&<b>"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.inside = [], {}
        self._open = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open = tag if dict(attrs).get("type") is None else "data"
            self.inside.setdefault(self._open, "")

    def handle_data(self, data):
        if self._open:
            self.inside[self._open] += data

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._open = None


@pytest.fixture(scope="module")
def explained():
    frame = mixed_table(200)
    model = model_of(frame)
    return model, explain_model(model, mixed_table(150, seed=3))


def page_of(result, **about):
    return render_page(result, About(**about))


@pytest.mark.parametrize("result", [FIT, SEARCH, EXPLANATION, replace(FIT, explanation=CLASSES)])
def test_a_page_has_every_part_and_fetches_nothing(result):
    text = page_of(result, command="bnfit fit 'a b.csv'", facts=(("seed", "3"),), columns=[])
    elements = Elements(text)
    assert not [a for _, attrs in elements.found for a in attrs.values() if a and "//" in a]
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert {"link", "meta", "script", "style", "svg", "table", "nav", "main"} <= {tag for tag, _ in elements.found}
    assert [attrs["href"] for tag, attrs in elements.found if tag == "link"] == ["data:,"]
    assert "bnfit fit &#39;a b.csv&#39;" in text
    anchors = {attrs["href"][1:] for tag, attrs in elements.found if tag == "a"}
    assert anchors <= {attrs.get("id") for _, attrs in elements.found}


def test_scripts_and_styles_are_those_that_the_policy_allows(explained):
    model, result = explained
    elements = Elements(page_of(result, live=live_model(model)))
    policy = next(attrs["content"] for tag, attrs in elements.found if tag == "meta" and "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(elements.inside[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not [attrs for _, attrs in elements.found if any(a == "style" or a.startswith("on") for a in attrs)]


def test_nothing_of_the_data_is_code(tmp_path, rng):
    frame = pd.DataFrame({EVIL: rng.normal(size=100), "k": rng.choice([EVIL, "<img src=x onerror=alert(1)>"], 100)})
    frame = frame.assign(**{"<h1>y": rng.choice([EVIL, "b"], 100)})
    model = model_of(frame, "<h1>y")
    write_page(tmp_path / "p.html", model, explain_model(model, frame), name=EVIL, command=EVIL)
    elements = Elements((tmp_path / "p.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in elements.found]
    assert (tags.count("script"), tags.count("h1"), tags.count("img"), tags.count("b")) == (2, 1, 0, 0)
    assert json.loads(elements.inside["data"])["columns"][0]["name"] == EVIL


def test_no_row_is_in_it(tmp_path, rng):
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=300),
            "word": np.where(np.arange(300) == 7, "a single patient", rng.choice(["u", "v"], 300)),
            "id": [f"P{k:05}" for k in range(300)],
            "y": rng.normal(size=300),
        }
    )
    model = model_of(frame)
    write_page(tmp_path / "p.html", model, explain_model(model, frame), name="m")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "a single patient" not in text
    assert not re.search(r"P00\d\d\d", text)
    shown = re.findall(r"-?\d+\.\d{6,}", text)
    rows = {repr(value) for column in ("x", "y") for value in frame[column]}
    assert not rows & set(shown)


def test_the_model_is_in_it_where_it_fits(tmp_path, monkeypatch, explained):
    model, result = explained
    write_page(tmp_path / "p.html", model, result, name="m.keras")
    assert 'id="live"' in (tmp_path / "p.html").read_text(encoding="utf-8")
    monkeypatch.setattr(pages, "MOST_BYTES", 10_000)
    write_page(tmp_path / "q.html", model, result, name="m.keras")
    text = (tmp_path / "q.html").read_text(encoding="utf-8")
    assert 'id="live"' not in text
    assert "The model is not in this page" in text


def test_a_large_model_and_one_that_only_keras_runs_are_left_out(explained, rng):
    model = explained[0]
    k = len(model.schema.features)
    large = Network((Dense(np.zeros((k, MOST_BYTES // 8 // k)), np.zeros(MOST_BYTES // 8 // k)),))
    assert live_model(replace(model, network=large)) is None
    foreign = Network((KerasLayer("odd", lambda x: x, lambda slope, _: slope), Dense(np.ones((k, 1)), np.zeros(1))))
    assert live_model(replace(model, network=foreign)) is None
    assert live_model(replace(model, network=member(rng, table(rng, 60, k)))) is not None


def test_hashes_are_those_of_the_files(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    known = dict(pages.facts_of(str(tmp_path / "*.csv")))
    assert known["SHA-256 of a.csv"] == hashlib.sha256(b"a.csv").hexdigest()
    assert "SHA-256 of b.csv" in known
    assert "bnfit" in known["versions"]
    assert not [name for name, _ in pages.facts_of("-") if "SHA" in name]
    assert dict(pages.facts_of(str(tmp_path / "gone.csv")))["SHA-256 of gone.csv"] == "not known"


def test_calibration_groups_rows_of_similar_predictions(rng):
    predicted = rng.permutation(np.arange(300.0))
    groups = calibration_of_numbers(2 * predicted, predicted)
    assert [g.rows for g in groups] == [20] * 15
    assert groups[0] == CalibrationGroup(20, 9.5, 19.0, *np.quantile(2 * np.arange(20.0), [0.1, 0.9]))
    assert calibration_of_numbers(np.ones(4), np.ones(4)) == ()
    right, confidence = np.repeat([True, False], [30, 10]), np.full(40, 0.75)
    assert calibration_of_classes(right, confidence) == (CalibrationGroup(40, 0.75, 0.75),)


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(0, 1, [0, 0.5, 1]), (-3, 7, [0, 5]), (0.012, 0.019, [0.012, 0.014, 0.016, 0.018])]
)
def test_ticks_are_round(low, high, ticks):
    assert np.allclose(Scale(low, high, 0, 100).ticks(), ticks)
    assert Scale(low, high, 0, 100)(low) == 0
    assert Scale(low, high, 0, 100)(high) == 100


def test_charts_say_in_words_what_they_show():
    chart = effect_chart(Effect("a<b", (1.0, 2.0), (), (-3.0, 3.0), (0.5, 0.5)))
    assert 'aria-label="a&lt;b: the prediction changes from -3.000 at 1.000 to 3.000 at 2.000"' in chart
    chart = effect_chart(Effect("c", (), ("u", "v"), (1.0, -1.0), None, "ill"))
    assert 'aria-label="c (ill): u 1.000, v -1.000"' in chart
    chart = calibration_chart([CalibrationGroup(9, 0.4, 0.7), CalibrationGroup(9, 0.9, 0.8)], classes=True)
    assert "share that is right by prediction, in 2 groups; the largest distance is 0.3000" in chart


def test_explain_writes_a_page_without_tensorflow(tmp_path):
    save_model(model_of(mixed_table(80)), tmp_path / "m.keras")
    mixed_table(60, seed=2).to_csv(tmp_path / "t.csv", index=False)
    words = ["explain", str(tmp_path / "m.keras"), str(tmp_path / "t.csv"), "--plot", str(tmp_path / "p.html")]
    code = f"import sys\nsys.argv = ['bnfit', *{words!r}]\nfrom bnfit.__main__ import run\nrun(sys.argv[1:])\n"
    code += "print(*({'tensorflow', 'keras', 'matplotlib'} & {*sys.modules}), file=sys.stderr)"
    done = python("-c", code)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert "SHA-256 of t.csv" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_said_first(tmp_path):
    save_model(model_of(mixed_table(50)), tmp_path / "m.keras")
    for name, said in (("none/p.html", "there is no folder"), ("p.htm", "end its name in .png, .svg, .pdf or .html")):
        done = bnfit("explain", str(tmp_path / "m.keras"), "missing.csv", "--plot", str(tmp_path / name))
        assert (done.returncode, said in done.stderr) == (2, True)
