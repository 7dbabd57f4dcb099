// Where boxes, edges and labels of the page stand, for whatever is folded.
// Must not know the document: it takes names and gives numbers.

const HEADER = 28, ROW = 20, PAD = 10, MARGIN = 24, BETWEEN = 20, LANE = 6;
const MAX_NAME = 560, MAX_LABEL = 220, MAX_WIDTH = 1000, ONE_COLUMN = 8, MAX_ABREAST = 5;
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

// Texts shortened so that those which differ still do.
function shortenedApart(texts, font, limit) {
  const limits = texts.map(() => limit);
  for (;;) {
    const shown = texts.map((text, place) => shortened(text, font, limits[place]));
    const meant = new Map();
    shown.forEach((text, place) => meant.set(text, (meant.get(text) ?? new Set())
      .add(texts[place])));
    const same = shown.map((text) => meant.get(text).size > 1);
    if (!same.includes(true)) return shown;
    same.forEach((is, place) => { if (is) limits[place] *= 1.5; });
  }
}

const widthOfPorts = (port) => port ? widthOf(port, "label") + PAD : 0;

// A box seen from its upper left corner. Nodes without edges of their own stand below, abreast.
function shape(group, isFolded, ports, badge) {
  const header = shortened(group.name, "header", MAX_NAME);
  const width = widthOf(header, "header") + widthOf(badge, "label") + 4 * PAD;
  const box = { header, badge, rows: [], width, height: HEADER };
  if (isFolded || group.nodes.length === 0) return box;
  const names = shortenedApart(group.nodes.map((node) => node.name), "name", MAX_NAME);
  const cells = group.nodes.map((node, index) => {
    const reached = ports.get(`${group.index}/${index}`);
    const name = names[index], { everything = "", others = "" } = reached ?? {};
    const portWidth = widthOfPorts(everything) + widthOfPorts(others);
    const width = widthOf(name, "name") + portWidth + 2 * PAD;
    const isRow = reached !== undefined;
    return { index, node, name, everything, others, portWidth, width, isRow };
  });
  const rows = cells.filter((cell) => cell.isRow), rest = cells.filter((cell) => !cell.isRow);
  const cellWidth = Math.max(1, ...rest.map((cell) => cell.width));
  const wanted = rest.length <= ONE_COLUMN ? 1
    : Math.min(MAX_ABREAST, Math.max(2, Math.floor(Math.sqrt(rest.length / ONE_COLUMN))));
  const abreast = Math.max(1, Math.min(wanted, Math.floor(MAX_WIDTH / cellWidth)));
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

// Gives a box its width, and the names in its rows what room there is then.
function widen(box, width) {
  box.width = width;
  for (const cell of box.rows.filter((row) => row.isRow && row.name !== row.node.name)) {
    const room = Math.max(MAX_NAME, width - cell.portWidth - 2 * PAD);
    cell.name = shortened(cell.node.name, "name", room);
  }
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

// Where a line meets its end: lines leave above where they arrive, so that none begins at a head.
function heightOf(end, boxes, isArrival) {
  const box = boxes.get(end.group);
  const row = end.node >= 0 ? box.rows.find((cell) => cell.index === end.node) : undefined;
  const [middle, room] = row?.isRow ? [row.y + ROW / 2, ROW / 4] : [HEADER / 2, HEADER / 4];
  return box.y + middle + (isArrival ? room : -room);
}

const startOf = (line, boxes) => heightOf(line.from, boxes, line.both);
const endAt = (line, boxes) => heightOf(line.to, boxes, true);

// The columns that a line passes, and the height at which the straight line would.
function passed(line, boxes) {
  const from = boxes.get(line.from.group).column, to = boxes.get(line.to.group).column;
  const step = Math.sign(to - from), start = startOf(line, boxes);
  const slope = (endAt(line, boxes) - start) / Math.max(1, Math.abs(to - from));
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
      const key = `${column}/${nearest}`, lane = `${line.to.key}${line.everything}`;
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
    const isLoop = line.from.key === line.to.key;
    line.ys = [startOf(line, boxes), endAt(line, boxes)];
    line.track = `${column} ${line.to.key} ${line.everything} ${line.both || isLoop ? number : ""}`;
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

const widthOfLabel = (line) => Math.min(MAX_LABEL, widthOf(line.text, "label")) + 6;
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
        gaps[gap].label = Math.max(gaps[gap].label, widthOfLabel(line));
      }
    }
  }
  let x = MARGIN;
  columns.forEach((inColumn, column) => {
    const width = Math.max(0, ...inColumn.map((box) => box.width));
    for (const box of inColumn) {
      widen(box, width);
      box.x = x;
    }
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
  let [x, y] = [sides(start)[1], startOf(line, boxes)];
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
  pieces.push({ kind: "across", x, y, toX: sides(end)[0], toY: endAt(line, boxes) });
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
    known.isSame &&= !line.both && line.from.key !== line.to.key && line.says === known.first.says;
    byEnd.set(endOf(line).key, known);
  }
  return (line) => {
    const known = byEnd.get(endOf(line).key);
    return known && known.n > 2 && known.isSame ? known.first : null;
  };
}

// Points along a line, no further apart than a label is high.
function pointsOf(pieces) {
  const straight = (x, y, toX, toY) => {
    const n = Math.max(1, Math.ceil(Math.max(Math.abs(toX - x), Math.abs(toY - y)) / 4));
    return Array.from({ length: n + 1 }, (_, k) => [x + (toX - x) * k / n, y + (toY - y) * k / n]);
  };
  return pieces.flatMap((piece) => {
    const { kind, x, y, toX, toY, far } = piece;
    if (kind === "past") return straight(x, y, toX, toY);
    if (kind === "back") {
      return [...straight(x, y, far, y), ...straight(far, y, far, toY),
        ...straight(far, toY, toX, toY)];
    }
    const n = Math.min(400, Math.ceil((Math.abs(toX - x) + Math.abs(toY - y)) / 4));
    return Array.from({ length: n + 1 }, (_, k) => pointOf(piece, n ? k / n : 0));
  });
}

// Which places lie on lines that say something else than this.
function otherLines(lines) {
  const squares = new Map(), SQUARE = 32, CLEAR = 2;
  const at = (value) => Math.floor(value / SQUARE);
  for (const line of lines) {
    for (const [x, y] of pointsOf(line.pieces)) {
      const key = `${at(x)}/${at(y)}`;
      if (!squares.has(key)) squares.set(key, []);
      squares.get(key).push([x, y, line.says]);
    }
  }
  return ({ x, y, width, height }, says) => {
    const [left, top] = [x - CLEAR, y - CLEAR];
    const [right, bottom] = [x + width + CLEAR, y + height + CLEAR];
    const isOther = ([px, py, other]) => other !== says &&
      left <= px && px <= right && top <= py && py <= bottom;
    for (let column = at(left); column <= at(right); column += 1) {
      for (let row = at(top); row <= at(bottom); row += 1) {
        if (squares.get(`${column}/${row}`)?.some(isOther)) return true;
      }
    }
    return false;
  };
}

const WAYS = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];

// Puts labels where they cover neither boxes nor each other, and lie on no line of other ports.
// Those without room are counted; the panel and the line itself say what they would.
function placeLabels(lines, boxes, sheet) {
  const taken = [...boxes.values()].map(({ x, y, width, height }) => ({ x, y, width, height }));
  for (const line of lines) {
    const { x, y } = line.pieces[0], { toX, toY } = line.pieces[line.pieces.length - 1];
    const heads = line.both ? [[x, y], [toX, toY]] : [[toX, toY]];
    for (const [hx, hy] of heads) taken.push({ x: hx - 10, y: hy - 5, width: 20, height: 10 });
  }
  const meets = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width &&
    a.y < b.y + b.height && b.y < a.y + a.height;
  const isOnOthers = otherLines(lines);
  const fits = (line) => widthOf(line.text, "label") <= MAX_LABEL;
  const tryAt = (line, spots) => {
    const width = widthOfLabel(line), aside = Math.max(0, width / 2 - 6);
    const places = [0, aside, -aside].flatMap((shift) => spots.map(([x, y]) =>
      ({ x: x - width / 2 + shift, y: y - 7, width, height: 14 })));
    const isOnSheet = ({ x, y }) => x > 0 && y > 0 &&
      x + width < sheet.width && y + 14 < sheet.height;
    line.label = places.find((place) => isOnSheet(place) &&
      !taken.some((other) => meets(place, other)) && !isOnOthers(place, line.says));
    if (line.label) taken.push(line.label);
    return line.label !== undefined;
  };
  const open = new Set(lines.filter((line) => line.text));
  for (const isEnd of [true, false]) {
    const first = common([...open], (line) => isEnd ? line.to : line.from);
    const near = (line) => {
      const piece = line.pieces[isEnd ? line.pieces.length - 1 : 0];
      return (isEnd ? [0.8, 0.7, 0.9] : [0.2, 0.3, 0.1]).map((way) => pointOf(piece, way));
    };
    const said = new Map();
    for (const line of open) {
      const one = first(line);
      if (!one || !fits(line) || said.get(one)) continue;
      said.set(one, tryAt(line, near(line)));
    }
    for (const line of [...open]) if (said.get(first(line))) open.delete(line);
  }
  for (const line of [...open].sort((a, b) => b.everything - a.everything)) {
    const pieces = line.pieces.filter((piece) => piece.kind !== "past");
    const on = WAYS.flatMap((way) => pieces.map((piece) => pointOf(piece, way)));
    const spots = [0, 9, -9].flatMap((shift) => on.map(([x, y]) => [x, y + shift]));
    if (fits(line) && tryAt(line, spots) || line.everything) open.delete(line);
  }
  return open.size;
}

// Everything's place: `columns` are lists of groups, `lines` have ends, a label and `ports`.
function place(columns, lines, ports, isFolded, badgeOf) {
  const boxes = new Map();
  const stacks = columns.map((groups, column) => groups.map((group) => {
    const box = { ...shape(group, isFolded(group), ports, badgeOf(group)), group, column };
    boxes.set(group.index, box);
    return box;
  }));
  stack(stacks, MARGIN, new Map());
  const lanes = findLanes(lines, stacks, boxes);
  const height = stack(stacks, MARGIN, lanes);
  const spans = findTracks(lines, boxes);
  const width = spread(stacks, lines, boxes, spans);
  for (const line of lines) line.pieces = route(line, stacks, boxes, lanes, spans);
  const n_silent = placeLabels(lines, boxes, { width: width + MARGIN, height });
  return { boxes, width: width + MARGIN, height, n_silent };
}
