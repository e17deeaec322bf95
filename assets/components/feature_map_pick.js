// Selection of photos by a lasso, a box or one by one: with the mouse, with a finger and with the keyboard.

const LEAST = 6; // pixels; a shorter line is a click
const NUDGE = 20; // pixels that an arrow key moves the corner of a box
let tool = ''; // 'lasso' or 'box' while its button is pressed
let selected = new Set(); // photos
let only = false; // only the selected photos are shown
let sketch = null; // the line being drawn: pane, kind, points (x, y), adds to the selection, by keys

const faint = (i) => selected.size > 0 && !selected.has(i);

// ---- what a line encloses ------------------------------------------------------------------------------------------

function corners({ kind, points }) {
  if (kind === 'lasso') return points;
  const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** Whether a place is inside a closed line (even-odd rule). */
function inside(x, y, line) {
  let odd = false;
  for (let a = 0, b = line.length - 1; a < line.length; b = a, a += 1) {
    const [[xa, ya], [xb, yb]] = [line[a], line[b]];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) odd = !odd;
  }
  return odd;
}

function enclosed(drawn) {
  const line = corners(drawn);
  const { xy } = drawn.pane;
  const found = [];
  for (let i = 0; i < map.n; i++) if (visible(i) && inside(xy[2 * i], xy[2 * i + 1], line)) found.push(i);
  return found;
}

// ---- drawing a line ------------------------------------------------------------------------------------------------

function chooseTool(name) {
  tool = name;
  sketch = null;
  for (const kind of ['lasso', 'box']) find(`.tools .${kind}`).setAttribute('aria-pressed', String(tool === kind));
  stage.classList.toggle('draws', Boolean(tool));
  showZoom();
}

/** Begins a line where a tool is chosen, or with Shift; a second finger ends it, since two fingers zoom. */
function startSketch(pane, event) {
  if (fingers.size > 1) sketch = null;
  else if (event.button === 0 && (tool || (event.shiftKey && event.pointerType === 'mouse'))) {
    sketch = { pane, kind: tool || 'lasso', points: [onPlace(pane, event)], adds: event.shiftKey };
    pane.canvas.setPointerCapture?.(event.pointerId);
  }
}

/** True while a line is drawn. */
function extendSketch(pane, event) {
  if (!sketch || sketch.keys || sketch.pane !== pane) return false;
  const place = onPlace(pane, event);
  const last = sketch.points.at(-1);
  if (Math.hypot(place[0] - last[0], place[1] - last[1]) < 3) return true;
  if (sketch.kind === 'box') sketch.points[1] = place;
  else sketch.points.push(place);
  retouch();
  return true;
}

function endSketch(pane, event) {
  if (!sketch || sketch.keys || sketch.pane !== pane) return;
  const drawn = sketch;
  const [xs, ys] = [0, 1].map((k) => drawn.points.map((place) => place[k]));
  const wide = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  dragged = true; // no click follows
  sketch = null;
  if (wide >= LEAST) take(enclosed(drawn), drawn.adds);
  else toggleSelected(under(pane, event));
  chooseTool('');
}

function drawSketch(pane, pen) {
  if (sketch?.pane !== pane || sketch.points.length < 2) return;
  const line = corners(sketch);
  pen.beginPath();
  line.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = pen.strokeStyle = colour('--color-accent');
  pen.globalAlpha = 0.12;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.8;
  pen.setLineDash([6, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

// ---- the same by keyboard ------------------------------------------------------------------------------------------

const count = (photos) => `${plural(photos.length, 'photo', 'photos')} of ${plural(peopleOf(photos).length, 'person', 'people')}`;
const say = (sentence) => { find('.told').textContent = sentence; };

/** S selects the photo pointed at, B begins a box whose corner the arrow keys move. True if the key was for a selection. */
function selectKey(pane, event) {
  const key = event.key.toLowerCase();
  if (sketch?.keys) return boxKey(event);
  if (key === 's' && hot >= 0) {
    toggleSelected(hot);
    say(`Selected: ${count([...selected])}.`);
  } else if (key === 'b') {
    const { clientWidth: width, clientHeight: height } = pane.canvas;
    const at = hot >= 0 ? [pane.xy[2 * hot], pane.xy[2 * hot + 1]] : [width / 2, height / 2];
    const start = [at[0] - NUDGE, at[1] - NUDGE];
    sketch = { pane, kind: 'box', points: [start, [at[0] + NUDGE, at[1] + NUDGE]], adds: event.shiftKey, keys: true };
    sayBox();
    retouch();
  } else return false;
  return true;
}

const sayBox = () => say(`A box with ${count(enclosed(sketch))}. The arrow keys move its corner, with Shift in large steps. Enter selects them, Escape ends.`);

function boxKey(event) {
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (way) {
    const { clientWidth, clientHeight } = sketch.pane.canvas;
    const corner = sketch.points[1];
    const far = NUDGE * (event.shiftKey ? 5 : 1);
    sketch.points[1] = [clientWidth, clientHeight].map((most, k) => Math.max(0, Math.min(most, corner[k] + far * way[k])));
    sayBox();
  } else if (event.key === 'Enter') {
    const drawn = sketch;
    sketch = null;
    take(enclosed(drawn), drawn.adds);
    say(`Selected: ${count([...selected])}. The next tab stop has buttons for them.`);
  } else if (event.key !== 'Shift') return false;
  retouch();
  return true;
}

/** Ends what is being selected; true if there was something. */
function dropSketch() {
  if (!sketch && !tool) return false;
  chooseTool('');
  say('');
  return true;
}

// ---- the selection -------------------------------------------------------------------------------------------------

const peopleOf = (photos) => [...new Set(photos.map((i) => map.person[i]))];

function take(photos, adds) {
  selected = new Set(adds ? [...selected, ...photos] : photos);
  only = only && selected.size > 0;
  showTaken();
}

function toggleSelected(i) {
  if (i < 0) return;
  if (!selected.delete(i)) selected.add(i);
  take([...selected], false);
}

/** Clears the selection; the page shows all people again if it showed only these. */
function clearTaken() {
  if (only) tellChosen([], 'show');
  only = false;
  take([], false);
}
