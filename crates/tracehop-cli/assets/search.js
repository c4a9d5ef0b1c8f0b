// Completes the search as somebody types.
import { tell } from "./tell.js";

const input = document.getElementById("q");
const list = document.getElementById("completions");
let found = [];
let chosen = -1;
let asked = 0;
let timer = 0;

function close() {
  list.hidden = true;
  chosen = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(place) {
  chosen = place;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === place)));
  if (place < 0) return void input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", list.children[place].id);
  list.children[place].scrollIntoView({ block: "nearest" });
}

function take(place) {
  const completion = found[place];
  if (!completion) return;
  input.value = completion.search;
  input.setSelectionRange(completion.cursor, completion.cursor);
  close();
  input.focus();
  ask();
}

function show() {
  list.replaceChildren(
    ...found.map((completion, place) => {
      const item = document.createElement("li");
      item.id = `completion-${place}`;
      item.role = "option";
      item.setAttribute("aria-selected", "false");
      const text = document.createElement("code");
      text.textContent = completion.text;
      const about = document.createElement("span");
      about.className = "soft";
      about.textContent = completion.about;
      item.append(text, about);
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(place);
      });
      return item;
    }),
  );
  chosen = -1;
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(found.length > 0));
  if (found.length) tell(`${found.length} completions`);
}

async function ask() {
  const mine = ++asked;
  const query = new URLSearchParams({ q: input.value, cursor: input.selectionStart ?? input.value.length });
  const answer = await fetch(`/api/v1/complete?${query}`).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  found = (await answer.json()).completions;
  if (document.activeElement === input) show();
}

function pressed(event) {
  if (list.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const by = event.key === "ArrowDown" ? 1 : -1;
    choose((chosen + by + found.length + (chosen < 0 && by < 0 ? 1 : 0)) % found.length);
  } else if (event.key === "Tab" && !event.shiftKey && found.length) {
    take(Math.max(chosen, 0));
  } else if (event.key === "Enter" && chosen >= 0) {
    take(chosen);
  } else if (event.key === "Escape") {
    close();
    event.stopPropagation();
  } else {
    return;
  }
  event.preventDefault();
}

export function setUpSearch() {
  for (const select of document.querySelectorAll("[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  if (!input || !list) return;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 80);
  });
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", close);
}
