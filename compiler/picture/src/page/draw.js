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

function arrowHead(id, marked) {
  const size = marked ? 10 : 8;
  return element("marker", {
    id, class: `${marked ? "marked " : ""}head`, viewBox: "0 0 8 8", refX: 8, refY: 4,
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
  const head = `url(#${line.marked ? "page-marked-head" : "page-head"})`;
  const ends = line.both ? { "marker-start": head, "marker-end": head } : { "marker-end": head };
  const path = element("path", { d: pathOf(line.pieces), ...ends });
  if (line.marked) path.setAttribute("class", "marked");
  path.append(element("title", {}, line.title));
  line.drawn = path;
  return path;
}

function drawLabel(line) {
  const { x, y, width, height } = line.label;
  line.drawnLabel = element("g", {},
    element("rect", { class: "plate", x, y, width, height, rx: 3 }),
    element("text", {
      class: line.marked ? "label marked" : "label", x: x + width / 2, y: y + height - 4,
    }, line.text));
  return line.drawnLabel;
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
    const count = `${group.nodes.length} ${isBare ? "▸" : "▾"}`;
    drawn.append(element("text", {
      class: "count", x: x + width - PAD, y: y + HEADER / 2 + 5,
    }, count));
    const attributes = {
      tabindex: 0, role: "button", "aria-expanded": !isBare,
      "aria-label": `${group.name}, ${group.nodes.length} workloads`,
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
    class: cell.node.marked ? "row marked" : "row", tabindex: 0, role: "button",
    "data-node": `${box.group.index}/${cell.index}`,
  }, element("rect", { class: "hit", x: x + 1, y, width: width - 2, height: ROW, rx: 3 }));
  if (cell.node.marked) {
    drawn.append(element("rect", {
      class: "mark", x: x + PAD - 5, y: y + 1, width: widthOf(cell.name, "name") + 10,
      height: ROW - 2, rx: 4,
    }));
  }
  const name = element("text", {
    class: cell.node.marked ? "node marked" : "node", x: x + PAD, y: y + ROW / 2 + 4,
  }, cell.name);
  drawn.append(name);
  if (cell.port) {
    drawn.append(element("text", {
      class: "count", x: x + width - PAD, y: y + ROW / 2 + 4,
    }, cell.port));
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
  const ordered = [...lines].sort((a, b) => a.marked - b.marked);
  svg.replaceChildren(
    element("defs", {}, arrowHead("page-head", false), arrowHead("page-marked-head", true)),
    element("g", { class: "edges" }, ...ordered.map(drawLine)),
    ...[...boxes.values()].map(drawBox),
    element("g", { class: "labels" }, ...lines.filter((line) => line.label).map(drawLabel)));
}
