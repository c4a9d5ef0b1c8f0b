// One journey: the panel of the selected span, folds, tries, more rows, and a closer look.
import { tell } from "./tell.js";

const rows = document.getElementById("rows");
const panel = document.getElementById("panel");

const rowsBelow = (row) => {
  const below = [];
  const depth = Number(row.getAttribute("aria-level"));
  for (let next = row.nextElementSibling; next; next = next.nextElementSibling) {
    if (!(Number(next.getAttribute("aria-level")) > depth)) break;
    below.push(next);
  }
  return below;
};

/// A row is seen if nothing above it is folded and its try is shown.
function showAll() {
  let folded = Infinity;
  for (const row of rows.querySelectorAll(".row")) {
    const depth = Number(row.getAttribute("aria-level"));
    if (depth <= folded) folded = Infinity;
    const tries = row.dataset.try;
    const button = tries && rows.querySelector(`.tries[data-tries="${tries}"]`);
    const isTriedAway = Boolean(tries) && button?.getAttribute("aria-expanded") !== "true";
    row.hidden = depth > folded || isTriedAway;
    if (depth <= folded && row.getAttribute("aria-expanded") === "false") folded = depth;
  }
}

export function fold(isFolded) {
  const row = document.activeElement?.closest("#rows .row");
  if (!row) return;
  const canFold = row.hasAttribute("aria-expanded");
  const isOpen = row.getAttribute("aria-expanded") === "true";
  const tries = row.querySelector(".tries");
  if (!isFolded && tries && tries.getAttribute("aria-expanded") !== "true" && (isOpen || !canFold)) return tries.click();
  if (canFold && isOpen === isFolded) {
    row.setAttribute("aria-expanded", String(!isFolded));
    return showAll();
  }
  // What cannot be folded further leads to what it stands below.
  if (isFolded && row.dataset.below) rows.querySelector(`[data-row="${row.dataset.below}"] a.open`)?.focus();
}

/// Shows what is known of a span, or without a `key` what is known of the journey.
async function select(key, remember = "replaceState") {
  const row = key && document.getElementById(`s-${key}`);
  const address = new URL(location.href);
  if (key) address.searchParams.set("span", key);
  else address.searchParams.delete("span");
  address.hash = "";
  let answer;
  try {
    answer = await fetch(panel.dataset.panel + (key ? `?span=${encodeURIComponent(key)}` : ""));
  } catch {
    answer = null;
  }
  if (!answer?.ok) return void location.assign(address);
  panel.innerHTML = await answer.text();
  panel.scrollTop = 0;
  if (remember) history[remember](null, "", address);
  for (const old of rows.querySelectorAll("[aria-selected]")) old.removeAttribute("aria-selected");
  row?.setAttribute("aria-selected", "true");
  tell(panel.querySelector("h2")?.textContent ?? "");
}

/// Closes what is shown of a span.
export function unselect() {
  if (panel && new URL(location.href).searchParams.has("span")) select(null);
}

/// A link to a span that is in this journey: to its row, if it is here already.
async function go(event, key) {
  const row = document.getElementById(`s-${key}`);
  if (!row) return;
  event.preventDefault();
  if (row.hidden) {
    const button = row.dataset.try && rows.querySelector(`.tries[data-tries="${row.dataset.try}"]`);
    button?.setAttribute("aria-expanded", "true");
    for (const above of rows.querySelectorAll('.row[aria-expanded="false"]')) {
      if (rowsBelow(above).includes(row)) above.setAttribute("aria-expanded", "true");
    }
    showAll();
  }
  // Who follows a link wants to come back.
  await select(key, "pushState");
  row.querySelector("a.open").focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
}

async function more(link) {
  if (link.dataset.busy) return;
  link.dataset.busy = "1";
  const answer = await fetch(link.dataset.more).catch(() => null);
  if (!answer?.ok) return void delete link.dataset.busy;
  const place = link.closest(".more");
  const hadFocus = document.activeElement === link;
  const last = place.previousElementSibling;
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceWith(...html.body.childNodes);
  showAll();
  watchMore();
  if (hadFocus) last?.nextElementSibling?.querySelector("a.open")?.focus();
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) more(entry.target);
}, { rootMargin: "600px" });

function watchMore() {
  const link = rows.querySelector("[data-more]");
  if (link) seen.observe(link);
}

function clicked(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0) return;
  const foldButton = event.target.closest(".fold");
  if (foldButton) {
    const row = foldButton.closest(".row");
    row.setAttribute("aria-expanded", String(row.getAttribute("aria-expanded") !== "true"));
    return showAll();
  }
  const tries = event.target.closest(".tries");
  if (tries) {
    tries.setAttribute("aria-expanded", String(tries.getAttribute("aria-expanded") !== "true"));
    return showAll();
  }
  const moreLink = event.target.closest("[data-more]");
  if (moreLink) {
    event.preventDefault();
    return more(moreLink);
  }
  const row = event.target.closest("#rows .row");
  if (row && !event.target.closest("button")) {
    event.preventDefault();
    row.querySelector("a.open").focus({ preventScroll: true });
    return select(row.dataset.span);
  }
  const there = event.target.closest("#panel [data-go]");
  if (there) go(event, there.dataset.go);
}

/// What is marked on the minimap is drawn large.
function setUpMinimap() {
  const map = document.getElementById("minimap");
  const mark = document.getElementById("drag");
  if (!map || !mark) return;
  let from = null;
  const at = (event) => {
    const box = map.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };
  map.addEventListener("pointerdown", (event) => {
    from = at(event);
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = at(event);
    mark.setAttribute("x", `${Math.min(from, to) * 100}%`);
    mark.setAttribute("width", `${Math.abs(to - from) * 100}%`);
  });
  map.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const ends = [from, at(event)].sort((a, b) => a - b);
    from = null;
    if (ends[1] - ends[0] < 0.01) return;
    const whole = Number(map.dataset.whole);
    const address = new URL(location.href);
    address.searchParams.set("zoom", ends.map((end) => Math.round(end * whole)).join("-"));
    location.assign(address);
  });
}

export function setUpJourney() {
  if (!rows || !panel) return;
  document.addEventListener("click", clicked);
  setUpMinimap();
  watchMore();
  addEventListener("popstate", () => {
    const key = new URL(location.href).searchParams.get("span");
    select(key, null);
  });
  rows.querySelector('[aria-selected="true"] a.open')?.focus({ preventScroll: true });
}
