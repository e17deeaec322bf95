// The map's data, colours and drawing.

const FADED = 0.6; // opacity of all but the forgotten photos
const MARGIN = 18;
const PATHS = CONFIG.sets.map(({ name }) => new Path2D(SHAPES[name]));

const canvas = find('.stage > canvas');
let map = null; // the value, unpacked
let moment = 0; // 0 before .. 1 after
let hot = -1; // the photo under the pointer or the keyboard
let held = false; // its card stays until let go
let hidden = new Set(); // sets switched off
let place = null; // from map to canvas, of the last drawing
let order = []; // what is drawn last is on top

function unpackMap(value) {
  const names = ['before', 'after', 'group', 'label', 'predicted_before', 'predicted_after', 'person'];
  const arrays = Object.fromEntries(names.map((name) => [name, unpack(value[name])]));
  const forgotten = [...new Set([...arrays.person].filter((_, i) => arrays.group[i] === 0))];
  return { ...value, ...arrays, forgotten, sheet: null };
}

/** Forgotten photos on top of all others. */
function sortedForDrawing() {
  const rank = (i) => (map.group[i] === 0 ? 1 : 0);
  return [...Array(map.n).keys()].sort((a, b) => rank(a) - rank(b));
}

const visible = (i) => !hidden.has(map.group[i]);
const radius = (i) => (map.group[i] === 0 ? 5 : 3.2) * (place.width < 500 ? 0.85 : 1);

/** Fits the map into the canvas; it is stretched in width only as far as allowed. */
function fit(width, height) {
  const [w, h] = [width - 2 * MARGIN, height - 2 * MARGIN];
  const scale = Math.min(w / map.aspect, h); // of the map's height
  const [mapWidth, mapHeight] = [Math.min(w, scale * map.aspect * CONFIG.stretch), Math.min(h, (w / map.aspect) * CONFIG.stretch)];
  return { width, left: (width - mapWidth) / 2, top: (height - mapHeight) / 2, mapWidth, mapHeight };
}

/** Where photo ``i`` is at a moment, in canvas pixels. */
function spot(i, when = moment) {
  const eased = when * when * (3 - 2 * when);
  const mix = (k) => (map.before[k] + (map.after[k] - map.before[k]) * eased) / 65535;
  return [place.left + mix(2 * i) * place.mapWidth, place.top + mix(2 * i + 1) * place.mapHeight];
}

// ---- colours -------------------------------------------------------------------------------------------------------

/** A function from photo to colour, for what the visitor chose. */
function paints() {
  const by = find('.by select').value;
  const classes = map.classes.map((_, k) => hue(k, map.classes.length));
  if (by === 'label') return (i) => classes[map.label[i]];
  if (by === 'predicted') {
    const said = moment < 0.5 ? map.predicted_before : map.predicted_after;
    return (i) => classes[said[i]];
  }
  const sets = CONFIG.sets.map(({ name }) => colour(`--${name}`));
  if (by === 'set') return (i) => sets[map.group[i]];
  const people = new Map(map.forgotten.map((person, k) => [person, hue(k, map.forgotten.length)]));
  const rest = colour('--unseen');
  return (i) => (map.group[i] === 0 ? people.get(map.person[i]) : rest);
}

// ---- drawing -------------------------------------------------------------------------------------------------------

function drawShape(pen, ratio, i, [x, y], size) {
  pen.setTransform(ratio * size, 0, 0, ratio * size, ratio * x, ratio * y);
  pen.fill(PATHS[map.group[i]]);
}

/** Thin lines from where the forgotten photos were: movement that a still picture can show. */
function drawTrails(pen) {
  if (moment === 0 || hidden.has(0)) return;
  pen.strokeStyle = colour('--forget');
  pen.globalAlpha = 0.28;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const i of order) {
    if (map.group[i] !== 0) continue;
    pen.moveTo(...spot(i, 0));
    pen.lineTo(...spot(i));
  }
  pen.stroke();
}

function drawPoints(pen, ratio) {
  const paint = paints();
  const halo = colour('--wash');
  for (const i of order) {
    if (!visible(i)) continue;
    const forgotten = map.group[i] === 0;
    const at = spot(i);
    pen.fillStyle = paint(i);
    pen.globalAlpha = forgotten ? 1 : FADED;
    if (forgotten) {
      const fill = pen.fillStyle;
      pen.fillStyle = halo;
      drawShape(pen, ratio, i, at, radius(i) + 1.4);
      pen.fillStyle = fill;
    }
    drawShape(pen, ratio, i, at, radius(i));
  }
  pen.globalAlpha = 1;
}

function drawRing(pen, ratio) {
  if (hot < 0) return;
  const [x, y] = spot(hot);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.lineWidth = 2.5;
  pen.strokeStyle = colour('--ink');
  pen.beginPath();
  pen.arc(x, y, radius(hot) + 6, 0, 2 * Math.PI);
  pen.stroke();
}

function draw() {
  const paper = map && sharp(canvas);
  if (!paper) return;
  place = fit(paper.width, paper.height);
  drawTrails(paper.pen);
  drawPoints(paper.pen, paper.ratio);
  drawRing(paper.pen, paper.ratio);
  placeCard();
}

// ---- finding photos ------------------------------------------------------------------------------------------------

/** The photo nearest to a place on the canvas, within reach; forgotten ones win close calls. */
function nearest(x, y, reach) {
  let [best, least] = [-1, reach];
  for (let i = 0; i < map.n; i++) {
    if (!visible(i)) continue;
    const [px, py] = spot(i);
    const distance = Math.hypot(px - x, py - y) - (map.group[i] === 0 ? 3 : 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** The nearest photo in the direction (dx, dy), within 45 degrees of it. */
function neighbour(from, dx, dy) {
  const [x, y] = spot(from);
  let [best, least] = [from, Infinity];
  for (let i = 0; i < map.n; i++) {
    if (i === from || !visible(i)) continue;
    const [px, py] = spot(i);
    const along = (px - x) * dx + (py - y) * dy;
    const across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (along <= 0 || across > along) continue;
    if (along + 2 * across < least) [best, least] = [i, along + 2 * across];
  }
  return best;
}
