// The cells of heat maps are links: one stop of the tab key for each map, and arrow keys from cell to cell. Without this script each
// cell is a stop.

const place = (cell) => [Number(cell.dataset.column), Number(cell.dataset.row)];

/// The cell that is nearest, by a distance from column and row. What has none is not there.
function nearest(cells, distance) {
  let found = null;
  let least = Infinity;
  for (const cell of cells) {
    const far = distance(...place(cell));
    if (far < least) [found, least] = [cell, far];
  }
  return found;
}

// Columns or rows count more than the other: a step leads straight on, if there is a cell.
const MORE = 1000;

const STEPS = {
  ArrowLeft: (column, row) => (c, r) => (c < column ? (column - c) * MORE + Math.abs(r - row) : Infinity),
  ArrowRight: (column, row) => (c, r) => (c > column ? (c - column) * MORE + Math.abs(r - row) : Infinity),
  ArrowUp: (column, row) => (c, r) => (r > row ? Math.abs(c - column) * MORE + (r - row) : Infinity),
  ArrowDown: (column, row) => (c, r) => (r < row ? Math.abs(c - column) * MORE + (row - r) : Infinity),
  Home: () => (c, r) => c * MORE + r,
  End: () => (c, r) => -c * MORE + r,
};

const cellsOf = (map) => [...map.querySelectorAll(".cell")];

/// One cell of a map is the stop of the tab key.
function stopAt(map, stop) {
  for (const cell of cellsOf(map)) cell.setAttribute("tabindex", cell === stop ? "0" : "-1");
}

/// Sets the stops of all maps that have none.
export function setStops() {
  for (const map of document.querySelectorAll("[data-heat]")) {
    if (!map.querySelector('.cell[tabindex="0"]')) stopAt(map, map.querySelector(".cell"));
  }
}

/// The focus goes to what is now at the place of a cell that had it, or nearest to it.
export function focusAgain(cell) {
  const map = document.querySelector(`[data-heat="${cell.closest("[data-heat]").dataset.heat}"]`);
  const [column, row] = place(cell);
  if (map) nearest(cellsOf(map), (c, r) => Math.abs(c - column) * MORE + Math.abs(r - row))?.focus({ preventScroll: true });
}

function pressed(event) {
  const cell = event.target.closest?.("[data-heat] .cell");
  const step = cell && STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  nearest(cellsOf(cell.closest("[data-heat]")), step(...place(cell)))?.focus();
}

export function setUpHeat() {
  setStops();
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusin", (event) => {
    const cell = event.target.closest?.("[data-heat] .cell");
    if (cell) stopAt(cell.closest("[data-heat]"), cell);
  });
}
