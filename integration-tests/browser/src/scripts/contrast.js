// What a page shows, and whether it can be told from what is behind it: WCAG 2, level AA.

const TEXT = 4.5;
const LARGE = 3;
const PARTS = 3;

// What drawings say without words. Not among them: lines that only help the eye, such as the ruler's and the borders of tables, and the
// cells of heat maps, whose meaning is their shade (WCAG excepts them), and whose numbers are in their names.
const DRAWN = [
  ".stretches rect", ".lane rect", "#minimap rect:not(.view)", ".spark rect", ".swatch rect", ".swatch line", ".sideways svg rect",
  "svg.mark rect", ".bar svg rect", "path.flow", ".node > rect", "polyline", ".dot", ".hatched", ".brand circle", ".tip path",
].join(",");

const CANVAS = [255, 255, 255, 1];
const DARK_CANVAS = [18, 18, 18, 1];
const CLEAR = [0, 0, 0, 0];

function colour(text) {
  const numbers = (text.match(/[\d.]+(e-?\d+)?/g) ?? []).map(Number);
  if (text.startsWith("rgb")) return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
  if (text.startsWith("color(srgb")) return [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1];
  return null;
}

function over(front, back) {
  const alpha = front[3] + back[3] * (1 - front[3]);
  if (alpha === 0) return CLEAR;
  const mixed = [0, 1, 2].map((part) => (front[part] * front[3] + back[part] * back[3] * (1 - front[3])) / alpha);
  return [...mixed, alpha];
}

const fade = (one, by) => [one[0], one[1], one[2], one[3] * by];

function luminance(one) {
  const [red, green, blue] = one.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// A style is asked for again and again.
const styles = new Map();
function style(element, pseudo = "") {
  if (pseudo) return getComputedStyle(element, pseudo);
  if (!styles.has(element)) styles.set(element, getComputedStyle(element));
  return styles.get(element);
}

const isDrawing = (element) => element instanceof SVGElement && !(element instanceof SVGSVGElement);

// The colour of something and of what is behind it, as they reach the eye: through what is clear in between, up to the page's ground.
// `front` and `back` are what it paints itself.
function seen(element, front, back = CLEAR) {
  for (let at = element; at; at = at.parentElement) {
    const own = style(at);
    if (!isDrawing(at)) {
      const ground = colour(own.backgroundColor) ?? CLEAR;
      [front, back] = [over(front, ground), over(back, ground)];
    }
    const opacity = Number(own.opacity);
    [front, back] = [fade(front, opacity), fade(back, opacity)];
  }
  const schemes = style(document.documentElement).colorScheme.split(" ");
  const prefers = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const canvas = (schemes.includes(prefers) ? prefers : schemes[0]) === "dark" ? DARK_CANVAS : CANVAS;
  return [over(front, canvas), over(back, canvas)];
}

function isShown(element) {
  if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false })) return false;
  if (element.closest("defs, .defs, .vh, .skip:not(:focus), dialog:not([open])")) return false;
  for (let at = element; at; at = at.parentElement) if (Number(style(at).opacity) === 0) return false;
  const box = element.getBoundingClientRect();
  return box.width > 0 || box.height > 0;
}

// WCAG excepts what cannot be used at the time.
const isDisabled = (element) => element.closest(":disabled") !== null;

function paint(text, alpha) {
  // The hatch: its lines are what is seen of it.
  if (text.startsWith("url")) {
    const pattern = document.querySelector(text.match(/#[\w-]+/)?.[0]);
    const line = pattern?.querySelector(":scope > :last-child");
    return line ? fade(colour(style(line).fill) ?? CLEAR, alpha) : CLEAR;
  }
  return text === "none" ? CLEAR : fade(colour(text) ?? CLEAR, alpha);
}

const filled = (shape) => paint(style(shape).fill, Number(style(shape).fillOpacity));
const stroked = (shape) =>
  parseFloat(style(shape).strokeWidth) > 0 ? paint(style(shape).stroke, Number(style(shape).strokeOpacity)) : CLEAR;

// The opacity of a shape with that of the groups around it, up to its drawing.
function shade(shape) {
  let opacity = 1;
  for (let at = shape; at && isDrawing(at); at = at.parentElement) opacity *= Number(style(at).opacity);
  return opacity;
}

const overlap = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
const covers = (one, other) =>
  one.left <= other.left + 1 && one.right >= other.right - 1 && one.top <= other.top + 1 && one.bottom >= other.bottom - 1;

// What may be behind a part of a drawing: all that was drawn before it at its place. What covers it whole is behind all of it, the
// rest behind some of it.
function grounds(element) {
  const box = element.getBoundingClientRect();
  let whole = CLEAR;
  let some = [];
  for (const shape of element.closest("svg").querySelectorAll("rect, ellipse, circle")) {
    // Bars that stand side by side are not behind one another, even if their edges meet.
    if (shape === element || (element.matches(DRAWN) && shape.matches(DRAWN))) continue;
    if (!(shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
    const area = shape.getBoundingClientRect();
    if (!overlap(area, box) || !isShown(shape)) continue;
    const ground = fade(filled(shape), shade(shape));
    if (covers(area, box)) {
      whole = over(ground, whole);
      some = some.map((other) => over(ground, other));
    } else if (ground[3] > 0) {
      some.push(over(ground, whole));
    }
  }
  return [whole, ...some];
}

const hex = (one) => "#" + one.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");

function place(element) {
  const steps = [];
  for (let at = element; at && at !== document.body && steps.length < 4; at = at.parentElement) {
    const classes = [...at.classList].map((name) => `.${name}`).join("");
    steps.unshift(at.localName + (at.id && !at.id.startsWith("s-") ? `#${at.id}` : "") + classes);
  }
  return steps.join(" ");
}

const faint = new Map();

function compare(what, element, [front, back], least) {
  const found = ratio(front, back);
  if (found >= least - 0.005) return;
  const said = `${what} ${place(element)}: ${hex(front)} on ${hex(back)}`;
  if (!faint.has(said)) faint.set(said, `${found.toFixed(2)} < ${least}, ${said}`);
}

function least(own) {
  const size = parseFloat(own.fontSize);
  return size >= 24 || (size >= 18.66 && Number(own.fontWeight) >= 700) ? LARGE : TEXT;
}

let texts = 0;

function textOf(element) {
  const own = style(element);
  texts += 1;
  if (!(element instanceof SVGElement)) return compare("text", element, seen(element, colour(own.color)), least(own));
  const drawing = element.closest("svg");
  const halo = own.paintOrder.startsWith("stroke") ? fade(stroked(element), shade(element)) : CLEAR;
  for (const ground of grounds(element)) {
    const back = over(halo, ground);
    const front = over(fade(filled(element), shade(element)), back);
    compare("text", element, seen(drawing, front, back), least(own));
  }
}

const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const hosts = new Set();
while (walker.nextNode()) {
  const host = walker.currentNode.parentElement;
  if (walker.currentNode.data.trim() && !["SCRIPT", "STYLE", "title"].includes(host.tagName)) hosts.add(host);
}
for (const host of hosts) if (isShown(host) && !isDisabled(host)) textOf(host);

for (const element of document.body.querySelectorAll("*")) {
  for (const pseudo of ["::before", "::after"]) {
    const own = style(element, pseudo);
    if (!/[^\s"]/.test(own.content) || own.content === "none" || own.content === "normal" || !isShown(element)) continue;
    texts += 1;
    compare(`text ${pseudo}`, element, seen(element, colour(own.color)), least(own));
  }
  if (element.matches("input:not([type=hidden]), select, textarea") && isShown(element) && !isDisabled(element)) {
    texts += 1;
    compare("text", element, seen(element, colour(style(element).color)), least(style(element)));
    const hint = element.getAttribute("placeholder") && style(element, "::placeholder");
    if (hint) compare("text ::placeholder", element, seen(element, colour(hint.color)), least(hint));
    // A field is found by its border.
    if (element.matches("input") && element.parentElement) {
      compare("border", element, seen(element.parentElement, colour(style(element).borderTopColor)), PARTS);
    }
  }
}

let parts = 0;
for (const shape of document.querySelectorAll(DRAWN)) {
  if (!isShown(shape)) continue;
  const box = shape.getBoundingClientRect();
  // The mark of what is dragged has no width until then.
  if (isDrawing(shape) && box.width === 0 && box.height === 0) continue;
  parts += 1;
  if (!isDrawing(shape)) {
    const ground = style(shape).backgroundColor;
    const own = colour(ground)[3] > 0 ? ground : style(shape).borderTopColor;
    compare("part", shape, seen(shape.parentElement, colour(own)), PARTS);
    continue;
  }
  for (const ground of grounds(shape)) {
    // Either the inside or the edge tells it from what is behind it.
    const drawing = shape.closest("svg");
    const either = [filled(shape), stroked(shape)].map((own) => fade(own, shade(shape)));
    const pairs = either.map((own) => seen(drawing, over(own, ground), ground));
    const [best] = pairs.sort((one, other) => ratio(...other) - ratio(...one));
    compare("part", shape, best, PARTS);
  }
}

let rings = 0;
const before = document.activeElement;
for (const element of document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")) {
  if (!isShown(element)) continue;
  element.focus({ preventScroll: true });
  if (document.activeElement !== element) continue;
  styles.clear();
  rings += 1;
  const own = style(element);
  // The browser's own ring has two colours, so that one of them is seen on any ground.
  if (own.outlineStyle === "auto") continue;
  if (own.outlineStyle === "none" || parseFloat(own.outlineWidth) < 1.5) {
    faint.set(`ring ${place(element)}`, `no ring of the focus, ${place(element)}`);
    continue;
  }
  const around = parseFloat(own.outlineOffset) < 0 ? element : element.parentElement;
  compare("ring", element, seen(around, colour(own.outlineColor)), PARTS);
}
before?.focus?.({ preventScroll: true });
if (document.activeElement !== before) document.activeElement?.blur();

return { texts, parts, rings, faint: [...faint.values()] };
