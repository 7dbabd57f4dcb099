// Draws what has a place. Edges first and boxes over them, so that no edge crosses a name.
// Must not know why something is drawn or what a click does.

const SVG = "http://www.w3.org/2000/svg";

// Text is only ever set as text: names are whatever somebody wrote.
function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function arrowHead(id, kind) {
  const size = kind ? 10 : 8;
  return element("marker", {
    id, class: `${kind} head`, viewBox: "0 0 8 8", refX: 8, refY: 4,
    markerWidth: size, markerHeight: size, markerUnits: "userSpaceOnUse",
    orient: "auto-start-reverse",
  }, element("path", { d: "M0 0.5 8 4 0 7.5z" }));
}

function pathOf(pieces) {
  let path = `M${pieces[0].x} ${pieces[0].y}`;
  for (const { kind, x, y, far, toX, toY } of pieces) {
    const middle = (x + toX) / 2;
    if (kind === "past") path += `H${toX}`;
    else if (kind === "across") path += `C${middle} ${y} ${middle} ${toY} ${toX} ${toY}`;
    else {
      const round = Math.min(7, Math.abs(toY - y) / 2), down = toY < y ? -round : round;
      path += `H${far - round}Q${far} ${y} ${far} ${y + down}V${toY - down}` +
        `Q${far} ${toY} ${far - round} ${toY}H${toX}`;
    }
  }
  return path;
}

function drawLine(line) {
  const head = `url(#${line.everything ? "page-everything-head" : "page-head"})`;
  const ends = line.both ? { "marker-start": head, "marker-end": head } : { "marker-end": head };
  const path = element("path", { d: pathOf(line.pieces), ...ends });
  path.classList.toggle("everything", line.everything);
  path.classList.toggle("both", Boolean(line.both));
  path.append(element("title", {}, line.title));
  line.drawn = path;
  return path;
}

function drawLabel(line) {
  const { x, y, width, height } = line.label;
  line.drawnLabel = element("g", {},
    element("rect", { class: "plate", x, y, width, height, rx: 3 }),
    element("text", {
      class: line.everything ? "label everything" : "label", x: x + width / 2, y: y + height - 4,
    }, line.text));
  return line.drawnLabel;
}

function membersOf(group) {
  const n = group.nodes.length, is_workload = group.kind === "namespace";
  return `${n} ${is_workload ? "workload" : "member"}${n === 1 ? "" : "s"}`;
}

// The numbers of steps, once where lines leave.
function drawSteps(lines) {
  const steps = new Map();
  for (const line of lines.filter((one) => one.step)) {
    const { x, y, toX, kind } = line.pieces[0];
    const key = `${x} ${y} ${kind !== "back" && toX < x}`;
    const known = steps.get(key) ?? { x, y, isLeft: kind !== "back" && toX < x, said: new Set() };
    for (const step of line.step.split(", ")) known.said.add(step);
    steps.set(key, known);
  }
  return [...steps.values()].flatMap(({ x, y, isLeft, said }) => {
    const text = [...said].join(", "), width = widthOf(text, "label") + 8;
    const left = isLeft ? x - width - 4 : x + 4;
    return [
      element("rect", { class: "step", x: left, y: y - 6, width, height: 12, rx: 6 }),
      element("text", { class: "step", x: left + width / 2, y: y + 3 }, text),
    ];
  });
}

function drawHeader(box) {
  const { x, y, width, height, header, group } = box;
  const down = Math.min(HEADER - 6, height - 6), isBare = height === HEADER;
  const top = `M${x} ${y + 6 + down}v-${down}a6 6 0 0 1 6-6h${width - 12}a6 6 0 0 1 6 6v${down}z`;
  const background = isBare
    ? element("rect", { class: "header", x, y, width, height, rx: 6 })
    : element("path", { class: "header", d: top });
  const name = element("text", { class: "name", x: x + PAD, y: y + HEADER / 2 + 5 }, header);
  const drawn = element("g", { class: "fold" }, background, name);
  if (header !== group.name) name.append(element("title", {}, group.name));
  if (group.nodes.length > 0) {
    drawn.append(element("text", {
      class: "count", x: x + width - PAD, y: y + HEADER / 2 + 5,
    }, box.badge));
    const attributes = {
      tabindex: 0, role: "button", "aria-expanded": !isBare,
      "aria-label": `${group.name}, ${membersOf(group)}`,
    };
    for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
    drawn.dataset.group = group.index;
  }
  return drawn;
}

function drawRow(box, cell) {
  const width = cell.isRow ? box.width : cell.width;
  const x = box.x + cell.x, y = box.y + cell.y;
  const drawn = element("g", {
    class: "row", tabindex: 0, role: "button",
    "data-node": `${box.group.index}/${cell.index}`,
  }, element("rect", { class: "hit", x: x + 1, y, width: width - 2, height: ROW, rx: 3 }));
  if (cell.node.mark) {
    drawn.append(element("rect", {
      class: `mark ${cell.node.mark}`, x: x + PAD - 5, y: y + 1,
      width: widthOf(cell.name, "name") + 10, height: ROW - 2, rx: 4,
    }));
  }
  const name = element("text", {
    class: "node", x: x + PAD, y: y + ROW / 2 + 4,
  }, cell.name);
  drawn.append(name);
  let end = x + width - PAD;
  for (const [kind, text] of [["", cell.others], ["everything", cell.everything]]) {
    if (!text) continue;
    const at = { class: `count ${kind}`, x: end, y: y + ROW / 2 + 4 };
    drawn.append(element("text", at, text));
    end -= widthOfPorts(text);
  }
  const more = [cell.node.name, cell.node.detail].filter(Boolean).join("\n");
  drawn.append(element("title", {}, more));
  return drawn;
}

function drawBox(box) {
  const { x, y, width, height, group } = box;
  return element("g", { class: `group ${group.kind}`, "data-box": group.index },
    element("rect", { class: "box", x, y, width, height, rx: 6 }),
    drawHeader(box), ...box.rows.map((cell) => drawRow(box, cell)));
}

// The whole drawing, anew.
function draw(svg, placed, lines) {
  const { width, height, boxes } = placed;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const ordered = [...lines].sort((a, b) => a.everything - b.everything);
  svg.replaceChildren(
    element("defs", {}, arrowHead("page-head", ""), arrowHead("page-near-head", ""),
      arrowHead("page-everything-head", "everything")),
    element("g", { class: "edges" }, ...ordered.map(drawLine)),
    ...[...boxes.values()].map(drawBox),
    element("g", { class: "labels" }, ...drawSteps(lines),
      ...lines.filter((line) => line.label).map(drawLabel)));
}
