// What the tree of what is heard does not tell.

const faults = [];
const seen = new Set();
for (const { id } of document.querySelectorAll("[id]")) {
  if (seen.has(id)) faults.push(`the id ${id} is there twice`);
  seen.add(id);
}
for (const name of ["aria-labelledby", "aria-controls", "aria-describedby", "for"]) {
  for (const one of document.querySelectorAll(`[${name}]`)) {
    for (const id of one.getAttribute(name).split(/\s+/)) if (!seen.has(id)) faults.push(`${name} names ${id}, which is not there`);
  }
}
// A browser may take a table without heads for a means of layout, and say nothing of it.
for (const one of document.querySelectorAll("table")) if (!one.querySelector("th")) faults.push("a table has no headers");
if (!document.documentElement.lang) faults.push("the page has no language");
if (!document.title.trim()) faults.push("the page has no title");
// A drawing that says nothing by itself is to be passed over in silence.
for (const one of document.querySelectorAll("svg, img")) {
  const isNamed = one.getAttribute("aria-label") || one.getAttribute("alt");
  if (!isNamed && !one.closest("[aria-hidden=true], [role=presentation]") && !one.closest("[aria-label]")) {
    faults.push(`a picture has no name: ${one.cloneNode(false).outerHTML}`);
  }
}
// Nothing that can have the focus may be hidden from those who listen.
for (const one of document.querySelectorAll("[aria-hidden=true] :is(a[href], button, input, select, [tabindex])")) {
  faults.push(`it can have the focus, and is silent: ${one.cloneNode(false).outerHTML}`);
}
if (document.querySelector("[data-live-part], #rows") && !document.querySelector("[role=status][aria-live=polite]")) {
  faults.push("the page changes, and nobody is told");
}
return faults;
