// Where boxes, edges and labels of the page stand, for whatever is folded.
// Must not know the document: it takes names and gives numbers.

const HEADER = 28, ROW = 20, PAD = 10, MARGIN = 24, BETWEEN = 20, LANE = 6;
const MAX_NAME = 240, MAX_LABEL = 150, ONE_COLUMN = 8, MAX_ABREAST = 5;
const FONTS = {
  header: "bold 13px 'DejaVu Sans', Verdana, sans-serif",
  name: "12px 'DejaVu Sans', Verdana, sans-serif",
  label: "10px 'DejaVu Sans', Verdana, sans-serif",
};
const pen = document.createElement("canvas").getContext("2d");

function widthOf(text, font) {
  pen.font = FONTS[font];
  return Math.ceil(pen.measureText(text).width) + 1;
}

// The text, or as much of both its ends as fits.
function shortened(text, font, limit) {
  if (widthOf(text, font) <= limit) return text;
  const characters = [...text];
  let [least, most] = [0, characters.length];
  const cut = (n) => characters.slice(0, Math.ceil(n * 0.6)).join("") + "…" +
    characters.slice(characters.length - Math.floor(n * 0.4)).join("");
  while (most - least > 1) {
    const middle = (least + most) >> 1;
    if (widthOf(cut(middle), font) <= limit) least = middle; else most = middle;
  }
  return cut(least);
}

// A box seen from its upper left corner. Nodes without edges of their own stand below, abreast.
function shape(group, isFolded, ports) {
  const header = shortened(group.name, "header", MAX_NAME);
  const box = { header, rows: [], width: widthOf(header, "header") + 64, height: HEADER };
  if (isFolded || group.nodes.length === 0) return box;
  const cells = group.nodes.map((node, index) => {
    const port = ports.get(`${group.index}/${index}`);
    const name = shortened(node.name, "name", MAX_NAME);
    const shownPort = port ? shortened(port, "label", MAX_LABEL) : "";
    const portWidth = port ? widthOf(shownPort, "label") + 2 * PAD : 0;
    const width = widthOf(name, "name") + portWidth + 2 * PAD;
    return { index, node, name, port: shownPort, width, isRow: port !== undefined };
  });
  const rows = cells.filter((cell) => cell.isRow), rest = cells.filter((cell) => !cell.isRow);
  const abreast = rest.length <= ONE_COLUMN ? 1
    : Math.min(MAX_ABREAST, Math.max(2, Math.floor(Math.sqrt(rest.length / ONE_COLUMN))));
  const cellWidth = Math.max(0, ...rest.map((cell) => cell.width));
  box.width = Math.max(box.width, abreast * cellWidth, ...rows.map((cell) => cell.width));
  rows.forEach((cell, line) => Object.assign(cell, { x: 0, line }));
  rest.forEach((cell, place) => Object.assign(cell, {
    x: (place % abreast) * cellWidth, line: rows.length + Math.floor(place / abreast),
  }));
  for (const cell of cells) cell.y = HEADER + PAD / 2 + cell.line * ROW;
  const n_lines = rows.length + Math.ceil(rest.length / abreast);
  box.rows = cells;
  box.height = HEADER + n_lines * ROW + PAD;
  return box;
}

// Stacks the boxes of every column, all columns around one middle.
function stack(columns, top, lanes) {
  const space = (column, gap) => LANE * (lanes.get(`${column}/${gap}`)?.size ?? 0);
  const totals = columns.map((boxes, column) => {
    const heights = boxes.reduce((sum, box) => sum + box.height + BETWEEN, 0);
    return heights - BETWEEN + [...boxes, 0].reduce((sum, _, gap) => sum + space(column, gap), 0);
  });
  const tallest = Math.max(0, ...totals);
  columns.forEach((boxes, column) => {
    let y = top + Math.floor((tallest - totals[column]) / 2);
    boxes.forEach((box, gap) => {
      y += space(column, gap);
      box.y = y;
      y += box.height + BETWEEN;
    });
  });
  return top + tallest + MARGIN;
}

function middleOfGap(boxes, gap) {
  const above = boxes[gap - 1], below = boxes[gap];
  if (above && below) return (above.y + above.height + below.y) / 2;
  return above ? above.y + above.height + 2 * LANE : below.y - 2 * LANE;
}

// Where a line meets its end.
function heightOf(end, boxes) {
  const box = boxes.get(end.group);
  const row = end.node >= 0 ? box.rows.find((cell) => cell.index === end.node) : undefined;
  return box.y + (row?.isRow ? row.y + ROW / 2 : HEADER / 2);
}

// The columns that a line passes, and the height at which the straight line would.
function passed(line, boxes) {
  const from = boxes.get(line.from.group).column, to = boxes.get(line.to.group).column;
  const step = Math.sign(to - from), start = heightOf(line.from, boxes);
  const slope = (heightOf(line.to, boxes) - start) / Math.max(1, Math.abs(to - from));
  const columns = [];
  for (let column = from + step; step !== 0 && column !== to; column += step) {
    columns.push({ column, wanted: start + slope * Math.abs(column - from) });
  }
  return columns;
}

// Which lines pass which gap of a column; those to one end share a lane.
function findLanes(lines, columns, boxes) {
  const lanes = new Map();
  for (const line of lines) {
    line.passes = passed(line, boxes).map(({ column, wanted }) => {
      const distance = (gap) => Math.abs(middleOfGap(columns[column], gap) - wanted);
      let nearest = 0;
      for (let gap = 1; gap <= columns[column].length; gap += 1) {
        if (distance(gap) < distance(nearest)) nearest = gap;
      }
      const key = `${column}/${nearest}`, lane = `${line.to.key}${line.marked}`;
      if (!lanes.has(key)) lanes.set(key, new Map());
      if (!lanes.get(key).has(lane)) lanes.get(key).set(lane, wanted);
      return { column, gap: nearest, key, lane };
    });
  }
  for (const inGap of lanes.values()) {
    const sorted = [...inGap].sort((a, b) => a[1] - b[1]);
    sorted.forEach(([lane], place) => inGap.set(lane, place));
  }
  return lanes;
}

// Tracks beside a column for lines within it: the shortest innermost.
function findTracks(lines, boxes) {
  const spans = new Map();
  lines.forEach((line, number) => {
    const column = boxes.get(line.from.group).column;
    if (column !== boxes.get(line.to.group).column) return;
    const loop = line.from.key === line.to.key ? 5 : 0;
    line.ys = [heightOf(line.from, boxes) - loop, heightOf(line.to, boxes) + loop];
    line.track = `${column} ${line.to.key} ${line.marked} ${line.both || loop ? number : ""}`;
    const span = spans.get(line.track) ?? { column, top: Infinity, bottom: -Infinity };
    span.top = Math.min(span.top, ...line.ys);
    span.bottom = Math.max(span.bottom, ...line.ys);
    spans.set(line.track, span);
  });
  const taken = [];
  const sorted = [...spans.values()].sort((a, b) => a.bottom - a.top - (b.bottom - b.top));
  for (const span of sorted) {
    span.track = 0;
    const meets = (other) => other.column === span.column && other.track === span.track &&
      span.top <= other.bottom + 3 && other.top <= span.bottom + 3;
    while (taken.some(meets)) span.track += 1;
    taken.push(span);
  }
  return spans;
}

const trackAt = (track) => 22 + 11 * track;

// Gives columns and boxes their places from left to right.
function spread(columns, lines, boxes, spans) {
  const gaps = columns.map(() => ({ far: 0, label: 0, n: 0 }));
  for (const line of lines) {
    const a = boxes.get(line.from.group).column, b = boxes.get(line.to.group).column;
    const [first, end] = [Math.min(a, b), Math.max(a, b, Math.min(a, b) + 1)];
    for (let gap = first; gap < end; gap += 1) {
      if (line.track) gaps[gap].far = Math.max(gaps[gap].far, trackAt(spans.get(line.track).track));
      else gaps[gap].n += 1;
      if (line.text && (gap === first || gap === end - 1)) {
        gaps[gap].label = Math.max(gaps[gap].label, widthOf(line.text, "label") + 6);
      }
    }
  }
  let x = MARGIN;
  columns.forEach((inColumn, column) => {
    const width = Math.max(0, ...inColumn.map((box) => box.width));
    for (const box of inColumn) Object.assign(box, { x, width });
    const { far, label, n } = gaps[column];
    x += width + (n ? far + Math.min(200, 70 + label + 2 * n) : far + (far ? label / 2 : 0) + 30);
  });
  return x;
}

// The pieces of a line: across a gap, past a box, or back to the same column.
function route(line, columns, boxes, lanes, spans) {
  const start = boxes.get(line.from.group), end = boxes.get(line.to.group);
  if (line.track) {
    const edge = start.x + start.width, far = edge + trackAt(spans.get(line.track).track);
    return [{ kind: "back", x: edge, y: line.ys[0], far, toX: edge, toY: line.ys[1] }];
  }
  const isRight = start.column < end.column;
  const sides = (box) => isRight ? [box.x, box.x + box.width] : [box.x + box.width, box.x];
  let [x, y] = [sides(start)[1], heightOf(line.from, boxes)];
  const pieces = [];
  for (const { column, gap, key, lane } of line.passes) {
    const inGap = lanes.get(key), half = (LANE * (inGap.size - 1)) / 2;
    const shift = gap === 0 ? -half : gap === columns[column].length ? half : 0;
    const toY = middleOfGap(columns[column], gap) + shift - half + LANE * inGap.get(lane);
    const [near, far] = sides(columns[column][0]);
    pieces.push({ kind: "across", x, y, toX: near, toY });
    pieces.push({ kind: "past", x: near, y: toY, toX: far, toY });
    [x, y] = [far, toY];
  }
  pieces.push({ kind: "across", x, y, toX: sides(end)[0], toY: heightOf(line.to, boxes) });
  return pieces;
}

function pointOf({ kind, x, y, toX, toY, far }, t) {
  const s = 1 - t, middle = (x + toX) / 2;
  if (kind === "back") return [far, y * s + toY * t];
  const [a, b, c] = [s * s * s, 3 * s * t, t * t * t];
  return [x * a + middle * b + toX * c, y * (a + b * s) + toY * (b * t + c)];
}

// Of lines that all say the same and meet or part at one end, the first alone says it, there.
function common(lines, endOf) {
  const byEnd = new Map();
  for (const line of lines) {
    const known = byEnd.get(endOf(line).key) ?? { first: line, n: 0, isSame: true };
    known.n += 1;
    known.isSame &&= !line.both && line.from.key !== line.to.key && line.text === known.first.text;
    byEnd.set(endOf(line).key, known);
  }
  return (line) => {
    const known = byEnd.get(endOf(line).key);
    return known.n > 2 && known.isSame ? known.first : null;
  };
}

// Puts labels where they cover neither boxes nor each other; one without room is left out.
function placeLabels(lines, boxes) {
  const taken = [...boxes.values()].map(({ x, y, width, height }) => ({ x, y, width, height }));
  const meets = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width &&
    a.y < b.y + b.height && b.y < a.y + a.height;
  const labelled = lines.filter((line) => line.text);
  const arriving = common(labelled, (line) => line.to);
  const leaving = common(labelled, (line) => line.from);
  for (const line of labelled) {
    const width = widthOf(line.text, "label") + 6;
    const pieces = line.pieces.filter((piece) => piece.kind !== "past");
    let ways = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];
    if (arriving(line) === line) {
      ways = [0.8, 0.7, 0.6, 0.9, 0.5, 0.4, 0.3];
      pieces.reverse();
    } else if (leaving(line) === line) ways = [0.2, 0.3, 0.4, 0.1, 0.5, 0.6, 0.7];
    else if (arriving(line) || leaving(line)) continue;
    const on = pieces.flatMap((piece) => ways.map((way) => pointOf(piece, way)));
    const spots = [0, 9, -9].flatMap((shift) => on.map(([x, y]) => [x, y + shift]));
    const places = spots.map(([x, y]) => ({ x: x - width / 2, y: y - 7, width, height: 14 }));
    line.label = places.find((place) => place.x > 0 && !taken.some((other) => meets(place, other)));
    if (line.label) taken.push(line.label);
  }
}

// Everything's place: `columns` are lists of groups, `lines` have ends, a label and `ports`.
function place(columns, lines, ports, isFolded) {
  const boxes = new Map();
  const stacks = columns.map((groups, column) => groups.map((group) => {
    const box = { ...shape(group, isFolded(group), ports), group, column };
    boxes.set(group.index, box);
    return box;
  }));
  stack(stacks, MARGIN, new Map());
  const lanes = findLanes(lines, stacks, boxes);
  const height = stack(stacks, MARGIN, lanes);
  const spans = findTracks(lines, boxes);
  const width = spread(stacks, lines, boxes, spans);
  for (const line of lines) line.pieces = route(line, stacks, boxes, lanes, spans);
  placeLabels(lines, boxes);
  return { boxes, width: width + MARGIN, height };
}
