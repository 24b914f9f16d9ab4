"use strict";
// Tables that sort, and the model that follows its inputs. What comes from the data is only ever text.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function element(name, attributes = {}, text = null, space = null) {
    const made = space ? document.createElementNS(space, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== null) made.textContent = text;
    return made;
  }

  function sortKey(text) {
    const found = text.trim().replace("−", "-").match(/^[+-]?\d[\d.]*(e[+-]?\d+)?/i);
    return found ? Number(found[0]) : null;
  }

  function sortBy(table, place, header) {
    const rising = header.getAttribute("aria-sort") === "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const body = table.tBodies[0], rows = [...body.rows].map((row) => {
      const text = row.cells[place].textContent;
      return { row, text, number: sortKey(text) };
    });
    const numeric = rows.some((r) => r.number !== null) && header.classList.contains("number");
    rows.sort((a, b) => {
      if (!numeric) return a.text.localeCompare(b.text) * (rising ? 1 : -1);
      if (a.number === null || b.number === null) return (a.number === null) - (b.number === null);
      return (a.number - b.number) * (rising ? 1 : -1);
    });
    body.append(...rows.map((r) => r.row));
  }

  for (const table of document.querySelectorAll("table.sortable"))
    [...table.tHead.rows[0].cells].forEach((header, place) => {
      const button = element("button", { type: "button" }, header.textContent);
      button.addEventListener("click", () => sortBy(table, place, header));
      header.replaceChildren(button);
    });

  const said = document.getElementById("live");
  if (!said) return;
  const model = bnfitModel.make(JSON.parse(said.textContent)), form = document.getElementById("inputs");
  window.bnfit = model;

  function shown(value) {
    if (!Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (value !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(3);
    return String(Number(value.toPrecision(5)));
  }

  const asTime = (seconds, clock) => {
    const at = new Date(1000 * Math.round(seconds)).toISOString();
    return clock ? at.slice(11, 16) : at.slice(0, 16);
  };
  const fromTime = (text, clock) => {
    if (!text) return null;
    if (clock) return text.split(":").reduce((sum, t, i) => sum + Number(t) * [3600, 60, 1][i], 0);
    return Date.parse(`${text}Z`) / 1000;
  };

  function addField(column, place) {
    const id = `input-${place}`, field = element("div", { class: "field" });
    field.append(element("label", { for: id }, column.name));
    const add = column.kind === "category" || column.kind === "boolean" ? addChoice : column.kind === "datetime" ? addTime : addNumber;
    const read = add(field, column, id);
    form.append(field);
    return [column.name, read];
  }

  function addChoice(field, column, id) {
    const select = element("select", { id });
    const choices = column.kind === "boolean" ? [["no", 0], ["yes", 1]] : column.levels.map((level) => [level, level]);
    choices.forEach(([text], i) => select.append(element("option", { value: i }, text)));
    if (column.kind === "category") select.append(element("option", { value: "other" }, "(another)"));
    select.append(element("option", { value: "none" }, "(missing)"));
    const often = column.kind === "boolean" ? Number(column.fill[0] > 0.5) : column.shares.indexOf(Math.max(...column.shares));
    select.value = String(Math.max(often, 0));
    field.append(select);
    return () => (select.value === "none" ? null : select.value === "other" ? "\u0000" : choices[Number(select.value)][1]);
  }

  function addTime(field, column, id) {
    const input = element("input", { id, type: column.clock ? "time" : "datetime-local" });
    if (column.middle !== null) input.value = asTime(86400 * column.middle, column.clock);
    field.append(input);
    return () => fromTime(input.value, column.clock);
  }

  function addNumber(field, column, id) {
    const input = element("input", { id, type: "number", step: "any" });
    const start = column.middle ?? column.fill[0];
    input.value = String(Number(start.toPrecision(6)));
    field.append(input);
    if (column.low !== null && column.high > column.low) {
      const range = element("input", { type: "range", min: column.low, max: column.high, step: "any" });
      range.setAttribute("aria-label", `${column.name}, slider`);
      range.value = start;
      range.addEventListener("input", () => (input.value = String(Number(Number(range.value).toPrecision(6)))));
      input.addEventListener("input", () => (range.value = input.value));
      field.append(range);
    }
    return () => (input.value === "" ? null : Number(input.value));
  }

  // Bars to both sides of 0, as the largest needs.
  function bars(named, signed) {
    const most = Math.max(...named.map(([, value]) => Math.abs(value)), 1e-300), row = 24, zero = signed ? 210 : 120;
    const half = signed ? 80 : 160, svg = element("svg", { viewBox: `0 0 340 ${row * named.length + 6}`, role: "img" }, null, SVG);
    svg.setAttribute("aria-label", named.map(([name, value]) => `${name} ${shown(value)}`).join("; "));
    named.forEach(([name, value], i) => {
      const size = (half * Math.abs(value)) / most, start = value < 0 ? zero - size : zero;
      const label = name.length > 16 ? `${name.slice(0, 8)}…${name.slice(-7)}` : name;
      svg.append(element("text", { x: 114, y: row * i + 16, "text-anchor": "end" }, label, SVG));
      const kind = value < 0 ? "bar minus" : "bar own";
      svg.append(element("rect", { class: kind, x: start, y: row * i + 4, width: size, height: 15 }, null, SVG));
      const at = value < 0 ? zero + 4 : zero + size + 4;
      svg.append(element("text", { x: at, y: row * i + 16 }, shown(value), SVG));
    });
    return svg;
  }

  const readers = model.columns.map(addField);
  let waiting = false;

  function update() {
    waiting = false;
    const row = Object.fromEntries(readers.map(([name, read]) => [name, read()]));
    const found = model.predict(row, true), classes = model.classes;
    const value = classes.length ? found.prediction : shown(found.prediction);
    document.getElementById("prediction").textContent = `${model.target}: ${value}`;
    const probabilities = document.getElementById("probabilities");
    const often = found.probabilities.map((p, i) => [classes[i], p]).sort((a, b) => b[1] - a[1]).slice(0, 10);
    probabilities.replaceChildren(...(classes.length ? [bars(often, false)] : []));
    const divided = classes[classes.length === 2 ? 1 : found.which];
    const what = classes.length ? `log-odds of ${divided}` : "prediction";
    document.getElementById("base").textContent = `From the ${what} at the means of the training table, ${shown(found.base)}:`;
    const parts = model.columns.map((c, i) => [c.name, found.columns[i]]).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    document.getElementById("parts").replaceChildren(bars(parts.slice(0, 20), true));
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  function updateSoon() {
    if (!waiting) requestAnimationFrame(update);
    waiting = true;
  }
  for (const kind of ["input", "change"]) form.addEventListener(kind, updateSoon);
  update();
})();
