// The graph with its edges coloured by a value, and the heat-map of communications between every pair of workers.

const EDGE_VALUES = {rate: "rate", resistance: "effective resistance", traffic: "communications, all repeats"};
const SIDE = 500, MARGIN = 20; // of a drawing

/** The scale of colours with its ends. */
function colourBar([low, high], name) {
  const canvas = make("canvas", {width: 128, height: 1, className: "bar"}), context = canvas.getContext("2d");
  for (let k = 0; k < 128; k += 1) {
    context.fillStyle = `rgb(${viridis(k / 127)})`;
    context.fillRect(k, 0, 1, 1);
  }
  const words = [shortNumber(low), shortNumber(high), ` ${name}`].map((text) => make("span", {}, text));
  return make("div", {className: "scale"}, words[0], canvas, words[1], words[2]);
}

const share = (value, [low, high]) => high > low ? (value - low) / (high - low) : 0.5;

/** From the plane to the drawing: one scale for both directions, in the middle. */
function intoDrawing(points) {
  const [left, right] = extent(points.map(([x]) => x)), [low, high] = extent(points.map(([, y]) => y));
  const size = Math.max(right - left, high - low) || 1, scale = (SIDE - 2 * MARGIN) / size;
  const [middleX, middleY] = [(left + right) / 2, (low + high) / 2];
  return ([x, y]) => [SIDE / 2 + scale * (x - middleX), SIDE / 2 - scale * (y - middleY)];
}

/** So large that workers do not touch: 0.4 of the least distance of two, within bounds. */
function workerRadius(points) {
  if (points.length > 1000) return 2;
  let least = Infinity;
  points.forEach(([x, y], k) => {
    for (const [p, q] of points.slice(0, k)) least = Math.min(least, Math.hypot(x - p, y - q));
  });
  return Math.min(11, Math.max(2, 0.4 * least));
}

/** The edges, those of large values on top. */
function edgeLines(graph, at, values, range) {
  const [i, j] = [array(graph.i), array(graph.j)], count = graph.paths.length;
  const width = count <= 64 ? 4 : count <= 500 ? 2.2 : 1;
  const order = [...graph.paths.keys()].sort((a, b) => values[graph.owner[a]] - values[graph.owner[b]]);
  return order.map((k) => {
    const edge = graph.owner[k], value = values[edge];
    const points = graph.paths[k].map((point) => at(point).map((pixel) => pixel.toFixed(1)).join()).join(" ");
    const stroke = Number.isFinite(value) ? `rgb(${viridis(share(value, range))})` : inForce("--grid");
    return makeSvg("polyline", {points, fill: "none", stroke, "stroke-width": width, "data-edge": edge},
                   makeSvg("title", {}, `${i[edge]} – ${j[edge]}: ${shortNumber(value)}`));
  });
}

function workerMarks(places) {
  const r = workerRadius(places), ink = inForce("--ink");
  return places.flatMap(([x, y], worker) => {
    const circle = makeSvg("circle", {cx: x, cy: y, r, fill: inForce("--page"), stroke: ink}, makeSvg("title", {}, `worker ${worker}`));
    if (r < 7) return [circle];
    const middle = {"text-anchor": "middle", "dominant-baseline": "central"};
    return [circle, makeSvg("text", {x, y, ...middle, "font-size": r, fill: ink}, String(worker))];
  });
}

function showGraph(graph, by) {
  const place = find("graph-drawing");
  if (!graph.paths) {
    place.replaceChildren(make("p", {}, `${graph.facts.edges} edges: too many to be drawn here.`));
    return;
  }
  const at = intoDrawing([...graph.places, ...graph.paths.flat()]);
  const values = array(graph.values[by]), range = extent(values);
  const label = `graph of ${graph.workers} workers, edges by ${EDGE_VALUES[by]}`;
  const svg = makeSvg("svg", {viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": label});
  svg.append(...edgeLines(graph, at, values, range), ...workerMarks(graph.places.map(at)));
  place.replaceChildren(svg, colourBar(range, EDGE_VALUES[by]));
}

/** Says under the pointer what the pixel of a pair stands for. */
function tellPairs(canvas, graph, counts) {
  const n = graph.workers, [i, j] = [array(graph.i), array(graph.j)];
  const key = (a, b) => Math.min(a, b) * n + Math.max(a, b);
  const known = new Map([...counts.keys()].map((edge) => [key(i[edge], j[edge]), counts[edge]]));
  canvas.addEventListener("mousemove", (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (part) => Math.min(n - 1, Math.floor(n * part));
    const row = place((event.clientY - box.top) / box.height), column = place((event.clientX - box.left) / box.width);
    const count = known.get(key(row, column));
    canvas.title = `workers ${row} and ${column}: ${count === undefined ? "no edge" : `${count} communications`}`;
  });
}

function showHeatMap(graph) {
  const place = find("heat-map"), counts = graph.values.traffic === undefined ? null : array(graph.values.traffic);
  if (!counts?.some((count) => count > 0)) {
    const why = counts ? "No pair of workers has communicated." : "Communications were not counted (record.communication_counts).";
    place.replaceChildren(make("p", {}, why));
    return;
  }
  const n = graph.workers, range = [0, extent(counts)[1]], [i, j] = [array(graph.i), array(graph.j)];
  const label = `communications between ${n} workers`;
  const canvas = make("canvas", {width: n, height: n, className: "map", role: "img", "aria-label": label});
  const image = new ImageData(n, n);
  counts.forEach((count, edge) => {
    const colour = [...viridis(share(count, range)), 255];
    image.data.set(colour, 4 * (i[edge] * n + j[edge]));
    image.data.set(colour, 4 * (j[edge] * n + i[edge]));
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  tellPairs(canvas, graph, counts);
  place.replaceChildren(canvas, colourBar(range, EDGE_VALUES.traffic));
}

/** The command that draws the graph as it is seen; counts are drawn with all other figures. */
function graphCommand(graph, by) {
  if (by === "traffic") return `scripts/plot ${DATA.folders.map(quoted).join(" ")}`;
  return `scripts/plot --topology ${quoted(graph.run)} --edges-by ${by}`;
}

function factsOf(graph) {
  const {edges, chi_1: chi1, chi_2: chi2} = graph.facts, left = DATA.graphsLeftOut;
  const chi = chi1 && `χ₁ = ${shortNumber(chi1)}, χ₂ = ${shortNumber(chi2)}`;
  const more = left && `${left} more graphs of these runs are not drawn here`;
  const words = [`${graph.workers} workers, ${edges} edges`, chi, graph.test, more];
  return words.filter(Boolean).join("; ");
}

function startGraphs() {
  if (!DATA.graphs.length) return;
  const which = find("graph-which"), by = find("graph-by");
  DATA.graphs.forEach((graph, k) => which.append(make("option", {value: k}, graph.label)));
  const show = () => {
    const graph = DATA.graphs[which.value], kept = by.value;
    const offered = Object.keys(EDGE_VALUES).filter((key) => graph.values[key] !== undefined);
    by.replaceChildren(...offered.map((key) => make("option", {value: key}, EDGE_VALUES[key])));
    by.value = offered.includes(kept) ? kept : offered.at(-1);
    showGraph(graph, by.value);
    showHeatMap(graph);
    find("graph-facts").textContent = factsOf(graph);
    find("graph-command").textContent = graphCommand(graph, by.value);
  };
  which.addEventListener("change", show);
  by.addEventListener("change", show);
  show();
  showGraph.again = show;
}
