// Joins the controls to what they control.

let chart = null;

function refreshCommand() {
  find("command").textContent = plotCommand();
}

function refresh() {
  showLegend(refresh);
  filterTable();
  chart.build();
  refreshCommand();
}

/** A new axis or metric has other ranges: zooms end. */
function choose(key, value) {
  state[key] = value;
  if (key === "metric") {
    state.logY = DATA.metrics.find(({id}) => id === value).log;
    find("log-y").checked = state.logY;
  }
  if (["axis", "logX"].includes(key)) state.zoom = {x: null, y: null};
  if (["metric", "logY"].includes(key)) state.zoom.y = null;
  refresh();
}

async function copy(button) {
  const text = find(button.dataset.copies).textContent;
  try {
    await navigator.clipboard.writeText(text);
    say("copied");
  } catch {
    getSelection().selectAllChildren(find(button.dataset.copies));
    say(document.execCommand("copy") ? "copied" : "selected: copy it with Ctrl+C");
  }
}

function startChart() {
  chart = new Chart(find("chart"));
  state.logY = DATA.metrics[0].log;
  for (const [id, list, key] of [["metric", DATA.metrics, "metric"], ["axis", DATA.axes, "axis"]]) {
    find(id).append(...list.map((one) => make("option", {value: one.id}, one.name)));
    find(id).addEventListener("change", (event) => choose(key, event.target.value));
  }
  const boxes = {"log-x": "logX", "log-y": "logY", bands: "bands", theory: "theory", markers: "markers", all: "all"};
  for (const [id, key] of Object.entries(boxes)) {
    if (!find(id)) continue; // no theory, no box
    find(id).checked = state[key];
    find(id).addEventListener("change", (event) => choose(key, event.target.checked));
  }
  find("filter").addEventListener("input", (event) => choose("filter", event.target.value));
  find("none").addEventListener("click", () => choose("hidden", new Set(matching())));
  find("every").addEventListener("click", () => choose("hidden", new Set()));
  find("reset").addEventListener("click", () => chart.zoom({x: null, y: null}));
  find("csv").addEventListener("click", () => download(`${state.metric}.csv`, shownCsv(chart)));
  find("chart").addEventListener("keydown", (event) => {
    const moves = {"+": [0.5, 0], "=": [0.5, 0], "-": [2, 0], ArrowLeft: [1, -0.25], ArrowRight: [1, 0.25]};
    if (event.key === "0" || event.key === "Escape") chart.zoom({x: null, y: null});
    else if (moves[event.key]) chart.step(...moves[event.key]);
    else return;
    event.preventDefault();
    const {x} = chart.ranges();
    say(`${state.axis} from ${shortNumber(x[0])} to ${shortNumber(x[1])}`);
  });
  refresh();
}

function repaint() {
  if (chart) refresh();
  showGraph.again?.();
  showTimeline.again?.();
}

function start() {
  if (DATA.metrics.length && DATA.axes.length) startChart();
  startGraphs();
  startTimelines();
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll("button[data-copies]").forEach((button) => button.addEventListener("click", () => copy(button)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  const paper = (on) => () => { // paper is light
    document.documentElement.classList.toggle("paper", on);
    repaint();
  };
  addEventListener("beforeprint", paper(true));
  addEventListener("afterprint", paper(false));
}

start();
globalThis.acidsimReport = {state, shown: () => shownValues(chart), csv: () => shownCsv(chart), chart: () => chart};
