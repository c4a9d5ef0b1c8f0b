// Compares the map with an earlier window, as far back as a slider says.
import { show } from "./live.js";

const PAUSE = 120;

const slider = document.getElementById("compare");
const said = document.getElementById("compared");
const part = document.querySelector("[data-live-part]");
let chosen = slider?.dataset.compare ?? "";
let timer = 0;

const places = () => [...document.querySelectorAll("#steps option")];

function say(words) {
  said.textContent = words;
  slider.setAttribute("aria-valuetext", words);
}

/// There are more places as time goes on.
function fit() {
  const all = places();
  const place = all.findIndex((it) => it.dataset.step === chosen);
  if (place < 0) return;
  slider.disabled = all.length < 2;
  slider.max = Math.max(1, all.length - 1);
  slider.value = place;
  say(slider.disabled ? slider.dataset.none : all[place].label);
}

/// An address with what is chosen.
function withChosen(address) {
  const url = new URL(address, location.href);
  if (chosen) url.searchParams.set("compare", chosen);
  else url.searchParams.delete("compare");
  return url.pathname + url.search;
}

function moved() {
  const place = places()[slider.value];
  if (!place) return;
  chosen = place.dataset.step;
  say(place.label);
  clearTimeout(timer);
  timer = setTimeout(() => {
    history.replaceState(null, "", withChosen(location.href));
    show(withChosen(part.dataset.livePart));
  }, PAUSE);
}

export function setUpCompare() {
  if (!slider || !said || !part) return;
  slider.addEventListener("input", moved);
  slider.form.addEventListener("formdata", (event) => {
    if (chosen) event.formData.set("compare", chosen);
  });
  part.addEventListener("fresh", fit);
}
