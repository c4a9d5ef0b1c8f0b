// Copies what a button stands for: a text, an element's text, or what an address answers.
import { tell } from "./tell.js";

async function wanted(button) {
  if (button.dataset.copy !== undefined) return button.dataset.copy;
  if (button.dataset.copyFrom) return document.getElementById(button.dataset.copyFrom).textContent.trim();
  const answer = await fetch(button.dataset.copyUrl);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

async function copy(button) {
  const label = button.textContent;
  let told = "copied";
  try {
    await navigator.clipboard.writeText(await wanted(button));
  } catch {
    // Without the right to the clipboard, the text can still be opened.
    if (button.dataset.copyUrl) return void window.open(button.dataset.copyUrl, "_blank", "noopener");
    told = "not copied";
  }
  button.textContent = told;
  tell(told);
  setTimeout(() => (button.textContent = label), 1200);
}

export function setUpCopy() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-url]");
    if (button) copy(button);
  });
}
