// Draws the map and finds photos on it.

const FADED = 0.6; // opacity of all but the forgotten photos
const MANY = 150; // forgotten photos; more of them are drawn smaller on the whole map
const FAINT = 0.16; // of photos that are not selected
const MARGIN = 18;
const FACES_FROM = 6; // from this zoom on, faces are drawn instead of marks
const FACE = 34;
const PATHS = CONFIG.sets.map(({ name }) => new Path2D(SHAPES[name]));

/** Two canvases with one zoom: the moment on the slider, and the retrained model beside it if there is one. */
const panes = [...element.querySelectorAll('figure')].map((box, k) => ({
  box, canvas: box.querySelector('canvas'), side: k === 1, place: null, xy: null, from: null, base: document.createElement('canvas'),
}));
let paints = [null, null]; // the colours of the last drawing, by pane
let pointed = panes[0]; // the pane that the pointer or the keyboard is in
let moving = false; // something plays
let stale = true; // the photos must be drawn again; otherwise only what is marked on them
let seen = true; // the map is in sight

const inFilm = (i) => !watching() || map.film.at[i] >= 0;
const visible = (i) => !hidden.has(map.group[i]) && inFilm(i) && (!only || selected.has(i)) && !(off.size && off.has(paints[0].of(i)));
const shown = (pane) => Boolean(pane.place) && (!pane.side || Boolean(map.views.retrained));

/** Radius of a mark: larger with the zoom, smaller with many photos on a small map. */
function radius(group, pane) {
  const crowd = (pane.place.width < 500 ? 0.9 : 1) * (map.n > 2500 ? 0.65 : map.n > 500 ? 0.82 : 1);
  const many = group === 0 && map.table.some(({ set, photos }) => set === 0 && photos > MANY) && zoom.scale < 2;
  return (group === 0 ? (many ? 4 : 5) : 3.2) * crowd * Math.min(1.7, zoom.scale ** 0.3);
}

/** Position and size of the zoomed map in a canvas; its width is stretched at most by CONFIG.stretch. */
function fit(width, height) {
  const [u0, v0, u1, v1] = watching() ? map.film.box : [0, 0, 1, 1];
  const [w, h] = [(width - 2 * MARGIN) / (u1 - u0), (height - 2 * MARGIN) / (v1 - v0)];
  const scale = Math.min(w / map.aspect, h); // of the map's height
  const mapWidth = Math.min(w, scale * map.aspect * CONFIG.stretch) * zoom.scale;
  const mapHeight = Math.min(h, (w / map.aspect) * CONFIG.stretch) * zoom.scale;
  const inside = (centre, low, high, half) => (high - low <= 2 * half ? (low + high) / 2 : Math.max(low + half, Math.min(centre, high - half)));
  zoom.u = inside(zoom.u, u0, u1, (width / 2 - MARGIN) / mapWidth);
  zoom.v = inside(zoom.v, v0, v1, (height / 2 - MARGIN) / mapHeight);
  return { width, height, left: width / 2 - zoom.u * mapWidth, top: height / 2 - zoom.v * mapHeight, mapWidth, mapHeight };
}

// ---- drawing -------------------------------------------------------------------------------------------------------

const inSight = (x, y, { width, height }) => x > -9 && y > -9 && x < width + 9 && y < height + 9;

function drawPoints(pane, pen, ratio, { of, dots }) {
  const halo = colour('--wash');
  const sizes = CONFIG.sets.map((_, group) => radius(group, pane));
  let last = '';
  const fill = (i, x, y, size, style) => {
    if (last !== style) pen.fillStyle = last = style; // the browser parses every assignment as CSS
    pen.setTransform(ratio * size, 0, 0, ratio * size, ratio * x, ratio * y);
    pen.fill(PATHS[map.group[i]]);
  };
  for (const i of map.order) {
    const [x, y] = [pane.xy[2 * i], pane.xy[2 * i + 1]];
    if (!inSight(x, y, pane.place) || !visible(i)) continue;
    const size = sizes[map.group[i]];
    pen.globalAlpha = faint(i) ? FAINT : map.group[i] === 0 ? 1 : FADED;
    if (map.group[i] === 0) {
      fill(i, x, y, size + 1.4, halo);
    }
    fill(i, x, y, size, dots[of(i)]);
  }
  pen.globalAlpha = 1;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Faces with a frame in the mark's colour, and the mark at a corner, which shows the set. */
function drawFaces(pane, pen, ratio, { of, dots }) {
  const { tile, columns } = map.faces;
  const paper = colour('--paper');
  pen.imageSmoothingQuality = 'high';
  for (const i of map.order) {
    const [x, y] = [pane.xy[2 * i], pane.xy[2 * i + 1]];
    if (!inSight(x, y, pane.place) || !visible(i)) continue;
    const [left, top, fill] = [x - FACE / 2, y - FACE / 2, dots[of(i)]];
    pen.globalAlpha = faint(i) ? 2 * FAINT : 1;
    pen.fillStyle = fill;
    pen.fillRect(left - 2, top - 2, FACE + 4, FACE + 4);
    pen.drawImage(map.sheet, (i % columns) * tile, Math.floor(i / columns) * tile, tile, tile, left, top, FACE, FACE);
    for (const [style, size] of [[paper, 7], [fill, 5]]) {
      pen.setTransform(ratio * size, 0, 0, ratio * size, ratio * (x + FACE / 2), ratio * (y + FACE / 2));
      pen.fillStyle = style;
      pen.fill(PATHS[map.group[i]]);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  pen.globalAlpha = 1;
}

/** Photos with an arrow: the one pointed at, those of the opened photo's person, or all forgotten photos where wanted. */
function onTheWay() {
  const person = chosen >= 0 ? map.person[chosen] : -1;
  const all = find('.arrows input').checked;
  return (i) => i === hot || map.person[i] === person || (all && map.group[i] === 0);
}

/**
 * Arrows from a photo's place in the original to its place now, as (x, y, x, y); not below three pixels, and not to marks
 * out of sight. None to the retrained model: it shares no features with the original, so the photo did not move there.
 */
function arrows(pane) {
  if (pane.side || moment > 1) return [];
  const found = [];
  const wanted = onTheWay();
  for (const i of map.order) {
    if (!wanted(i) || !visible(i)) continue;
    const way = [pane.from[2 * i], pane.from[2 * i + 1], pane.xy[2 * i], pane.xy[2 * i + 1]];
    if (inSight(way[2], way[3], pane.place) && Math.hypot(way[2] - way[0], way[3] - way[1]) > 3) found.push(way);
  }
  return found;
}

/** Ends and tip of an arrow's head, which stops before the mark. */
function arrowHead([x0, y0, x, y]) {
  const length = Math.hypot(x - x0, y - y0);
  const [dx, dy] = [(x - x0) / length, (y - y0) / length];
  const tip = [x - dx * Math.min(6, length / 3), y - dy * Math.min(6, length / 3)];
  const size = Math.min(7, length / 2.5);
  const wing = (turn) => [tip[0] - size * (dx - 0.5 * turn * dy), tip[1] - size * (dy + 0.5 * turn * dx)];
  return [wing(1), tip, wing(-1)];
}

function drawArrows(pane, pen) {
  const ways = arrows(pane);
  if (!ways.length) return;
  const few = ways.length < 60;
  pen.strokeStyle = colour(few ? '--ink' : '--forget');
  pen.globalAlpha = few ? 0.75 : 0.3;
  pen.lineWidth = few ? 1.6 : 1;
  pen.beginPath();
  for (const way of ways) {
    pen.moveTo(way[0], way[1]);
    pen.lineTo(way[2], way[3]);
    const [a, tip, b] = arrowHead(way);
    pen.moveTo(...a);
    pen.lineTo(...tip);
    pen.lineTo(...b);
  }
  pen.stroke();
  pen.beginPath(); // otherwise every later transform also transforms this path: four times as slow
  pen.globalAlpha = 1;
}

function drawRing(pane, pen, i, wide) {
  if (i < 0 || !inFilm(i)) return;
  pen.lineWidth = wide;
  pen.strokeStyle = colour('--ink');
  pen.beginPath();
  pen.arc(pane.xy[2 * i], pane.xy[2 * i + 1], radius(map.group[i], pane) + (wide > 1 ? 6 : 3), 0, 2 * Math.PI);
  pen.stroke();
}

/** The photos themselves, on a canvas of their own: pointing at one draws only the marks over them again. */
function drawBase(pane, k, { width, height, ratio }) {
  const { base, canvas } = pane;
  if (base.width !== canvas.width || base.height !== canvas.height) Object.assign(base, { width: canvas.width, height: canvas.height });
  const pen = base.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  locate(pane);
  paints[k] = scheme(pane);
  const faces = zoom.scale >= FACES_FROM && map.sheet;
  const shown = outlined();
  const found = shown > 0 ? outlines(pane) : [];
  drawArea(pen, found, shown);
  (faces ? drawFaces : drawPoints)(pane, pen, ratio, paints[k]);
  drawOutlines(pen, found, shown);
}

/** Rings around the photos of people picked on the page who were not forgotten, and the pulse of one person. */
function drawPeople(pane, pen) {
  if (!picked.size && !pulse) return;
  pen.strokeStyle = colour('--color-accent');
  for (let i = 0; i < map.n; i++) {
    const beats = pulse?.person === map.person[i];
    if (!beats && (!picked.has(map.person[i]) || map.group[i] === 0)) continue;
    const [x, y] = [pane.xy[2 * i], pane.xy[2 * i + 1]];
    if (!visible(i) || !inSight(x, y, pane.place)) continue;
    const share = beats ? (pulse.share * BEATS) % 1 : 0;
    pen.lineWidth = beats ? 3 : 1.6;
    pen.globalAlpha = beats ? 1 - 0.8 * share : 1;
    pen.beginPath();
    pen.arc(x, y, radius(map.group[i], pane) + 3 + 15 * share, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

function drawPane(pane, k) {
  const paper = sharp(pane.canvas);
  const before = pane.place;
  pane.place = paper && fit(paper.width, paper.height);
  if (!paper) return;
  if (stale || before?.width !== paper.width || before?.height !== paper.height) drawBase(pane, k, paper);
  const { pen, ratio, width, height } = paper;
  pen.drawImage(pane.base, 0, 0, width, height);
  drawArrows(pane, pen);
  drawPeople(pane, pen, ratio);
  if (chosen >= 0) for (const i of photosOf(map.person[chosen])) if (visible(i)) drawRing(pane, pen, i, 1);
  drawRing(pane, pen, chosen, 3.5);
  drawRing(pane, pen, hot, 2.5);
  drawSketch(pane, pen);
}

function draw() {
  if (!map || !seen) return; // out of sight: drawn when it comes back
  drawPane(panes[0], 0);
  if (!moving && map.views.retrained) drawPane(panes[1], 1); // only the first canvas is animated
  stale = moving && Boolean(map.views.retrained); // the second canvas waits
  placeCard();
}

/** Draws everything again, at once. */
function drawNow() {
  stale = true;
  draw();
}

// ---- finding photos ------------------------------------------------------------------------------------------------

/** The photo nearest to a place on a canvas, within reach; forgotten photos get 3 pixels of advantage. */
function nearest(pane, x, y, reach) {
  let [best, least] = [-1, reach];
  for (let i = 0; i < map.n; i++) {
    const [dx, dy] = [pane.xy[2 * i] - x, pane.xy[2 * i + 1] - y];
    if (Math.abs(dx) > least + 3 || Math.abs(dy) > least + 3 || !visible(i)) continue;
    const distance = Math.hypot(dx, dy) - (map.group[i] === 0 ? 3 : 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** The nearest photo in the direction (dx, dy), within 45 degrees of it. */
function neighbour(pane, from, dx, dy) {
  const [x, y] = [pane.xy[2 * from], pane.xy[2 * from + 1]];
  let [best, least] = [from, Infinity];
  for (let i = 0; i < map.n; i++) {
    if (i === from || !visible(i)) continue;
    const [px, py] = [pane.xy[2 * i], pane.xy[2 * i + 1]];
    const along = (px - x) * dx + (py - y) * dy;
    const across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (along > 0 && across <= along && along + 2 * across < least) [best, least] = [i, along + 2 * across];
  }
  return best;
}
