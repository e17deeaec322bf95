// Data of the map: the models' answers for each photo, and the photo's place at a moment.

const FULL = 65535; // numbers travel as uint16
const TITLES = { original: 'Original', unlearned: 'Unlearned', retrained: 'Retrained' };

let map = null; // the value, unpacked
let moment = 0; // 0 before .. 1 after .. 2 retrained
let frame = 0; // of the film, with fractions while it plays
let filming = false; // the slider goes through the film
let hot = -1; // the photo under the pointer or the keyboard
let chosen = -1; // the photo that is opened below the map
let hidden = new Set(); // sets switched off
let off = new Set(); // classes, people, ... switched off in the legend of the colours

// ---- unpacking -----------------------------------------------------------------------------------------------------

/** Class numbers: one byte each with up to 256 classes. */
const unpackClasses = (text, count) => (count > 256 ? unpack(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
const shares = (text, from = 0, to = 1) => Float32Array.from(unpack(text), (value) => from + (value / FULL) * (to - from));

function unpackView(view, classes) {
  const { low, decades } = CONFIG.losses;
  return {
    ...view,
    places: shares(view.places),
    chances: shares(view.chances),
    losses: shares(view.losses, low, low + decades).map((exponent) => 10 ** exponent),
    predicted: unpackClasses(view.predicted, classes),
    neighbours: unpack(view.neighbours),
    top: view.top && unpackClasses(view.top, classes),
  };
}

/** A film without frames; ``photos``: indices of the recorded photos on a map of ``n``. */
function emptyFilm(photos, n) {
  const at = new Int32Array(n).fill(-1); // index of a photo of the map among the recorded ones
  photos.forEach((photo, k) => { at[photo] = k; });
  return { at, count: photos.length, box: [0, 0, 1, 1], steps: [], phases: [], frames: [], said: [], last: -1, kept: -1, total: 0 };
}

/** Adds a frame: places (x, y by photo) and answers. The box of the film grows to hold it. */
function addFrame(film, step, phase, places, said) {
  const { box } = film;
  for (let k = 0; k < places.length; k++) {
    box[k % 2] = Math.min(box[k % 2], places[k]);
    box[2 + (k % 2)] = Math.max(box[2 + (k % 2)], places[k]);
  }
  film.steps.push(step);
  film.phases.push(phase);
  film.frames.push(places);
  film.said.push(said);
  film.last = film.frames.length - 1;
  film.kept = film.last; // until it is known
  film.total = Math.max(film.total, step);
}

const widePlaces = (text) => shares(text, -CONFIG.beyond, 1 + CONFIG.beyond);

function unpackFilm(value, n, classes) {
  if (!value) return null;
  const film = emptyFilm(unpack(value.photos), n);
  const [places, said] = [widePlaces(value.places), unpackClasses(value.predicted, classes)];
  const part = (all, k, each) => all.subarray(k * each, (k + 1) * each);
  value.steps.forEach((step, k) => addFrame(film, step, value.phases[k], part(places, k, 2 * film.count), part(said, k, film.count)));
  film.kept = value.kept;
  return film;
}

function unpackMap(value) {
  const classes = value.classes.length;
  const arrays = { group: unpack(value.group), person: unpack(value.person), label: unpackClasses(value.label, classes) };
  const views = Object.fromEntries(Object.entries(value.views).map(([name, view]) => [name, unpackView(view, classes)]));
  const forgotten = [...new Set([...arrays.person].filter((_, i) => arrays.group[i] === 0))];
  const models = Object.keys(TITLES).filter((name) => views[name]);
  const order = [...Array(value.n).keys()].sort((a, b) => (arrays.group[a] === 0) - (arrays.group[b] === 0)); // forgotten on top
  const faces = CONFIG.faces ? value.faces : null;
  return { ...value, ...arrays, faces, views, models, forgotten, order, film: unpackFilm(value.film, value.n, classes), sheet: null, address: '' };
}

/** Whether a value has the same photos and models: only the film or the control was added. */
const sameMap = (value) => map && value.key === map.key && value.mark === map.mark && value.n === map.n;

// ---- facts about a photo -------------------------------------------------------------------------------------------

const watching = () => filming && Boolean(map.film);
const frameNow = () => Math.round(frame);
const className = (k) => map.classes[k] ?? 'unknown';
const personName = (i) => map.people[map.person[i]] ?? 'Somebody';
const setOf = (i) => CONFIG.sets[map.group[i]];
const photosOf = (person) => [...map.person.keys()].filter((i) => map.person[i] === person);

/** The model whose answers a pane shows; during the film, the model at its end. */
function modelAt(pane) {
  const model = pane.side || moment >= 1.5 ? 'retrained' : watching() || moment >= 0.5 ? 'unlearned' : 'original';
  return map.views[model] ? model : 'original'; // a run in progress has no other yet
}

/** A function from photo to the predicted class in a pane. */
function answers(pane) {
  if (pane.side || !watching()) {
    const { predicted } = map.views[modelAt(pane)];
    return (i) => predicted[i];
  }
  const { said, at } = map.film;
  const now = said[frameNow()];
  return (i) => now[at[i]];
}

/** Probability that a model gives a class; null where it is not among the most probable ones. */
function chance(view, i, k) {
  if (!view.top) return view.chances[i * view.width + k];
  for (let j = i * view.width; j < (i + 1) * view.width; j++) if (view.top[j] === k) return view.chances[j];
  return k === map.label[i] ? Math.exp(-view.losses[i]) : null;
}

/** The share of a set's photos whose loss is higher than that of photo ``i``. */
function shareAbove(view, i, group) {
  let [above, count] = [0, 0];
  for (let j = 0; j < map.n; j++) {
    if (map.group[j] !== group || j === i) continue;
    count += 1;
    above += view.losses[j] > view.losses[i];
  }
  return { share: count ? above / count : 0, above, count };
}

// ---- where a photo is ----------------------------------------------------------------------------------------------

/** Start and end places of a pane, the share of the way between them, and the index of a photo in them. */
function shot(pane) {
  const { original, unlearned, retrained } = map.views;
  if (watching() && !pane.side) {
    const { frames, last, at } = map.film;
    const from = Math.min(Math.floor(frame), last);
    return { from: frames[from], to: frames[Math.min(from + 1, last)], share: frame - from, at, start: frames[0] };
  }
  const start = original.places;
  if (pane.side) return { from: retrained.places, to: retrained.places, share: 0, at: null, start };
  const ease = (t) => t * t * (3 - 2 * t);
  return moment <= 1
    ? { from: start, to: unlearned.places, share: ease(moment), at: null, start }
    : { from: unlearned.places, to: retrained.places, share: ease(moment - 1), at: null, start };
}

/** Puts all photos of a pane at their places on the canvas: ``xy`` now, ``from`` where the original has them. */
function locate(pane) {
  const { from, to, share, at, start } = shot(pane);
  const { left, top, mapWidth, mapHeight } = pane.place;
  if (pane.xy?.length !== 2 * map.n) [pane.xy, pane.from] = [new Float32Array(2 * map.n), new Float32Array(2 * map.n)];
  const first = map.views.original.places; // of photos that were not recorded; they are not shown
  for (let i = 0; i < map.n; i++) {
    const k = at ? at[i] : i;
    const [a, b, s, j] = k < 0 ? [first, first, first, i] : [from, to, start, k];
    pane.xy[2 * i] = left + (a[2 * j] + (b[2 * j] - a[2 * j]) * share) * mapWidth;
    pane.xy[2 * i + 1] = top + (a[2 * j + 1] + (b[2 * j + 1] - a[2 * j + 1]) * share) * mapHeight;
    pane.from[2 * i] = left + s[2 * j] * mapWidth;
    pane.from[2 * i + 1] = top + s[2 * j + 1] * mapHeight;
  }
  if (!pane.side) settleFrom(pane);
}
