// The rows of whatever the screen lists, for the keys.

/// Where the keys j and k go: one link for each row that is seen.
export function rowLinks() {
  const found = document.querySelectorAll(
    "#rows .row:not([hidden]) a.open, .list tbody tr[data-journey] .what > a, [data-slowest] tr[data-journey] a, .troubles .evidence a",
  );
  return found.length ? [...found] : nodes();
}

/// The nodes of the map, from left to right and from top to bottom.
function nodes() {
  const placed = [...document.querySelectorAll(".map a.node")].map((node) => [node, node.getBoundingClientRect()]);
  placed.sort(([, a], [, b]) => a.left - b.left || a.top - b.top);
  return placed.map(([node]) => node);
}

export function step(by) {
  const links = rowLinks();
  if (!links.length) return;
  const row = document.activeElement?.closest(".row, tr");
  const at = links.findIndex((link) => link === document.activeElement || (row && row.contains(link)));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
}
