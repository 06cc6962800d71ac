// The graph with its edges coloured by a value, and the heat-map of communications between every pair of workers.

const EDGE_VALUES = {rate: "rate", resistance: "effective resistance", traffic: "communications, all repeats"};

/** Draws the scale of colours with its ends. */
function colourBar([low, high], name) {
  const canvas = make("canvas", {width: 128, height: 1, className: "bar"}), context = canvas.getContext("2d");
  for (let k = 0; k < 128; k += 1) {
    context.fillStyle = `rgb(${viridis(k / 127)})`;
    context.fillRect(k, 0, 1, 1);
  }
  return make("div", {className: "scale"}, make("span", {}, shortNumber(low)), canvas, make("span", {}, shortNumber(high)), make("span", {}, ` ${name}`));
}

const share = (value, [low, high]) => high > low ? (value - low) / (high - low) : 0.5;

/** So large that workers do not touch: 0.4 of the least distance of two, within bounds. */
function workerRadius(points) {
  if (points.length > 1000) return 2;
  let least = Infinity;
  points.forEach(([x, y], k) => points.slice(0, k).forEach(([p, q]) => { least = Math.min(least, Math.hypot(x - p, y - q)); }));
  return Math.min(11, Math.max(2, 0.4 * least));
}

function showGraph(graph, by) {
  const place = find("graph-drawing");
  if (!graph.paths) {
    place.replaceChildren(make("p", {}, `${graph.facts.edges} edges: too many to be drawn here.`));
    return;
  }
  const xs = graph.places.map(([x]) => x), ys = graph.places.map(([, y]) => y);
  const [left, right] = extent([...xs, ...graph.paths.flat().map(([x]) => x)]), [low, high] = extent([...ys, ...graph.paths.flat().map(([, y]) => y)]);
  const size = Math.max(right - left, high - low) || 1;
  const at = ([x, y]) => [20 + 460 * (x - left + (size - right + left) / 2) / size, 480 - 460 * (y - low + (size - high + low) / 2) / size];
  const values = array(graph.values[by]), range = extent(values), [i, j] = [array(graph.i), array(graph.j)];
  const svg = makeSvg("svg", {viewBox: "0 0 500 500", role: "img", "aria-label": `graph of ${graph.workers} workers, edges by ${EDGE_VALUES[by]}`});
  const order = [...graph.paths.keys()].sort((a, b) => values[graph.owner[a]] - values[graph.owner[b]]);
  const width = graph.paths.length <= 64 ? 4 : graph.paths.length <= 500 ? 2.2 : 1;
  for (const k of order) {
    const edge = graph.owner[k], value = values[edge];
    const points = graph.paths[k].map((point) => at(point).map((pixel) => pixel.toFixed(1)).join()).join(" ");
    svg.append(makeSvg("polyline", {points, fill: "none", "stroke-width": width, "data-edge": edge,
                                    stroke: Number.isFinite(value) ? `rgb(${viridis(share(value, range))})` : inForce("--grid")},
                       makeSvg("title", {}, `${i[edge]} – ${j[edge]}: ${shortNumber(value)}`)));
  }
  const radius = workerRadius(graph.places.map(at));
  graph.places.forEach((point, worker) => {
    const [x, y] = at(point);
    svg.append(makeSvg("circle", {cx: x, cy: y, r: radius, fill: inForce("--page"), stroke: inForce("--ink")}, makeSvg("title", {}, `worker ${worker}`)));
    if (radius >= 7) {
      svg.append(makeSvg("text", {x, y, "text-anchor": "middle", "dominant-baseline": "central", "font-size": radius, fill: inForce("--ink")}, String(worker)));
    }
  });
  place.replaceChildren(svg, colourBar(range, EDGE_VALUES[by]));
}

function showHeatMap(graph) {
  const place = find("heat-map");
  if (!graph.values.traffic) {
    place.replaceChildren(make("p", {}, "Communications were not counted (record.communication_counts)."));
    return;
  }
  if (!array(graph.values.traffic).some((count) => count > 0)) {
    place.replaceChildren(make("p", {}, "No pair of workers has communicated."));
    return;
  }
  const n = graph.workers, counts = array(graph.values.traffic), [, high] = extent(counts), range = [0, high];
  const canvas = make("canvas", {width: n, height: n, className: "map", role: "img", "aria-label": `communications between ${n} workers`});
  const image = new ImageData(n, n), [i, j] = [array(graph.i), array(graph.j)];
  counts.forEach((count, edge) => {
    for (const [row, column] of [[i[edge], j[edge]], [j[edge], i[edge]]]) image.data.set([...viridis(share(count, range)), 255], 4 * (row * n + column));
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  const known = new Map([...counts.keys()].map((edge) => [`${Math.min(i[edge], j[edge])},${Math.max(i[edge], j[edge])}`, counts[edge]]));
  canvas.addEventListener("mousemove", (event) => {
    const box = canvas.getBoundingClientRect();
    const [row, column] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((part) => Math.min(n - 1, Math.floor(n * part)));
    const count = known.get(`${Math.min(row, column)},${Math.max(row, column)}`);
    canvas.title = `workers ${row} and ${column}: ${count === undefined ? "no edge" : `${count} communications`}`;
  });
  place.replaceChildren(canvas, colourBar(range, EDGE_VALUES.traffic));
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
    const facts = [`${graph.workers} workers, ${graph.facts.edges} edges`, graph.facts.chi_1 && `χ₁ = ${shortNumber(graph.facts.chi_1)}, χ₂ = ${shortNumber(graph.facts.chi_2)}`, graph.test,
                   DATA.graphsLeftOut && `${DATA.graphsLeftOut} more graphs of these runs are not drawn here`];
    find("graph-facts").textContent = facts.filter(Boolean).join("; ");
  };
  which.addEventListener("change", show);
  by.addEventListener("change", show);
  show();
  showGraph.again = show;
}
