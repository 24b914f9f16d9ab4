"""The page in a real browser: it computes what `predict` does, sorts, prints, and is legible narrow, dark and unseen.

`make test-browser` runs this, with Chromium and its driver.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from random_models import mixed_table, model_of

from bnfit.api import explain_model, predict_table
from bnfit.model.page import write_page
from bnfit.schema.encode import read_cells

pytestmark = pytest.mark.browser
DAY, TARGETS = 86_400, ("number", "two", "three")
EVIL = "</script><script>window.broken = 1</script>\"'&<b>"
CONTRAST = """
const lum = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
  .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const back = lum(getComputedStyle(document.body).backgroundColor);
return [...document.querySelectorAll("h1, p, td, a, figcaption, dt")].map((e) => {
  const ink = lum(getComputedStyle(e).color); return (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05); });
"""


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1100,900",
    ):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver") or "chromedriver")
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page for each kind of target, and one whose names and levels are markup, with the models and tables."""
    folder, made = tmp_path_factory.mktemp("pages"), {}
    for target in TARGETS:
        made[target] = made_page(
            folder / f"{target}.html", mixed_table(200, target), mixed_table(80, target, seed=5), "y"
        )
    rng = np.random.default_rng(0)
    words = [EVIL, "<img src=x onerror='window.broken = 1'>"]
    frame = pd.DataFrame({EVIL: rng.normal(size=90), "k": rng.choice(words, 90), "<h1>y": rng.choice([EVIL, "b"], 90)})
    made["evil"] = made_page(folder / "evil.html", frame, frame, "<h1>y")
    return made


def made_page(path, frame, others, target):
    model = model_of(frame, target)
    write_page(path, model, explain_model(model, others), name="m.keras", command="bnfit explain m.keras t.csv")
    return path, model, others


def show(browser, path, width=1100):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    browser.get_log("browser")
    browser.get(Path(path).as_uri())


def rows_of(model, frame):
    """The rows as the page takes them: plain values, of dates the seconds since 1970, None where missing."""
    found = []
    for k in range(len(frame)):
        row = {}
        for column in model.schema.inputs:
            cell = frame[column.name].iloc[k]
            if column.kind == "category":
                row[column.name] = None if pd.isna(cell) else str(cell)
                continue
            value = read_cells(column, frame[column.name].iloc[[k]])[0]
            row[column.name] = None if np.isnan(value) else float(value) * (DAY if column.kind == "datetime" else 1)
        found.append(row)
    return found


def test_the_browser_is_there():
    assert shutil.which("chromium"), "apt install chromium chromium-driver"


@pytest.mark.parametrize("target", TARGETS)
def test_it_predicts_what_predict_does_on_every_row(browser, pages, target):
    path, model, frame = pages[target]
    frame = frame.assign(kind=frame["kind"].where(np.arange(len(frame)) > 3, "never seen"))
    show(browser, path)
    found = browser.execute_script("return arguments[0].map((row) => bnfit.predict(row, true))", rows_of(model, frame))
    expected, _ = predict_table(model, frame, contributions=True)
    names = [f"contribution_{column.name}" for column in model.schema.inputs]
    assert len(found) == 80
    assert np.allclose([row["columns"] for row in found], expected[names], rtol=1e-6, atol=1e-9)
    assert np.allclose([row["base"] for row in found], expected["base"], rtol=1e-6)
    if target == "number":
        assert np.allclose([row["prediction"] for row in found], expected["prediction"], rtol=1e-6)
    else:
        assert [row["prediction"] for row in found] == expected["prediction"].tolist()
        probabilities = expected.filter(like="probability_")
        assert np.allclose([row["probabilities"] for row in found], probabilities, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", [*TARGETS, "evil"])
def test_there_is_no_error_no_code_of_the_data_and_nothing_is_fetched(browser, pages, name):
    show(browser, pages[name][0])
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.broken") is None
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.execute_script("return document.querySelectorAll('h1').length") == 1


def test_moving_a_slider_changes_the_prediction(browser, pages):
    path, model, _ = pages["number"]
    show(browser, path)
    before = browser.find_element("id", "prediction").text
    move = """
    const slider = document.querySelector("input[type=range]"); slider.value = slider.max;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(slider.max))));
    """
    browser.execute_script(move)
    after = browser.find_element("id", "prediction").text
    assert before != after
    assert before.startswith("y: ")
    field = browser.find_element("css selector", "#inputs input[type=number]")
    largest = model.schema.inputs[0].distribution.points[-1]
    assert float(field.get_attribute("value")) == pytest.approx(largest, rel=1e-5)


def test_every_kind_of_field_changes_the_prediction(browser, pages):
    show(browser, pages["number"][0])
    seen = {browser.find_element("id", "prediction").text}
    for field in browser.find_elements("css selector", "#inputs select"):
        for option in field.find_elements("css selector", "option"):
            option.click()
            browser.execute_script(
                "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            seen.add(browser.find_element("id", "prediction").text)
    assert len(seen) > 5
    fields = browser.find_elements("css selector", "#inputs input[type=datetime-local]")
    assert len(fields) == 1
    assert fields[0].get_attribute("value").startswith("2020-0")


def test_tables_sort_by_mouse_and_by_keyboard(browser, pages):
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["number"][0])
    table = browser.find_element("css selector", "section[aria-labelledby=importances] table")
    names = lambda: [row.text for row in table.find_elements("css selector", "tbody td:first-child")]  # noqa: E731
    first = table.find_element("css selector", "th:first-child button")
    first.click()
    assert names() == sorted(names(), key=str.casefold, reverse=True)
    first.send_keys(Keys.ENTER)
    assert names() == sorted(names(), key=str.casefold)
    assert table.find_element("css selector", "th").get_attribute("aria-sort") == "ascending"
    gamma = table.find_element("css selector", "th:nth-child(2) button")
    gamma.click()
    values = [float(cell.text.split()[0]) for cell in table.find_elements("css selector", "tbody td:nth-child(2)")]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("name", ["three", "evil"])
def test_it_is_legible_at_360_pixels(browser, pages, name):
    show(browser, pages[name][0], 360)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 360
    heights = browser.execute_script(
        "return [...document.querySelectorAll('svg text')].map((e) => e.getBoundingClientRect().height)"
    )
    assert min(heights) > 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_light_and_dark(browser, pages, scheme):
    show(browser, pages["two"][0])
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert min(browser.execute_script(CONTRAST)) >= 4.5
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_it_prints_without_its_controls(browser, pages):
    show(browser, pages["number"][0])
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = "return ['#inputs', 'nav'].map((name) => getComputedStyle(document.querySelector(name)).display)"
    assert browser.execute_script(hidden) == ["none", "none"]
    assert browser.find_element("id", "prediction").is_displayed()
    assert len(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 10_000


def test_a_screen_reader_hears_a_name_for_every_control_and_picture(browser, pages):
    show(browser, pages["two"][0])
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = ("button", "slider", "spinbutton", "combobox", "image", "link", "textbox", "table", "region")
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and node.get("role", {}).get("value") in roles
    ]
    assert {"button", "slider", "spinbutton", "combobox", "image", "link"} <= {role for role, _ in named}
    assert not [role for role, name in named if not name and role != "table"]


def test_the_first_tab_leads_past_the_contents(browser, pages):
    from selenium.webdriver.common.keys import Keys

    show(browser, pages["two"][0])
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the report"
