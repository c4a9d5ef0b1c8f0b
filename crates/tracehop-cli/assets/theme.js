// Light or dark. The cookie lets the server render the right one from the start.
import { tell } from "./tell.js";

export function toggleTheme() {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.theme || (systemIsDark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=strict`;
  tell(`${next} theme`);
}

export function setUpTheme() {
  document.getElementById("theme")?.addEventListener("click", toggleTheme);
}
