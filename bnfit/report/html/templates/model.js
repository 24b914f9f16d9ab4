"use strict";
// The model in float64: what `bnfit predict` computes for one row, and what each column adds to it.
const bnfitModel = (() => {
  const DAY = 86400, YEAR = 365.2425, PERIODS = { year: YEAR, week: 7, day: 1 };
  const SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

  function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer), count = bytes.length / packed.size, out = new Float64Array(count);
    for (let i = 0; i < count; i++)
      out[i] = packed.size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true);
    return out;
  }

  function prepare(layer) {
    const made = { ...layer };
    for (const name of ["mean", "scale", "shift", "gamma", "beta", "kernel", "bias"])
      if (layer[name]) made[name] = unpack(layer[name]);
    if (layer.kernel) made.kernelShape = layer.kernel.shape;
    if (layer.branches) made.branches = layer.branches.map((branch) => branch.map(prepare));
    return made;
  }

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const FUNCTIONS = {
    linear: [(z) => z, () => 1],
    relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    sigmoid: [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
    selu: [
      (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
      (z) => SELU_SCALE * (z > 0 ? 1 : SELU_ALPHA * Math.exp(z)),
    ],
    silu: [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
  };

  // A value is {data, shape}: the shape of one row.
  function softmax(data, width) {
    const out = new Float64Array(data.length);
    for (let at = 0; at < data.length; at += width) {
      const row = data.subarray(at, at + width), most = Math.max(...row);
      let sum = 0;
      for (let i = 0; i < width; i++) sum += out[at + i] = Math.exp(row[i] - most);
      for (let i = 0; i < width; i++) out[at + i] /= sum;
    }
    return out;
  }

  function normalised(layer, x) {
    const size = x.shape[x.shape.length - 1] / layer.groups, data = new Float64Array(x.data.length);
    const factors = new Float64Array(x.data.length / size);
    for (let at = 0, g = 0; at < data.length; at += size, g++) {
      let mean = 0, square = 0;
      for (let i = 0; i < size; i++) mean += x.data[at + i] / size;
      for (let i = 0; i < size; i++) square += (x.data[at + i] - mean) ** 2 / size;
      factors[g] = 1 / Math.sqrt(square + layer.epsilon);
      for (let i = 0; i < size; i++) data[at + i] = (x.data[at + i] - mean) * factors[g];
    }
    return { data, factors, size };
  }

  const OPERATIONS = {
    affine: {
      forward(l, x) {
        const n = l.scale.length;
        return { data: x.data.map((v, i) => (v - l.mean[i % n]) * l.scale[i % n] + l.shift[i % n]), shape: x.shape };
      },
      back: (l, slope) => slope.map((s, i) => s * l.scale[i % l.scale.length]),
    },
    layernorm: {
      forward(l, x) {
        const n = l.gamma.length;
        return { data: normalised(l, x).data.map((v, i) => v * l.gamma[i % n] + l.beta[i % n]), shape: x.shape };
      },
      back(l, slope, x) {
        const { data, factors, size } = normalised(l, x), n = l.gamma.length, out = new Float64Array(slope.length);
        const scaled = slope.map((s, i) => s * l.gamma[i % n]);
        for (let at = 0, g = 0; at < out.length; at += size, g++) {
          let mean = 0, along = 0;
          for (let i = at; i < at + size; i++) {
            mean += scaled[i] / size;
            along += (scaled[i] * data[i]) / size;
          }
          for (let i = at; i < at + size; i++) out[i] = (scaled[i] - mean - data[i] * along) * factors[g];
        }
        return out;
      },
    },
    dense: {
      forward(l, x) {
        const [inputs, outputs] = l.kernelShape, groups = x.data.length / inputs;
        const data = new Float64Array(groups * outputs);
        for (let g = 0; g < groups; g++)
          for (let o = 0; o < outputs; o++) {
            let sum = l.bias[o];
            for (let i = 0; i < inputs; i++) sum += x.data[g * inputs + i] * l.kernel[i * outputs + o];
            data[g * outputs + o] = sum;
          }
        return { data, shape: [...x.shape.slice(0, -1), outputs] };
      },
      back(l, slope, x) {
        const [inputs, outputs] = l.kernelShape, groups = slope.length / outputs;
        const out = new Float64Array(groups * inputs);
        for (let g = 0; g < groups; g++)
          for (let i = 0; i < inputs; i++) {
            let sum = 0;
            for (let o = 0; o < outputs; o++) sum += slope[g * outputs + o] * l.kernel[i * outputs + o];
            out[g * inputs + i] = sum;
          }
        return out;
      },
    },
    members: {
      forward(l, x) {
        const [members, inputs, outputs] = l.kernelShape, data = new Float64Array(members * outputs);
        for (let m = 0; m < members; m++)
          for (let o = 0; o < outputs; o++) {
            let sum = l.bias[m * outputs + o];
            for (let i = 0; i < inputs; i++)
              sum += x.data[m * inputs + i] * l.kernel[(m * inputs + i) * outputs + o];
            data[m * outputs + o] = sum;
          }
        return { data, shape: [members, outputs] };
      },
      back(l, slope) {
        const [members, inputs, outputs] = l.kernelShape, out = new Float64Array(members * inputs);
        for (let m = 0; m < members; m++)
          for (let i = 0; i < inputs; i++) {
            let sum = 0;
            for (let o = 0; o < outputs; o++)
              sum += slope[m * outputs + o] * l.kernel[(m * inputs + i) * outputs + o];
            out[m * inputs + i] = sum;
          }
        return out;
      },
    },
    activation: {
      forward(l, x) {
        const width = x.shape[x.shape.length - 1];
        return { data: l.name === "softmax" ? softmax(x.data, width) : x.data.map(FUNCTIONS[l.name][0]), shape: x.shape };
      },
      back(l, slope, x) {
        if (l.name !== "softmax") return slope.map((s, i) => s * FUNCTIONS[l.name][1](x.data[i]));
        const width = x.shape[x.shape.length - 1], p = softmax(x.data, width), out = new Float64Array(slope.length);
        for (let at = 0; at < out.length; at += width) {
          let along = 0;
          for (let i = at; i < at + width; i++) along += slope[i] * p[i];
          for (let i = at; i < at + width; i++) out[i] = p[i] * (slope[i] - along);
        }
        return out;
      },
    },
    reshape: { forward: (l, x) => ({ data: x.data, shape: l.shape }), back: (l, slope) => slope },
    mean: {
      forward(l, x) {
        const [members, outputs] = x.shape, data = new Float64Array(outputs);
        x.data.forEach((v, i) => (data[i % outputs] += v / members));
        return { data, shape: [outputs] };
      },
      back(l, slope, x) {
        const [members, outputs] = x.shape;
        return Float64Array.from({ length: members * outputs }, (_, i) => slope[i % outputs] / members);
      },
    },
    branches: {
      forward(l, x) {
        const ends = l.branches.map((branch) => run(branch, x));
        const data = Float64Array.from(ends.flatMap((end) => [...end.data]));
        return { data, shape: [ends.reduce((sum, end) => sum + end.shape[0], 0), ends[0].shape[1]] };
      },
      back(l, slope, x) {
        const out = new Float64Array(x.data.length);
        let at = 0;
        for (const branch of l.branches) {
          const values = trace(branch, x), size = values[values.length - 1].data.length;
          back(branch, slope.subarray(at, at + size), values).forEach((s, i) => (out[i] += s));
          at += size;
        }
        return out;
      },
    },
  };

  const run = (layers, x) => layers.reduce((value, layer) => OPERATIONS[layer.type].forward(layer, value), x);

  function trace(layers, x) {
    const values = [x];
    for (const layer of layers) values.push(OPERATIONS[layer.type].forward(layer, values[values.length - 1]));
    return values;
  }

  function back(layers, slope, values) {
    for (let i = layers.length - 1; i >= 0; i--) slope = OPERATIONS[layers[i].type].back(layers[i], slope, values[i]);
    return slope;
  }

  function part(days, name) {
    if (name === "year") return 1970 + days / YEAR;
    if (name === "hour") return days * 24;
    const [wave, period] = name.split(" of "), whole = days / PERIODS[period];
    const angle = 2 * Math.PI * (whole - Math.floor(whole));
    return wave === "sin" ? Math.sin(angle) : Math.cos(angle);
  }

  // The value of a column: a number (of dates the seconds since 1970), 0 or 1, a level; null where there is none.
  function encode(column, value) {
    const empty = value === null || value === undefined || value === "" || Number.isNaN(value);
    if (column.kind === "category") {
      const known = column.levels.length, at = empty ? known : column.levels.indexOf(String(value));
      return column.rows[at < 0 ? known + 1 : at];
    }
    const number = column.kind === "datetime" ? Number(value) / DAY : Number(value);
    const out = column.fill.map((fill, i) => (empty ? fill : column.parts.length ? part(number, column.parts[i]) : number));
    if (column.missing) out.push(empty ? 1 : 0);
    return out;
  }

  function make(said) {
    const layers = said.layers.map(prepare), means = Float64Array.from(said.means), classes = said.classes;
    const value = (data) => ({ data, shape: [data.length] });
    const outputs = (x) => run(layers, value(x)).data;
    const both = (out) => (out.length === 1 ? [1 - out[0], out[0]] : [...out]);
    const clipped = (p) => Math.min(Math.max(p, said.sure), 1 - said.sure);
    const divided = (out, which) =>
      classes.length ? Math.log(clipped(out[which]) / (1 - clipped(out[which]))) : out[0];
    const encoded = (row) => Float64Array.from(said.columns.flatMap((c) => encode(c, row[c.name])));

    function largest(values) {
      return values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
    }

    // Integrated gradients from the means of the training table, as `predict --contributions` has them.
    function contributions(x, which) {
      const n = x.length, total = new Float64Array(n), way = x.map((v, i) => v - means[i]), steps = said.steps;
      const point = (t) => means.map((m, i) => m + t * way[i]);
      let before = divided(outputs(point(0)), which);
      const base = before;
      for (let s = 0; s < steps; s++) {
        const values = trace(layers, value(point((s + 0.5) / steps))), out = values[values.length - 1].data;
        const slope = new Float64Array(out.length);
        slope[which] = classes.length ? 1 / (clipped(out[which]) * (1 - clipped(out[which]))) : 1;
        const parts = back(layers, slope, values).map((g, i) => (g * way[i]) / steps);
        const after = divided(outputs(point((s + 1) / steps)), which), missed = after - before - sum(parts);
        const size = parts.reduce((a, p) => a + Math.abs(p), 0), moved = way.filter((w) => w !== 0).length;
        parts.forEach((p, i) => {
          const share = size > 0 ? Math.abs(p) / size : way[i] !== 0 ? 1 / moved : 0;
          total[i] += p + share * missed;
        });
        before = after;
      }
      let at = 0;
      const columns = said.columns.map((c) => sum(total.subarray(at, (at += c.width))));
      return { base, columns };
    }

    const sum = (values) => values.reduce((a, b) => a + b, 0);

    function predict(row, withParts = false) {
      const x = encoded(row), out = outputs(x);
      const probabilities = classes.length ? both(out) : [];
      const weighed = probabilities.map((p, i) => p * (said.emphasis[i] ?? 1));
      const which = out.length > 1 ? largest([...out]) : 0;
      const prediction = classes.length ? classes[largest(weighed)] : out[0];
      return { prediction, probabilities, which, ...(withParts ? contributions(x, which) : {}) };
    }
    return { ...said, predict };
  }
  return { make };
})();
