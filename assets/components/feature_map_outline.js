// Outlines of the sets on the whole map: where most photos of a set are, even below the marks of another set. The line
// holds a fixed share of the set's photos, where they are densest (highest density region; Hyndman, 1996).

const CELLS = 72; // on the diagonal of the whole map: the grid on which densities are estimated
const PAD = 6; // cells around the whole map, which the blur reaches
const BLUR = 2; // cells; three box filters of this radius are nearly a Gaussian filter of 2.4 cells
const HOLDS = 0.7; // share of the photos inside the line
const FEWEST = 30; // photos of a set with an outline
const DASHES = { forget: [], retain: [9, 4], validation: [2, 3.5], unseen: [9, 3, 2, 3] };

/** How visible the outlines are: fully on the whole map, not at all close up or with other colours than by set. */
function outlined() {
  if (find('.by select').value !== 'set' || !find('.outlines input').checked) return 0;
  return Math.max(0, Math.min(1, (2.2 - zoom.scale) / 0.9));
}

/** One pass of a moving average along rows (``step`` 1) or columns (``step`` the width). */
function smooth(from, to, lines, length, jump, step) {
  for (let line = 0; line < lines; line++) {
    const start = line * jump;
    let sum = 0;
    for (let k = -BLUR; k < length; k++) {
      if (k + BLUR < length) sum += from[start + (k + BLUR) * step];
      if (k - BLUR - 1 >= 0) sum -= from[start + (k - BLUR - 1) * step];
      if (k >= 0) to[start + k * step] = sum;
    }
  }
}

/** Side of a cell in pixels of the canvas; it grows with the zoom. */
const cellOf = ({ mapWidth, mapHeight }) => Math.hypot(mapWidth, mapHeight) / CELLS;

/** Places of photos on the grid, x and y in cells. */
function onGrid({ xy, place }, photos) {
  const side = cellOf(place);
  const places = new Float32Array(2 * photos.length);
  photos.forEach((i, k) => {
    places[2 * k] = (xy[2 * i] - place.left) / side + PAD;
    places[2 * k + 1] = (xy[2 * i + 1] - place.top) / side + PAD;
  });
  return places;
}

/** Density of places on a grid over the whole map, whatever the zoom: {columns, rows, values}. */
function density({ mapWidth, mapHeight }, places) {
  const side = cellOf({ mapWidth, mapHeight });
  const [columns, rows] = [mapWidth, mapHeight].map((size) => Math.ceil(size / side) + 2 * PAD + 1);
  const values = new Float32Array(columns * rows);
  for (let k = 0; k < places.length; k += 2) {
    const c = Math.floor(places[k]);
    const r = Math.floor(places[k + 1]);
    if (c < 0 || r < 0 || c + 1 >= columns || r + 1 >= rows) continue; // far outside of the map
    const dx = places[k] - c;
    const dy = places[k + 1] - r;
    const at = r * columns + c;
    values[at] += (1 - dx) * (1 - dy);
    values[at + 1] += dx * (1 - dy);
    values[at + columns] += (1 - dx) * dy;
    values[at + columns + 1] += dx * dy;
  }
  const other = new Float32Array(values.length);
  for (let pass = 0; pass < 3; pass++) {
    smooth(values, other, rows, columns, columns, 1);
    smooth(other, values, columns, rows, 1, columns);
  }
  return { columns, rows, values };
}

/** Level of a density above which ``HOLDS`` of the places lie. */
function levelOf({ columns, values }, places) {
  const found = new Float32Array(places.length / 2);
  for (let k = 0; k < found.length; k++) found[k] = values[Math.round(places[2 * k + 1]) * columns + Math.round(places[2 * k])] ?? 0;
  found.sort();
  return Math.max(1e-6, found[Math.floor((1 - HOLDS) * found.length)]);
}

/** Closed lines at a level (marching squares with linear interpolation), each a list of places on the canvas. */
function trace({ columns, rows, values }, level, place) {
  const side = cellOf(place);
  const next = new Map(); // from the edge of a cell where a line enters it to the edge where the line leaves
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const at = r * columns + c;
      const above = (values[at] >= level) + (values[at + 1] >= level) + (values[at + columns] >= level) + (values[at + columns + 1] >= level);
      if (above === 0 || above === 4) continue;
      const high = [at, at + 1, at + columns + 1, at + columns].map((k) => values[k] >= level);
      const edges = [2 * at, 2 * (at + 1) + 1, 2 * (at + columns), 2 * at + 1]; // top, right, bottom, left
      const crossed = [0, 1, 2, 3].filter((k) => high[k] !== high[(k + 1) % 4]);
      crossed.forEach((k, j) => { if (high[k]) next.set(edges[k], edges[crossed[(j + 1) % crossed.length]]); });
    }
  }
  const placeOn = (edge) => {
    const [a, step] = [edge >> 1, edge % 2 ? columns : 1];
    const share = (level - values[a]) / (values[a + step] - values[a]);
    const [c, r] = [a % columns, Math.floor(a / columns)];
    const [x, y] = step === 1 ? [c + share, r] : [c, r + share];
    return [place.left + (x - PAD) * side, place.top + (y - PAD) * side];
  };
  const lines = [];
  while (next.size) {
    const line = [];
    for (let [edge] = next.keys(); next.has(edge);) {
      line.push(placeOn(edge));
      const after = next.get(edge);
      next.delete(edge);
      edge = after;
    }
    lines.push(line);
  }
  return lines;
}

/** The outlines of all sets in sight, [set's name, its lines], the forgotten photos last. */
function outlines(pane) {
  return CONFIG.sets.flatMap(({ name }, group) => {
    const photos = [];
    for (let i = 0; i < map.n; i++) if (map.group[i] === group && visible(i)) photos.push(i);
    if (photos.length < FEWEST) return [];
    const places = onGrid(pane, photos);
    const grid = density(pane.place, places);
    return [[name, trace(grid, levelOf(grid, places), pane.place)]];
  }).reverse();
}

function pathOf(lines) {
  const path = new Path2D();
  for (const line of lines) {
    line.forEach(([x, y], k) => (k ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  return path;
}

/** The area of the forgotten photos, below all marks. */
function drawArea(pen, found, shown) {
  const [name, lines] = found.at(-1) ?? [];
  if (name !== 'forget') return;
  pen.fillStyle = colour('--forget');
  pen.globalAlpha = 0.13 * shown;
  pen.fill(pathOf(lines), 'evenodd');
  pen.globalAlpha = 1;
}

/** The lines of all sets, over the marks; plain while something moves, because dashes take long to draw. */
function drawOutlines(pen, found, shown) {
  pen.lineJoin = 'bevel'; // the fastest; the lines have no sharp corners
  for (const [name, lines] of found) {
    const path = pathOf(lines);
    for (const [style, width] of moving ? [[`--${name}`, 2]] : [['--wash', 4], [`--${name}`, 2]]) {
      pen.setLineDash(width === 2 && !moving ? DASHES[name] : []);
      pen.strokeStyle = colour(style);
      pen.lineWidth = width;
      pen.globalAlpha = width === 2 ? shown : 0.6 * shown;
      pen.stroke(path);
    }
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}
