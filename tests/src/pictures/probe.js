// Reads a drawing as a person would: which names are covered, cut off or lie over each other.
// Must not know how it was drawn, but for the classes of its parts.

function faultsOf(svg) {
  const faults = [];
  const rectOf = (element) => element.getBoundingClientRect();
  const plain = (element) => element.textContent.slice(0, 40).replace(/[<>&]/g, "?");
  // Half a pixel is less than anybody sees.
  const meets = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
  const isInside = (a, b) => a.left >= b.left - 0.5 && a.right <= b.right + 0.5 &&
    a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
  const pairs = (items, found) => items.forEach((one, number) => items.slice(number + 1)
    .forEach((other) => { if (meets(one.rect, other.rect)) found(one, other); }));
  // A title is no part of what is seen.
  const texts = (of) => [...of.querySelectorAll("text")].map((text) => {
    const range = document.createRange();
    const shown = [...text.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    range.selectNodeContents(shown ?? text);
    return { rect: range.getBoundingClientRect(), name: plain(text) };
  });
  const boxes = [...svg.querySelectorAll(".group")].map((group) => ({
    rect: rectOf(group.querySelector(".box")), name: plain(group), texts: texts(group),
  }));
  const sheet = rectOf(svg);
  pairs(boxes, (one, other) => faults.push(`box over box: ${one.name} / ${other.name}`));
  for (const box of boxes) {
    if (!isInside(box.rect, sheet)) faults.push(`box off the sheet: ${box.name}`);
    for (const text of box.texts) {
      if (!isInside(text.rect, box.rect)) faults.push(`name out of its box: ${text.name}`);
      if (text.rect.width === 0) faults.push(`name not shown: ${text.name}`);
    }
    pairs(box.texts, (one, other) => faults.push(`name over name: ${one.name} / ${other.name}`));
  }
  const labels = [...svg.querySelectorAll(".plate")].map((plate) => ({
    rect: rectOf(plate), name: plain(plate.nextElementSibling), text: plate.nextElementSibling,
  }));
  pairs(labels, (one, other) => faults.push(`label over label: ${one.name} / ${other.name}`));
  for (const label of labels) {
    if (!isInside(rectOf(label.text), label.rect)) faults.push(`label too long: ${label.name}`);
    for (const box of boxes) {
      if (meets(label.rect, box.rect)) faults.push(`label over box: ${label.name} / ${box.name}`);
    }
  }
  const rows = [...svg.querySelectorAll(".from")].map((text) =>
    ({ rect: rectOf(text), name: plain(text) }));
  pairs(rows, (one, other) => faults.push(`row over row: ${one.name} / ${other.name}`));
  // What is shown on demand has no place until then.
  const shown = [...svg.querySelectorAll("text")].filter((text) => rectOf(text).width > 0);
  for (const text of shown) {
    if (!isInside(rectOf(text), sheet)) faults.push(`text off the sheet: ${plain(text)}`);
  }
  for (const cell of svg.querySelectorAll(".cell")) {
    const [rect, text] = ["rect", "text"].map((part) => rectOf(cell.querySelector(part)));
    if (!isInside(text, rect)) faults.push(`number out of its cell: ${plain(cell)}`);
  }
  const isBelow = (edges) => [...svg.querySelectorAll(".group")].every((group) =>
    edges.compareDocumentPosition(group) & Node.DOCUMENT_POSITION_FOLLOWING);
  const edges = svg.querySelector(".edges");
  if (edges && !isBelow(edges)) faults.push("edges over boxes");
  return faults;
}

function state(svg) {
  return {
    faults: faultsOf(svg),
    boxes: svg.querySelectorAll(".group .box").length,
    names: svg.querySelectorAll(".group .node").length,
    edges: svg.querySelectorAll(".edges path").length,
    rows: svg.querySelectorAll(".from").length,
    title: document.title,
  };
}

function report(value) {
  const element = document.createElement("pre");
  element.id = "report";
  element.textContent = JSON.stringify(value).replace(/[<>&]/g, "?");
  document.body.append(element);
}
