// What workers do first: gradients as boxes (or ticks, where only the schedule is known), communications as lines.

const DOING = {
  computing: ["--curve-0", "computes"],
  waiting_for_partner: ["--curve-4", "waits for a partner"],
  waiting_at_barrier: ["--curve-1", "waits at a barrier"],
  transferring: ["--curve-2", "waits for messages"],
  away: ["--grid", "is away"],
};
const LEFT = 46, WIDTH = 960;

/** Where times and workers stand in the drawing. */
function timelinePlaces({rows, workers}) {
  const end = Math.max(...rows.map(([, until]) => until), 1e-9), row = Math.min(16, Math.max(9, 640 / workers));
  return {end, row, bar: 0.75 * row, height: row * workers,
          x: (time) => LEFT + (WIDTH - LEFT - 10) * time / end, y: (worker) => row * (worker + 0.5)};
}

/** The shapes of one event, and whether they lie above others. */
function eventShapes([begin, until, worker, what, partner], {x, y, row, bar}) {
  const ink = inForce("--ink"), top = y(worker) - bar / 2;
  if (partner >= 0 && !DOING[what]) {
    const words = makeSvg("title", {}, `workers ${worker} and ${partner} at ${shortNumber(begin)}`);
    const line = makeSvg("path", {d: `M${x(begin)} ${y(worker)}V${y(partner)}`, stroke: ink, "data-what": what}, words);
    const ends = [worker, partner].map((one) => makeSvg("circle", {cx: x(begin), cy: y(one), r: row / 7, fill: ink}));
    return {above: true, shapes: [line, ...ends]};
  }
  const words = makeSvg("title", {}, `worker ${worker}: ${what.replaceAll("_", " ")}, ${shortNumber(begin)} to ${shortNumber(until)}`);
  if (!DOING[what]) {
    const tick = {d: `M${x(begin)} ${top}v${bar}`, stroke: inForce("--curve-0"), "stroke-width": 2, "data-what": what};
    return {above: false, shapes: [makeSvg("path", tick, words)]};
  }
  const width = Math.max(0.5, x(until) - x(begin)), fill = inForce(DOING[what][0]);
  return {above: false, shapes: [makeSvg("rect", {x: x(begin), y: top, width, height: bar, fill, "data-what": what}, words)]};
}

/** Numbers of workers on the left, times below. */
function timelineAxes({workers}, {x, y, height, end}) {
  const ink = inForce("--ink"), shapes = [];
  for (let worker = 0; worker < workers; worker += Math.ceil(workers / 16)) {
    const place = {x: LEFT - 8, y: y(worker), "text-anchor": "end", "dominant-baseline": "central", "font-size": 11, fill: ink};
    shapes.push(makeSvg("text", place, String(worker)));
  }
  const below = {"text-anchor": "middle", fill: ink};
  for (const tick of linearTicks(0, end, 9)) {
    shapes.push(makeSvg("path", {d: `M${x(tick)} ${height}v5`, stroke: ink}),
                makeSvg("text", {x: x(tick), y: height + 17, "font-size": 11, ...below}, shortNumber(tick)));
  }
  const name = DATA.axes.find(({id}) => id === "time")?.name ?? "time";
  return [...shapes, makeSvg("text", {x: (LEFT + WIDTH) / 2, y: height + 36, "font-size": 12, ...below}, name)];
}

function timelineKey(rows) {
  const seen = Object.keys(DOING).filter((what) => rows.some((row) => row[3] === what));
  const entry = (style, text) => make("span", {}, make("i", {style}), text);
  const names = seen.map((what) => entry(`background: var(${DOING[what][0]})`, DOING[what][1]));
  if (!seen.length) names.push(entry("background: var(--curve-0); width: 3px", "gradient (as the schedule has it)"));
  return make("div", {className: "key"}, ...names, entry("background: var(--ink); width: 2px", "communication"));
}

function showTimeline(timeline) {
  const places = timelinePlaces(timeline), events = timeline.rows.map((row) => eventShapes(row, places));
  const label = `first events of ${timeline.workers} workers`;
  const svg = makeSvg("svg", {viewBox: `0 0 ${WIDTH} ${places.height + 42}`, role: "img", "aria-label": label});
  for (const above of [false, true]) svg.append(...events.filter((event) => event.above === above).flatMap(({shapes}) => shapes));
  svg.append(...timelineAxes(timeline, places));
  find("timeline-drawing").replaceChildren(timelineKey(timeline.rows), svg);
}

function startTimelines() {
  if (!DATA.timelines.length) return;
  const which = find("timeline-which");
  DATA.timelines.forEach((timeline, k) => which.append(make("option", {value: k}, timeline.label)));
  const show = () => showTimeline(DATA.timelines[which.value]);
  which.addEventListener("change", show);
  show();
  showTimeline.again = show;
}
