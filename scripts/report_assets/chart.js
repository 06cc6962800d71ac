// The curves: uPlot keeps axes and scales, and the curves are drawn here, because every cell has points of its own.

/** Positions of the numbers on an axis: powers of ten, 1-2-5, or even steps, whatever the range leaves room for. */
function logTicks(low, high) {
  const decades = Math.log10(high / low);
  if (decades < 0.7) return linearTicks(low, high).filter((tick) => tick > 0);
  const steps = decades < 2.5 ? [1, 2, 5] : [1], stride = Math.max(1, Math.ceil(decades / 8));
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    if (power % stride) continue;
    for (const step of steps) ticks.push(step * 10 ** power);
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function linearTicks(low, high, most = 6) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** First and last index whose x lies in the window, and one more on either side, so that lines reach its edges. */
function windowOf(x, low, high) {
  const before = (bound) => {
    let a = 0, b = x.length;
    while (a < b) {
      const middle = (a + b) >> 1;
      if (x[middle] < bound) a = middle + 1;
      else b = middle;
    }
    return a;
  };
  return [Math.max(0, before(low) - 1), Math.min(x.length - 1, before(high))];
}

/** Points of a curve in pixels, at most four for each column of pixels: first, least, largest, last of its values. */
function decimated(x, y, toX, toY, [first, last]) {
  const points = [];
  let column = null;
  const flush = () => {
    if (!column) return;
    const kept = new Set([column.first, Math.min(column.least, column.largest), Math.max(column.least, column.largest), column.last]);
    for (const k of kept) points.push([toX(x[k]), toY(y[k])]);
    column = null;
  };
  for (let k = first; k <= last; k += 1) {
    if (!Number.isFinite(y[k]) || (toY.log && y[k] <= 0)) {
      flush();
      points.push(null); // a gap
      continue;
    }
    const at = Math.round(toX(x[k]));
    if (column?.at !== at) {
      flush();
      column = {at, first: k, least: k, largest: k, last: k};
      continue;
    }
    if (y[k] < y[column.least]) column.least = k;
    if (y[k] > y[column.largest]) column.largest = k;
    column.last = k;
  }
  flush();
  return points;
}

/** From values to pixels of the canvas along one scale. */
function toPixels(log, low, high, from, to) {
  const scale = log ? Math.log10 : (value) => value;
  const start = scale(low), factor = (to - from) / (scale(high) - start);
  const map = (value) => from + (scale(value) - start) * factor;
  map.log = log;
  return map;
}

class Chart {
  constructor(place) {
    this.place = place;
    this.plot = null;
    this.painted = [];
    new ResizeObserver(() => this.plot && this.plot.width !== this.width() && this.build()).observe(place);
  }

  width() {
    return Math.max(280, this.place.clientWidth);
  }

  /** The ranges of both axes as they are drawn. */
  ranges() {
    return this.window;
  }

  /** What was zoomed to, else all that is drawn. */
  newRanges() {
    const cells = drawnCells();
    let x = state.zoom.x;
    if (!x) {
      const ends = cells.map(({cell}) => array(cell.x[state.axis])).filter((values) => values.length);
      const start = (values) => state.logX ? values.find((value) => value > 0) ?? Infinity : values[0];
      let low = Math.min(...ends.map(start));
      let high = Math.max(...ends.map((values) => values[values.length - 1]));
      if (!(high > low)) [low, high] = Number.isFinite(low) ? [low * 0.5, low * 2 + 1] : [state.logX ? 1 : 0, 10];
      x = [low, high];
    }
    return {x, y: state.zoom.y ?? this.yRange(cells, x)};
  }

  yRange(cells, [from, to]) {
    let low = Infinity, high = -Infinity;
    const take = (x, y) => {
      const [first, last] = windowOf(x, from, to);
      for (let k = first; k <= last; k += 1) {
        if (!Number.isFinite(y[k]) || (state.logY && y[k] <= 0)) continue;
        if (y[k] < low) low = y[k];
        if (y[k] > high) high = y[k];
      }
    };
    for (const {cell} of cells) {
      const x = array(cell.x[state.axis]), [mean, ...band] = cell.y[state.metric].map(array);
      take(x, mean);
      if (state.bands && band.length) {
        take(x, band[1]);
        if (!state.logY) take(x, band[0]);
      }
    }
    if (!(high >= low)) return state.logY ? [0.1, 10] : [0, 1];
    if (state.logY) {
      const room = Math.max((high / low) ** 0.04, 1.01);
      return [low / room, high * room];
    }
    const room = 0.04 * (high - low) || Math.abs(high) * 0.1 || 1;
    return [low - room, high + room];
  }

  /** What uPlot must know of an axis. */
  axis(log, label, size, most) {
    const lines = {stroke: inForce("--grid"), width: 1};
    return {label, size, labelSize: 26, stroke: inForce("--ink"), font: "12px system-ui, sans-serif",
            labelFont: "13px system-ui, sans-serif", grid: lines, ticks: lines,
            splits: (_, __, low, high) => log ? logTicks(low, high) : linearTicks(low, high, most),
            filter: (_, splits) => splits, values: (_, splits) => splits.map((split) => shortNumber(split))};
  }

  build() {
    this.plot?.destroy();
    this.window = this.newRanges();
    const name = (list, id) => list.find((one) => one.id === id)?.name ?? "";
    const width = this.width(), most = Math.max(2, Math.min(9, width / 110));
    this.plot = new uPlot({
      width, height: Math.max(300, Math.min(460, Math.round(0.55 * width))), legend: {show: false},
      scales: {x: {time: false, distr: state.logX ? 3 : 1, range: () => this.window.x},
               y: {distr: state.logY ? 3 : 1, range: () => this.window.y}},
      axes: [this.axis(state.logX, name(DATA.axes, state.axis), 44, most), this.axis(state.logY, name(DATA.metrics, state.metric), 66, 6)],
      series: [{}, {stroke: "transparent", points: {show: false}}],
      cursor: {drag: {x: true, y: true, uni: 24, setScale: false}, points: {show: false}},
      hooks: {draw: [(plot) => this.paint(plot)], setSelect: [(plot) => this.zoomTo(plot)],
              setCursor: [(plot) => this.point(plot)]},
    }, [this.window.x, [null, null]], this.place);
    this.plot.root.addEventListener("dblclick", () => this.zoom({x: null, y: null}));
  }

  zoom(zoom) {
    state.zoom = zoom;
    this.build();
    refreshCommand();
  }

  zoomTo(plot) {
    const {left, top, width, height} = plot.select;
    if (width < 3 && height < 3) return;
    const wide = width >= 3 && width < plot.over.clientWidth, tall = height >= 3 && height < plot.over.clientHeight;
    const x = wide ? [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] : state.zoom.x;
    const y = tall ? [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")] : state.zoom.y;
    queueMicrotask(() => this.zoom({x, y}));
  }

  /** Zooms by a factor around the middle, or moves by a share of the width; log axes in their own measure. */
  step(factor, share) {
    const {x} = this.ranges(), same = (value) => value;
    const [scale, back] = state.logX ? [Math.log10, (value) => 10 ** value] : [same, same];
    const [low, high] = x.map(scale), middle = (low + high) / 2 + share * (high - low), half = (high - low) / 2 * factor;
    this.zoom({x: [back(middle - half), back(middle + half)], y: state.zoom.y});
  }

  paint(plot) {
    const {ctx: context, bbox} = plot, ratio = uPlot.pxRatio;
    const {x: [left, right], y: [low, high]} = this.ranges();
    const toX = toPixels(state.logX, left, right, bbox.left, bbox.left + bbox.width);
    const toY = toPixels(state.logY, low, high, bbox.top + bbox.height, bbox.top);
    const begun = performance.now();
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    this.painted = [];
    const cells = drawnCells();
    for (const one of cells) if (state.bands) this.paintBand(context, one, toX, toY, [left, right], low);
    for (const one of cells) this.paintCurve(context, one, toX, toY, [left, right], ratio);
    context.restore();
    this.milliseconds = performance.now() - begun;
  }

  paintBand(context, {cell, colour}, toX, toY, [left, right], floor) {
    const x = array(cell.x[state.axis]), [, low, high] = cell.y[state.metric].map(array);
    if (!low) return;
    const window_ = windowOf(x, left, right);
    const above = decimated(x, high, toX, toY, window_).filter(Boolean);
    const lifted = state.logY ? low.map((value) => value > 0 ? value : floor) : low; // a limit below zero is off a log scale
    const below = decimated(x, lifted, toX, toY, window_).filter(Boolean);
    context.fillStyle = colour;
    context.globalAlpha = 0.16;
    context.beginPath();
    [...above, ...below.reverse()].forEach(([a, b], k) => context[k ? "lineTo" : "moveTo"](a, b));
    context.fill();
    context.globalAlpha = 1;
  }

  paintCurve(context, {k, cell, colour, dash, marker}, toX, toY, [left, right], ratio) {
    const x = array(cell.x[state.axis]), mean = array(cell.y[state.metric][0]);
    const points = decimated(x, mean, toX, toY, windowOf(x, left, right));
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.7 * ratio;
    context.lineJoin = "round";
    context.setLineDash(dash.map((length) => length * ratio));
    this.line(context, points);
    context.setLineDash([]);
    if (state.markers) this.markers(context, points.filter(Boolean), marker, ratio, k);
    const theory = state.theory && state.axis === "time" && cell.theory[state.metric]?.map(array);
    if (theory) {
      context.strokeStyle = inForce("--ink");
      context.lineWidth = 1.1 * ratio;
      context.setLineDash([5 * ratio, 3 * ratio]);
      this.line(context, decimated(theory[0], theory[1], toX, toY, windowOf(theory[0], left, right)));
      context.setLineDash([]);
    }
    this.painted.push({cell: k, points, theory: Boolean(theory)});
  }

  line(context, points) {
    context.beginPath();
    let up = true;
    for (const point of points) {
      if (point) context[up ? "moveTo" : "lineTo"](point[0], point[1]);
      up = !point;
    }
    context.stroke();
  }

  /** About eight markers, at the points themselves, those of neighbouring curves at different ones. */
  markers(context, points, kind, ratio, k) {
    const every = Math.max(1, Math.floor(points.length / 8));
    context.beginPath();
    for (let at = (k * 3) % every; at < points.length; at += every) markerPath(context, kind, points[at][0], points[at][1], 3 * ratio);
    context.fill();
  }

  /** Says what is drawn nearest to the pointer. */
  point(plot) {
    const tip = find("tip"), best = plot.cursor.left >= 0 ? this.nearest(plot) : null;
    tip.hidden = !best || best.away > 60;
    if (!tip.hidden) tip.textContent = `${best.cell.label}: ${readOut(best.cell, best.k)}`;
  }

  nearest(plot) {
    const {left, top} = plot.cursor, {x: [from, to], y: [low, high]} = this.ranges(), at = plot.posToVal(left, "x");
    const toX = toPixels(state.logX, from, to, 0, plot.over.clientWidth), toY = toPixels(state.logY, low, high, plot.over.clientHeight, 0);
    let best = null;
    for (const {cell} of drawnCells()) {
      const x = array(cell.x[state.axis]), mean = array(cell.y[state.metric][0]), [first, last] = windowOf(x, at, at);
      for (const k of [first, Math.min(last, x.length - 1)]) {
        const away = Math.hypot(toX(x[k]) - left, toY(mean[k]) - top);
        if (!best || away < best.away) best = {away, cell, k};
      }
    }
    return best;
  }
}

/** A point in words. */
function readOut(cell, k) {
  const [mean, low, high] = cell.y[state.metric].map((index) => array(index)[k]);
  const limits = low === undefined ? "" : ` [${shortNumber(low)}, ${shortNumber(high)}]`;
  return `${state.axis} ${shortNumber(array(cell.x[state.axis])[k])}: ${shortNumber(mean)}${limits}`;
}

/** The values of the curves that are drawn, within the window. */
function shownValues(chart) {
  const [from, to] = chart.ranges().x;
  return drawnCells().map(({k, cell}) => {
    const x = array(cell.x[state.axis]), columns = cell.y[state.metric].map(array);
    const rows = [...x.keys()].filter((row) => x[row] >= from && x[row] <= to);
    return {cell: k, label: cell.label, x: rows.map((row) => x[row]), mean: rows.map((row) => columns[0][row]),
            low: columns[1] ? rows.map((row) => columns[1][row]) : null, high: columns[2] ? rows.map((row) => columns[2][row]) : null};
  });
}

/** The same as CSV. */
function shownCsv(chart) {
  const field = (text) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [["cell", state.axis, state.metric, "low", "high"].map(field).join(",")];
  for (const {label, x, mean, low, high} of shownValues(chart)) {
    x.forEach((value, row) => lines.push([field(label), value, mean[row], low ? low[row] : "", high ? high[row] : ""].join(",")));
  }
  return lines.join("\n") + "\n";
}
