// The list of cells beside the chart: what each looks like, switched on and off.

/** A piece of the curve as it is drawn. */
function swatch({colour, dash, marker}) {
  const canvas = make("canvas", {width: 72, height: 28, className: "swatch"}), context = canvas.getContext("2d");
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 3.4;
  context.setLineDash(dash.map((length) => 2 * length));
  context.beginPath();
  context.moveTo(2, 14);
  context.lineTo(70, 14);
  context.stroke();
  context.beginPath();
  markerPath(context, marker, 36, 14, 6);
  context.fill();
  return canvas;
}

function cellButton(k, place, drawn, toggle) {
  const cell = DATA.cells[k], on = drawn.has(k);
  const lost = cell.diverged ? make("span", {className: "lost"}, ` ${cell.diverged} of ${cell.repeats} diverged`) : "";
  const button = make("button", {type: "button", "aria-pressed": String(on), title: "draw or hide; with Alt: only this one"},
                      swatch(look(place)), make("span", {}, cell.label, lost));
  button.addEventListener("click", (event) => toggle(k, event.altKey));
  return make("li", {}, button);
}

/** Fills the list; `changed` draws again. */
function showLegend(changed) {
  const matches = matching().filter((k) => DATA.cells[k].y[state.metric] && DATA.cells[k].x[state.axis] !== undefined);
  const drawn = new Set(drawnCells().map(({k}) => k));
  const toggle = (k, only) => {
    if (only) matches.forEach((other) => state.hidden.add(other));
    if (drawn.has(k) && !only) state.hidden.add(k);
    else state.hidden.delete(k);
    const index = matches.indexOf(k);
    changed();
    find("cells").querySelectorAll("button")[index]?.focus();
  };
  find("cells").replaceChildren(...matches.map((k, place) => cellButton(k, place, drawn, toggle)));
  const some = drawn.size < matches.filter((k) => !state.hidden.has(k)).length;
  find("count").textContent = `${drawn.size} of ${DATA.cells.length} curves drawn${some ? ": narrow the filter, or draw all" : ""}`;
}

/** Hides the rows of the table whose cells the filter leaves out. */
function filterTable() {
  const left = new Set(matching());
  document.querySelectorAll("#results tbody tr").forEach((row) => { row.hidden = !left.has(Number(row.dataset.cell)); });
}

/** A click on the head of a column sorts by it, a second one the other way round. */
function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = make("button", {type: "button"}, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)], [p, q] = [Number(x), Number(y)];
        return x !== "" && y !== "" && !Number.isNaN(p) && !Number.isNaN(q) ? p - q : x.localeCompare(y);
      };
      const rows = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
}
