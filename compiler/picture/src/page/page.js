// The page: what is folded, what is chosen, and what the panel says about it.
// Must not know where anything stands.

const data = JSON.parse(document.getElementById("data").textContent);
const MOST_LINES = 600, MOST_ENTRIES = 300, MOST_LABELS = 200, FOLDED_FROM = 60;
const groups = data.groups.map((group, index) => ({ ...group, index }));
const [everyone, others] = [data.everyone, data.everyone + 1];
const read = ([group, node, toGroup, toNode, label, detail, flags, step]) => ({
  from: { group, node }, to: { group: toGroup, node: toNode }, label: data.labels[label],
  detail: data.details[detail], selves: (flags & 1) > 0, everything: (flags & 2) > 0, step,
});
// What is drawn, and what the panel says: links of edges with the same rules.
const links = data.links.map(read), reasons = data.reasons.map(read);
const n_nodes = groups.reduce((sum, group) => sum + group.nodes.length, 0);
const folded = new Set(n_nodes > FOLDED_FROM ? groups.map((group) => group.index) : []);
const svg = document.getElementById("drawing"), panel = document.getElementById("panel");
const note = document.getElementById("note"), filter = document.getElementById("filter");
const count = document.getElementById("count"), legend = document.getElementById("legend");
// What is chosen, and the group that was clicked last.
let chosen = null, last = null, lines = [], isCrowded = false;
let zoom = 1, size = { width: 1, height: 1 };
// How many links each folded group has inside, and what the search has found.
let inside = new Map(), found = [], place_found = 0;

const keyOf = (end) => `${end.group}/${end.node}`;

function endOf(key) {
  const [group, node] = key.split("/").map(Number);
  return { group, node };
}

// The end of a link as it is drawn now: nodes of folded groups are their group.
function visible(end, isSummary) {
  const node = end.node < 0 || isSummary || folded.has(end.group) ? -1 : end.node;
  return { group: end.group, node, key: `${end.group}/${node}` };
}

// Links that look alike now as one line each.
function linesNow(isSummary) {
  const found = new Map();
  inside = new Map();
  for (const link of links) {
    const from = visible(link.from, isSummary), to = visible(link.to, isSummary);
    const isInside = from.group === to.group && folded.has(from.group);
    if (isInside) {
      inside.set(from.group, (inside.get(from.group) ?? 0) + 1);
      continue;
    }
    const { everything, step } = link, key = `${from.key} ${to.key} ${everything} ${step}`;
    if (!found.has(key)) found.set(key, { from, to, everything, step, links: [] });
    found.get(key).links.push(link);
  }
  const merged = [];
  for (const [key, line] of found) {
    const labels = [...new Set(line.links.map((link) => link.label))].sort();
    line.text = labels.length > 1 ? `${labels[0]} +${labels.length - 1}` : labels[0];
    const back = found.get(`${line.to.key} ${line.from.key} ${line.everything} ${line.step}`);
    line.says = labels.join("\n");
    if (back?.done && back !== line && back.says === line.says) {
      back.both = true;
      back.links.push(...line.links);
    } else merged.push(line);
    line.done = true;
    found.set(key, line);
  }
  return merged;
}

// What stands in the row of a node: what all lines that end there say that no port limits, and
// what all others say.
function portsOf(lines) {
  const ports = new Map();
  const kind = (line) => line.everything ? "everything" : "others";
  const rowOf = (end) => {
    if (!ports.has(end.key)) ports.set(end.key, {});
    return ports.get(end.key);
  };
  const ends = (line) => line.both ? [line.to, line.from] : [line.to];
  for (const line of lines) {
    rowOf(line.from);
    for (const end of ends(line)) {
      const row = rowOf(end), known = row[kind(line)];
      const isShort = !line.step && widthOf(line.text, "label") <= MAX_LABEL;
      row[kind(line)] = isShort && (known === undefined || known === line.text) ? line.text : "";
    }
  }
  for (const line of lines) {
    const isSaid = (end) => end.node >= 0 && rowOf(end)[kind(line)] === line.text;
    line.isSaid = ends(line).every(isSaid);
  }
  return ports;
}

const nameOfGroup = (group) => group === everyone ? data.names[0]
  : group === others ? data.names[1] : groups[group].name;

function nameOf(end) {
  if (end.node >= 0) return `${groups[end.group].name}/${groups[end.group].nodes[end.node].name}`;
  const isPlural = end.group < everyone && groups[end.group].nodes.length > 1;
  const all = end.group < everyone && groups[end.group].kind === "namespace" ? "every workload of"
    : "all of";
  return isPlural ? `${all} ${nameOfGroup(end.group)}` : nameOfGroup(end.group);
}

function titleOf(line) {
  const title = (end) => end.node < 0 ? nameOfGroup(end.group) : nameOf(end);
  const said = new Set(line.links.map((link) => `${link.label}  ${link.detail}`.trim()));
  const more = said.size > 12 ? [`and ${said.size - 12} more`] : [];
  const arrow = line.both ? "↔" : "→";
  return [`${title(line.from)} ${arrow} ${title(line.to)}`, ...[...said].slice(0, 12), ...more]
    .join("\n");
}

// The lines that there is room for, and what the reader has to know about them.
function linesToDraw() {
  const all = linesNow(false);
  if (all.length <= MOST_LINES) return [all, ""];
  const between = linesNow(true);
  if (between.length <= MOST_LINES) {
    return [between,
      "Too many edges to draw: these are between namespaces. Choose a workload to see its own."];
  }
  const isNear = (line) => [line.from.group, line.to.group].includes(last);
  const near = all.filter(isNear);
  return [near.length <= MOST_LINES ? near : between.filter(isNear),
    "Too many edges to draw: click a namespace or a workload to see its own."];
}

function silence(n) {
  if (lines.length > MOST_LABELS) return "Point at a name to see the ports of its lines.";
  if (n === 0) return "";
  return n === 1 ? "1 line has no room for its ports: point at it to see them"
    : `${n} lines have no room for their ports: point at them to see them`;
}

// What stands at the right of a header.
function badgeOf(group) {
  if (group.nodes.length === 0) return "";
  const n_inside = inside.get(group.index);
  const within = n_inside && folded.has(group.index) ? `, ${n_inside} inside` : "";
  return `${group.nodes.length}${within} ${folded.has(group.index) ? "▸" : "▾"}`;
}

function render() {
  const [drawn, text] = linesToDraw();
  lines = drawn;
  const isUsed = new Set(lines.flatMap((line) => [line.from.group, line.to.group]));
  const all = (index, name) => ({ index, name, kind: "everyone", nodes: [] });
  const byIndex = new Map([...groups, ...data.names.map((name, n) => all(everyone + n, name))]
    .map((group) => [group.index, group]));
  const isDrawn = (index) => index < everyone || isUsed.has(index);
  // Many folded boxes stand closer together.
  const chosenColumns = data.columns[folded.size * 2 > groups.length ? 1 : 0];
  const columns = chosenColumns.map((column) => column.filter(isDrawn).map((g) => byIndex.get(g)))
    .filter((column) => column.length > 0);
  const ports = portsOf(lines);
  for (const line of lines) {
    line.title = titleOf(line);
    if (line.isSaid) line.text = "";
  }
  const isFolded = (group) => folded.has(group.index);
  const placed = place(columns, lines, ports, isFolded, badgeOf);
  isCrowded = text !== "";
  note.textContent = [...data.notes, text, silence(placed.n_silent)].filter(Boolean).join("\n");
  draw(svg, placed, lines);
  svg.parentElement.classList.toggle("crowded", lines.length > MOST_LABELS);
  size = placed;
  resize();
  search();
  show(chosen);
}

const widthThatFits = () => Math.min(1, svg.parentElement.clientWidth / size.width);

function resize() {
  svg.setAttribute("width", size.width * zoom);
  svg.setAttribute("height", size.height * zoom);
}

// Whether this end of a link stands for this node.
function covers(end, other, node) {
  if (end.node >= 0) return end.group === node.group && end.node === node.node;
  const isWorkload = groups[node.group].kind === "namespace";
  if (end.group === everyone) return isWorkload;
  if (end.group === others) return isWorkload && other.group !== node.group;
  return end.group === node.group;
}

const isSelf = (link, node) => keyOf(link.from) === keyOf(node) && keyOf(link.to) === keyOf(node);

function leads(link, node) {
  // A group does not reach the node that is the other end, unless each reaches itself.
  const isOwn = keyOf(link.to) === keyOf(node) && link.from.node < 0 && !link.selves;
  return covers(link.from, link.to, node) && (!isOwn || isSelf(link, node));
}

function arrives(link, node) {
  const isOwn = keyOf(link.from) === keyOf(node) && link.to.node < 0 && !link.selves;
  return covers(link.to, link.from, node) && (!isOwn || isSelf(link, node));
}

// Lets what concerns a node or a group stand out.
function show(target) {
  svg.parentElement.classList.toggle("choosing", target !== null);
  for (const drawn of svg.querySelectorAll(".near, .out, .in, .self")) {
    drawn.classList.remove("near", "out", "in", "self");
  }
  if (target === null) return;
  const isGroup = target.node < 0;
  const out = new Set(isGroup ? [] : links.filter((link) => leads(link, target)));
  const into = new Set(isGroup ? [] : links.filter((link) => arrives(link, target)));
  for (const line of lines) {
    const isNear = isGroup ? [line.from.group, line.to.group].includes(target.group)
      : line.links.some((link) => out.has(link) || into.has(link));
    line.drawn.classList.toggle("near", isNear);
    line.drawnLabel?.classList.toggle("near", isNear);
  }
  if (isGroup) return;
  for (const row of svg.querySelectorAll("[data-node]")) {
    const other = endOf(row.dataset.node);
    if (keyOf(other) === keyOf(target)) row.classList.add("self");
    else {
      row.classList.toggle("out", [...out].some((link) => arrives(link, other)));
      row.classList.toggle("in", [...into].some((link) => leads(link, other)));
    }
  }
}

function html(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

function list(title, entries) {
  const shown = entries.slice(0, MOST_ENTRIES).map(([peer, link]) => {
    const rules = html("small", link.detail);
    return html("li", html("b", peer), " ", html("code", link.label || "any"), rules);
  });
  if (entries.length > MOST_ENTRIES) {
    shown.push(html("li", `and ${entries.length - MOST_ENTRIES} more`));
  }
  const items = html("ul", "", ...shown);
  return [html("h3", `${title} (${entries.length})`), items];
}

function describe() {
  panel.hidden = chosen === null;
  if (chosen === null) return;
  const node = groups[chosen.group].nodes[chosen.node];
  const byName = (a, b) => (a[0] < b[0] ? -1 : Number(a[0] > b[0]));
  const out = reasons.filter((link) => leads(link, chosen)).map((link) => [nameOf(link.to), link]);
  const into = reasons.filter((link) => arrives(link, chosen))
    .map((link) => [nameOf(link.from), link]);
  const close = html("button", "Close");
  close.addEventListener("click", () => choose(null));
  panel.replaceChildren(close, html("h2", nameOf(chosen)), html("p", node.detail),
    ...list("Reaches", out.sort(byName)), ...list("Reached by", into.sort(byName)));
}

function choose(node) {
  chosen = node !== null && chosen !== null && keyOf(node) === keyOf(chosen) ? null : node;
  describe();
  // The edges of another group are drawn only now, if they are too many together.
  const isOther = chosen !== null && last !== chosen.group;
  if (isOther) last = chosen.group;
  if (isOther && isCrowded) render(); else show(chosen);
  legend.hidden = chosen !== null;
  const row = chosen && svg.querySelector(`[data-node="${keyOf(chosen)}"]`);
  row?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function search() {
  const wanted = filter.value.trim().toLowerCase();
  svg.parentElement.classList.toggle("searching", wanted !== "");
  const matches = (text) => wanted !== "" && text.toLowerCase().includes(wanted);
  found = groups.flatMap((group) => [
    ...(matches(group.name) ? [{ group: group.index, node: -1 }] : []),
    ...group.nodes.map((_, node) => ({ group: group.index, node }))
      .filter((end) => matches(groups[end.group].nodes[end.node].name)),
  ]);
  place_found = Math.min(place_found, Math.max(0, found.length - 1));
  const isFound = new Set(found.map(keyOf)), inGroups = new Set(found.map((end) => end.group));
  for (const box of svg.querySelectorAll("[data-box]")) {
    const group = Number(box.dataset.box);
    box.classList.toggle("found", inGroups.has(group));
    const isWhole = isFound.has(`${group}/-1`);
    for (const row of box.querySelectorAll("[data-node]")) {
      row.classList.toggle("found", isWhole || isFound.has(row.dataset.node));
    }
  }
  count.textContent = wanted === "" ? "" : found.length === 0 ? "nothing found"
    : `${place_found + 1} of ${found.length}`;
  for (const row of svg.querySelectorAll(".current")) row.classList.remove("current");
  drawnOf(found[place_found])?.classList.add("current");
}

// What is drawn of a node, or of a group its header.
function drawnOf(end) {
  if (!end) return null;
  return svg.querySelector(end.node < 0 ? `[data-box="${end.group}"] .fold`
    : `[data-node="${keyOf(end)}"]`);
}

// Goes to what is found, which may have to be unfolded for that.
function goTo(place) {
  if (found.length === 0) return;
  showMatrix(false);
  place_found = (place + found.length) % found.length;
  const end = found[place_found];
  if (end.node >= 0 && folded.delete(end.group)) {
    last = end.group;
    render();
  }
  search();
  drawnOf(end)?.scrollIntoView({ block: "center", inline: "center" });
}

function nodeAt(event) {
  const row = event.target.closest("[data-node]");
  return row && endOf(row.dataset.node);
}

function groupAt(event) {
  const header = event.target.closest("[data-group]");
  return header && { group: Number(header.dataset.group), node: -1 };
}

function act(event) {
  const header = event.target.closest("[data-group]"), node = nodeAt(event);
  if (header) {
    const group = Number(header.dataset.group);
    if (!folded.delete(group)) folded.add(group);
    last = group;
    render();
    svg.querySelector(`[data-group="${group}"]`).focus();
  } else if (node) choose(node);
}

svg.addEventListener("click", act);
svg.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act(event);
});
svg.addEventListener("mouseover", (event) => show(nodeAt(event) ?? groupAt(event) ?? chosen));
svg.addEventListener("mouseleave", () => show(chosen));
filter.addEventListener("input", () => {
  place_found = 0;
  search();
  goTo(0);
});
filter.addEventListener("keydown", (event) => {
  if (event.key === "Enter") goTo(place_found + (event.shiftKey ? -1 : 1));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen !== null) choose(null);
});

const buttons = {
  fold: () => groups.forEach((group) => folded.add(group.index)),
  unfold: () => folded.clear(),
  larger: () => { zoom *= 1.25; },
  smaller: () => { zoom /= 1.25; },
  fit: () => { zoom = widthThatFits(); },
};
for (const [id, press] of Object.entries(buttons)) {
  document.getElementById(id).addEventListener("click", () => {
    press();
    if (id === "fold" || id === "unfold") render(); else resize();
  });
}
// Where lines would be a knot, who reaches whom is a matrix at first.
const matrix = document.getElementById("matrix"), view = document.getElementById("view");
function showMatrix(is_matrix) {
  matrix.hidden = !is_matrix;
  svg.parentElement.hidden = note.hidden = legend.hidden = is_matrix;
  view.textContent = is_matrix ? "Boxes" : "Matrix";
}
view.hidden = matrix.firstElementChild === null;
view.addEventListener("click", () => showMatrix(matrix.hidden));
document.body.classList.add("scripted");
describe();
render();
// A drawing a little too wide is made smaller; more would make its names too small to read.
if (widthThatFits() > 0.7) {
  zoom = widthThatFits();
  resize();
}
showMatrix(!view.hidden);
