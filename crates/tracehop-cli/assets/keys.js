// Works without a mouse.
import { fold, unselect } from "./journey.js";
import { togglePause } from "./live.js";
import { step } from "./rows.js";
import { toggleTheme } from "./theme.js";

const help = document.getElementById("help");

const KEYS = {
  "/": () => {
    const search = document.getElementById("q");
    if (!search) return void location.assign("/#q");
    search.focus();
    search.select();
  },
  j: () => step(1),
  k: () => step(-1),
  h: () => fold(true),
  l: () => fold(false),
  g: () => location.assign("/"),
  m: () => location.assign("/map"),
  t: () => location.assign("/trouble"),
  p: togglePause,
  d: toggleTheme,
  Escape: unselect,
  "?": () => help.showModal(),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (help.open) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

export function setUpKeys() {
  document.addEventListener("keydown", pressed);
  document.getElementById("help-open")?.addEventListener("click", () => help.showModal());
  if (location.hash === "#q") document.getElementById("q")?.focus();
}
