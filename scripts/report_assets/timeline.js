// What workers do first: gradients as boxes (or ticks, where only the schedule is known), communications as lines.

const DOING = {computing: ["--curve-0", "computes"], waiting_for_partner: ["--curve-4", "waits for a partner"],
               waiting_at_barrier: ["--curve-1", "waits at a barrier"], transferring: ["--curve-2", "waits for messages"], away: ["--grid", "is away"]};

function showTimeline(timeline) {
  const row = Math.min(16, Math.max(9, 640 / timeline.workers)), bar = 0.75 * row, left = 46, width = 960, height = row * timeline.workers;
  const end = Math.max(...timeline.rows.map(([, until]) => until), 1e-9);
  const x = (time) => left + (width - left - 10) * time / end, y = (worker) => row * (worker + 0.5);
  const svg = makeSvg("svg", {viewBox: `0 0 ${width} ${height + 42}`, role: "img", "aria-label": `first events of ${timeline.workers} workers`});
  const seen = new Set(), lines = [];
  for (const [begin, until, worker, what, partner] of timeline.rows) {
    const words = partner >= 0 ? `workers ${worker} and ${partner} at ${shortNumber(begin)}` : `worker ${worker}: ${what.replaceAll("_", " ")}, ${shortNumber(begin)} to ${shortNumber(until)}`;
    if (DOING[what]) {
      seen.add(what);
      svg.append(makeSvg("rect", {x: x(begin), y: y(worker) - bar / 2, width: Math.max(0.5, x(until) - x(begin)), height: bar, fill: inForce(DOING[what][0]), "data-what": what}, makeSvg("title", {}, words)));
    } else if (partner >= 0) {
      lines.push(makeSvg("path", {d: `M${x(begin)} ${y(worker)}V${y(partner)}`, stroke: inForce("--ink"), "stroke-width": 1, "data-what": what}, makeSvg("title", {}, words)),
                 ...[worker, partner].map((end_) => makeSvg("circle", {cx: x(begin), cy: y(end_), r: row / 7, fill: inForce("--ink")})));
    } else {
      svg.append(makeSvg("path", {d: `M${x(begin)} ${y(worker) - bar / 2}v${bar}`, stroke: inForce("--curve-0"), "stroke-width": 2, "data-what": what}, makeSvg("title", {}, words)));
    }
  }
  svg.append(...lines);
  for (let worker = 0; worker < timeline.workers; worker += Math.ceil(timeline.workers / 16)) {
    svg.append(makeSvg("text", {x: left - 8, y: y(worker), "text-anchor": "end", "dominant-baseline": "central", "font-size": 11, fill: inForce("--ink")}, String(worker)));
  }
  for (const tick of linearTicks(0, end, 9)) {
    svg.append(makeSvg("path", {d: `M${x(tick)} ${height}v5`, stroke: inForce("--ink")}),
               makeSvg("text", {x: x(tick), y: height + 17, "text-anchor": "middle", "font-size": 11, fill: inForce("--ink")}, shortNumber(tick)));
  }
  svg.append(makeSvg("text", {x: (left + width) / 2, y: height + 36, "text-anchor": "middle", "font-size": 12, fill: inForce("--ink")}, DATA.axes.find(({id}) => id === "time")?.name ?? "time"));
  const names = [...seen].map((what) => make("span", {}, make("i", {style: `background: var(${DOING[what][0]})`}), DOING[what][1]));
  if (!seen.size) names.push(make("span", {}, make("i", {style: "background: var(--curve-0); width: 3px"}), "gradient (as the schedule has it)"));
  names.push(make("span", {}, make("i", {style: "background: var(--ink); width: 2px"}), "communication"));
  find("timeline-drawing").replaceChildren(make("div", {className: "key"}, ...names), svg);
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
