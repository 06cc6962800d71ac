// What is chosen on the page, and the cells that follow from it.

const state = {metric: DATA.metrics[0]?.id, axis: DATA.axes[0]?.id, logX: false, logY: true, bands: DATA.cells.length <= 8, theory: true,
               markers: true, all: false, filter: "", hidden: new Set(), zoom: {x: null, y: null}};

const MOST_AT_ONCE = 16; // curves, unless all are asked for

/** The words of the filter; quotes hold words with spaces together. */
function words(text) {
  return (text.match(/[^\s"]*"[^"]*"?|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
}

/** The field that a name stands for, as scripts/plot --where reads it; undefined where there is none. */
function fieldOf(name) {
  if (DATA.fields.some((field) => field.id === name)) return name;
  const found = DATA.fields.filter((field) => field.id.split(".").pop() === name || field.short === name);
  return found.length === 1 ? found[0].id : undefined;
}

/** The conditions field=value of the filter, and its other words. Values of one field are alternatives. */
function conditions(text) {
  const wanted = new Map(), loose = [];
  for (const word of words(text)) {
    const cut = word.indexOf("=");
    const field = cut > 0 ? fieldOf(word.slice(0, cut)) : undefined;
    if (!field) loose.push(word.toLowerCase());
    else wanted.set(field, [...(wanted.get(field) ?? []), word.slice(cut + 1)]);
  }
  return {wanted, loose};
}

/** Numbers of the cells that the filter leaves. */
function matching() {
  const {wanted, loose} = conditions(state.filter);
  const meets = (cell) => [...wanted].every(([field, values]) => values.some((value) => cell.values[field] === value))
    && loose.every((word) => cell.label.toLowerCase().includes(word));
  return DATA.cells.map((_, k) => k).filter((k) => meets(DATA.cells[k]));
}

/** The cells that are drawn, each with its look. A curve keeps its look when others are switched off. */
function drawnCells() {
  const having = matching().filter((k) => DATA.cells[k].y[state.metric] && DATA.cells[k].x[state.axis] !== undefined);
  return having.map((k, place) => ({k, place})).filter(({k}) => !state.hidden.has(k))
    .slice(0, state.all ? undefined : MOST_AT_ONCE).map(({k, place}) => ({k, cell: DATA.cells[k], ...look(place)}));
}

/** A word for a shell. */
const quoted = (text) => /^[\w.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The command that draws the figure of the page. */
function plotCommand() {
  const where = [...conditions(state.filter).wanted]
    .flatMap(([field, values]) => values.map((value) => `--where ${quoted(`${field}=${value}`)}`));
  const scale = state.logY ? "--log" : "--linear";
  return ["scripts/plot", ...DATA.folders.map(quoted), "--metric", quoted(state.metric), "--x", state.axis, scale, ...where].join(" ");
}
