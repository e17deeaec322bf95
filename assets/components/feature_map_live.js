// The map while a run goes on, and playing on request of the page. The events are named in the component of the map.

const GLIDE = 950; // milliseconds at most from one frame to the next
const SETTLE = 700; // milliseconds from the last frame to the finished map
const block = element.closest('.block') ?? element; // the page sends its events to this element
let live = false; // a run is in progress
let arrived = 0; // when the last frame came
let settling = null; // places (x, y by photo) from which the finished map moves to its own, and the share of the way
let wanted = null; // observer that waits until the map is in sight

/** Shows a run in progress: the photos by the original, and frames that are added to a film. */
function begin(value) {
  showMap({ ...value, film: null, faces: null, key: '', mark: '' });
  map.film = emptyFilm(unpack(value.filmed), value.n);
  const places = new Float32Array(2 * map.film.count);
  const said = new Uint16Array(map.film.count);
  const { original } = map.views;
  for (let i = 0; i < map.n; i++) {
    const k = map.film.at[i];
    if (k < 0) continue;
    places.set(original.places.subarray(2 * i, 2 * i + 2), 2 * k);
    said[k] = original.predicted[i];
  }
  addFrame(map.film, 0, '', places, said);
  filming = true;
  showLive(true);
  showTime();
  redraw();
}

function showLive(on) {
  live = on;
  block.classList.toggle('live', on);
  find('.map').classList.toggle('running', on);
  find('.bar').inert = find('.more').inert = on; // the slider shows the progress of the run
}

/** Milliseconds between two drawings: on a computer with few cores, the run that is shown may need them. */
const sparing = () => (navigator.hardwareConcurrency <= 4 ? 120 : 0);

/** Adds a frame of the run and glides to it. */
function follow({ step, total, phase, places, predicted }) {
  if (!live || map.film.steps.at(-1) >= step) return;
  addFrame(map.film, step, phase, widePlaces(places), unpackClasses(predicted, map.classes.length));
  map.film.total = total;
  const since = performance.now() - arrived;
  arrived = performance.now();
  if (calm() || !seen) {
    setTime(lastFrame());
    redraw();
  } else glide(lastFrame(), Math.max(250, Math.min(GLIDE, since)), { apart: sparing() });
}

/** After a run that was stopped: the last finished map again. */
function stopLive() {
  if (live) load();
}

// ---- from the last frame to the finished map -----------------------------------------------------------------------

/** Lets the next map of the same photos start where the photos are now. */
function settleNext(xy) {
  settling = { xy, share: 0 };
  [moving, moment] = [true, 1];
  showTime();
  const start = performance.now();
  const step = (time) => {
    if (!settling) return;
    const share = Math.max(0, Math.min(1, (time - start) / SETTLE));
    settling.share = share * share * (3 - 2 * share);
    if (share === 1) [settling, moving] = [null, false];
    else running = requestAnimationFrame(step);
    drawNow();
  };
  running = requestAnimationFrame(step);
}

function settleFrom(pane) {
  if (!settling) return;
  const { xy, share } = settling;
  for (let k = 0; k < pane.xy.length; k++) pane.xy[k] = xy[k] + (pane.xy[k] - xy[k]) * share;
}

// ---- events of the page --------------------------------------------------------------------------------------------

/** Plays from before to after once the map is in sight; with reduced motion it shows the end at once. */
function playOnce() {
  wanted?.disconnect();
  wanted = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    wanted.disconnect();
    if (!map || live) return;
    stopPlaying();
    setTime(calm() ? end() : 0);
    redraw();
    if (!calm()) play();
  }, { threshold: 0.4 });
  wanted.observe(panes[0].canvas);
}

const EVENTS = {
  'map-play': playOnce,
  'map-begin': ({ detail }) => begin(detail),
  'map-frame': ({ detail }) => follow(detail),
  'map-stop': stopLive,
  'map-people': ({ detail }) => showPeople(detail),
};
for (const [name, answer] of Object.entries(EVENTS)) block.addEventListener(name, answer);
