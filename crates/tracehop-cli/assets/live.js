// Keeps the part of a page fresh that changes when journeys arrive, until somebody pauses it.
import { focusAgain, setStops } from "./heat.js";
import { listen } from "./news.js";
import { tell } from "./tell.js";

const AT_MOST_EVERY = 1000;

const button = document.getElementById("live");
let paused = false;
let lost = false;
let isPressed = false;
let pending = false;
let timer = 0;
let last = 0;

/// Fetches the part again and keeps the reader's place in it. What somebody `asked` for is shown even while it is paused.
async function refresh(asked = false) {
  const part = document.querySelector("[data-live-part]");
  if (!part || (paused && !asked) || document.hidden) return void (pending = true);
  pending = false;
  last = Date.now();
  const address = part.dataset.livePart;
  let answer;
  try {
    answer = await fetch(address);
  } catch {
    return;
  }
  if (!answer.ok || (paused && !asked)) return;
  const html = await answer.text();
  // Somebody who has opened or selected something in it must not lose it.
  if (!part.isConnected || (!asked && hasSelection(part))) return;
  // A link that is replaced between press and release is not followed.
  if (isPressed && !asked) return void (pending = true);
  // Meanwhile something else may have been asked for.
  if (part.dataset.livePart !== address) return;
  const place = placeOf(part);
  const opened = [...part.querySelectorAll("details[open][id]")].map((it) => it.id);
  const cell = document.activeElement?.closest("[data-heat] .cell");
  part.innerHTML = html;
  for (const id of opened) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  setStops();
  if (cell) focusAgain(cell);
  else if (place) part.querySelector(place)?.focus({ preventScroll: true });
  part.dispatchEvent(new Event("fresh"));
}

/// Shows the part that is at another address from now on.
export function show(address) {
  const part = document.querySelector("[data-live-part]");
  if (!part) return;
  part.dataset.livePart = address;
  refresh(true);
}

function hasSelection(part) {
  const selection = document.getSelection();
  return Boolean(selection && !selection.isCollapsed && part.contains(selection.anchorNode));
}

function placeOf(part) {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return null;
  for (const name of ["journey", "node", "arrow", "sort"]) {
    const at = focused.closest(`[data-${name}]`);
    if (!at) continue;
    const found = `[data-${name}="${CSS.escape(at.dataset[name])}"]`;
    const kind = at.dataset.kind ? `[data-kind="${at.dataset.kind}"]` : "";
    return at === focused ? found + kind : `${found} a[href]`;
  }
  const address = focused.getAttribute("href");
  return address ? `a[href="${CSS.escape(address)}"]` : null;
}

function soon() {
  if (timer) return;
  const wait = Math.max(0, AT_MOST_EVERY - (Date.now() - last));
  timer = setTimeout(() => {
    timer = 0;
    refresh();
  }, wait);
}

function watchPresses(part) {
  part.addEventListener("pointerdown", () => (isPressed = true));
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    addEventListener(end, () => {
      isPressed = false;
      if (pending) soon();
    }, true);
  }
}

export function togglePause() {
  if (!button || !document.querySelector("[data-live-part]")) return;
  paused = !paused;
  showState();
  tell(paused ? "paused" : "live");
  if (!paused) soon();
}

function showState() {
  button.setAttribute("aria-pressed", String(!paused));
  button.toggleAttribute("data-lost", lost);
  button.textContent = lost ? "no connection" : paused ? "paused" : "live";
  button.title = lost ? "The program does not answer; trying again" : "Pause (p)";
  // There is nothing to pause where nothing moves; that the program is gone is said everywhere.
  button.hidden = !lost && !document.querySelector("[data-live-part]");
}

/// Says once that the program is gone, and once that it is back: the browser tries again every few seconds.
function setLost(isLost) {
  if (lost === isLost) return;
  lost = isLost;
  showState();
  tell(lost ? "No connection: the program does not answer. Trying again." : "The program answers again.");
}

/// The rows of a journey stay where they are; it is only said that there are more.
async function checkJourney() {
  const rows = document.querySelector("#rows[data-journey]");
  if (!rows || document.hidden) return;
  const answer = await fetch(`/journeys/${rows.dataset.journey}/size`).catch(() => null);
  if (!answer?.ok) return;
  const spans = Number(await answer.text());
  const more = spans - Number(rows.dataset.spans);
  const note = document.getElementById("grown");
  if (!note || !(more > 0)) return;
  note.hidden = false;
  note.querySelector("a").textContent = more === 1 ? "Show one new span" : `Show ${more} new spans`;
  // Without the fragment: an address that has one is not loaded anew.
  note.querySelector("a").href = location.pathname + location.search;
}

export function setUpLive() {
  const part = document.querySelector("[data-live-part]");
  const journey = document.querySelector("#rows[data-journey]");
  if (!button || (!part && !journey)) return;
  showState();
  if (part) watchPresses(part);
  button.addEventListener("click", togglePause);
  // What was loaded where nobody sees it may be old when somebody does.
  let number = document.hidden ? "" : null;
  let checking = 0;
  const heard = (latest) => {
    setLost(false);
    if (number === latest) return;
    const isFirst = number === null;
    number = latest;
    if (part) return isFirst ? undefined : soon();
    if (!checking) {
      checking = setTimeout(() => {
        checking = 0;
        checkJourney();
      }, 2000);
    }
  };
  const gone = () => {
    setLost(true);
    // One that was started anew counts from the beginning: what it says next is news, whatever its number.
    number = "";
  };
  listen(heard, gone);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && pending) soon();
  });
}
