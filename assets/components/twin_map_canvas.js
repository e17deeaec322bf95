// Two maps of the same photos: data, drawing, and finding photos.

const PATHS = CONFIG.sets.map(({ name }) => new Path2D(SHAPES[name]));
const MARGIN = 16;

const canvases = [...element.querySelectorAll('figure canvas')];
let maps = null; // the value, unpacked
let hot = -1; // the photo pointed at, in both maps
let places = [null, null]; // position and size of each map in its canvas, at the last drawing

function unpackMaps(value) {
  const names = ['before', 'group', 'label', 'person'];
  const arrays = Object.fromEntries(names.map((name) => [name, unpack(value[name])]));
  const sides = value.sides.map(({ after, predicted }) => ({ after: unpack(after), predicted: unpack(predicted) }));
  const order = [...Array(value.n).keys()].sort((a, b) => (arrays.group[b] - arrays.group[a])); // forgotten ones on top
  return { ...value, ...arrays, sides, order, sheet: null };
}

const differs = (i) => maps.sides[0].predicted[i] !== maps.sides[1].predicted[i];
const visible = (i) => !find('.only input').checked || differs(i);
const radius = (i) => (maps.group[i] === 0 ? 4.6 : 2.9) * (maps.n > 500 ? 0.8 : 1); // many photos need smaller marks

function fit(width, height) {
  const [w, h] = [width - 2 * MARGIN, height - 2 * MARGIN];
  const scale = Math.min(w / maps.aspect, h);
  const [mapWidth, mapHeight] = [Math.min(w, scale * maps.aspect * CONFIG.stretch), Math.min(h, (w / maps.aspect) * CONFIG.stretch)];
  return { left: (width - mapWidth) / 2, top: (height - mapHeight) / 2, mapWidth, mapHeight };
}

/** Where photo ``i`` is on a side, in canvas pixels. */
function spot(side, i, where = maps.sides[side].after) {
  const place = places[side];
  return [place.left + (where[2 * i] / 65535) * place.mapWidth, place.top + (where[2 * i + 1] / 65535) * place.mapHeight];
}

/** Function from photo to colour, by the visitor's choice. */
function paints(side) {
  const by = find('.by select').value;
  if (by === 'set') {
    const sets = CONFIG.sets.map(({ name }) => colour(`--${name}`));
    return (i) => sets[maps.group[i]];
  }
  const classes = maps.classes.map((_, k) => hue(k, maps.classes.length));
  const said = by === 'label' ? maps.label : maps.sides[side].predicted;
  return (i) => classes[said[i]] ?? colour('--unseen');
}

function drawSide(side) {
  const paper = sharp(canvases[side]);
  if (!paper) return;
  const { pen, ratio } = paper;
  places[side] = fit(paper.width, paper.height);
  drawTrails(pen, side);
  const paint = paints(side);
  const halo = colour('--wash');
  for (const i of maps.order) {
    if (!visible(i)) continue;
    const [x, y] = spot(side, i);
    const forgotten = maps.group[i] === 0;
    const shape = (size, fill) => {
      pen.setTransform(ratio * size, 0, 0, ratio * size, ratio * x, ratio * y);
      pen.fillStyle = fill;
      pen.fill(PATHS[maps.group[i]]);
    };
    pen.globalAlpha = forgotten ? 1 : 0.6;
    if (forgotten) shape(radius(i) + 1.3, halo);
    shape(radius(i), paint(i));
  }
  pen.globalAlpha = 1;
  drawRing(pen, ratio, side);
}

/** Thin lines from the forgotten photos' places before. */
function drawTrails(pen, side) {
  pen.strokeStyle = colour('--forget');
  pen.globalAlpha = 0.18;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const i of maps.order) {
    if (maps.group[i] !== 0 || !visible(i)) continue;
    pen.moveTo(...spot(side, i, maps.before));
    pen.lineTo(...spot(side, i));
  }
  pen.stroke();
}

function drawRing(pen, ratio, side) {
  if (hot < 0) return;
  const [x, y] = spot(side, hot);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.lineWidth = 2.5;
  pen.strokeStyle = colour('--ink');
  pen.beginPath();
  pen.arc(x, y, radius(hot) + 6, 0, 2 * Math.PI);
  pen.stroke();
}

/** The photo nearest to a place on a side, within reach; forgotten photos get 3 pixels of advantage. */
function nearest(side, x, y, reach) {
  let [best, least] = [-1, reach];
  for (let i = 0; i < maps.n; i++) {
    if (!visible(i)) continue;
    const [px, py] = spot(side, i);
    const distance = Math.hypot(px - x, py - y) - (maps.group[i] === 0 ? 3 : 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** The nearest photo in the direction (dx, dy), within 45 degrees of it. */
function neighbour(side, from, dx, dy) {
  const [x, y] = spot(side, from);
  let [best, least] = [from, Infinity];
  for (let i = 0; i < maps.n; i++) {
    if (i === from || !visible(i)) continue;
    const [px, py] = spot(side, i);
    const along = (px - x) * dx + (py - y) * dy;
    const across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (along > 0 && across <= along && along + 2 * across < least) [best, least] = [i, along + 2 * across];
  }
  return best;
}
