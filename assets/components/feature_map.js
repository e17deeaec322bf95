// Controls of the map: new values, buttons, pointer and keyboard.

const retouch = oncePerFrame(draw); // what is marked on the photos
function redraw() {
  stale = true;
  retouch();
}

// ---- one photo -----------------------------------------------------------------------------------------------------

function point(i, pane = pointed) {
  if (i === hot && pane === pointed) return;
  [hot, pointed] = [i, pane];
  if (i >= 0) fillCard(i);
  tellPointed(i);
  retouch();
}

const under = (pane, event) => nearest(pane, ...onPlace(pane, event), event.pointerType === 'touch' ? 28 : 14);

function onKey(pane, event) {
  if (!map || !pane.place || event.altKey || event.ctrlKey || event.metaKey) return;
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (selectKey(pane, event) || zoomKey(event)) {
    event.preventDefault();
    return;
  }
  if (way) {
    const start = nearest(pane, pane.canvas.clientWidth / 2, pane.canvas.clientHeight / 2, Infinity);
    point(hot < 0 || !visible(hot) ? start : neighbour(pane, hot, ...way), pane);
    if (hot >= 0) bringIntoView(hot, pane);
    find('.told').textContent = hot >= 0 ? cardText() : '';
  } else if (event.key === 'Enter' && hot >= 0) choose(hot);
  else return;
  event.preventDefault();
}

function onEscape(event) {
  if (event.key !== 'Escape' || !map || (hot < 0 && chosen < 0 && !selected.size && !sketch && !tool)) return;
  event.preventDefault();
  if (dropSketch()) return;
  if (hot < 0 && chosen < 0) clearTaken();
  point(-1);
  if (chosen >= 0) closeDrill();
}

// ---- a new map -----------------------------------------------------------------------------------------------------

function load() {
  const value = props.value;
  if (value?.n && !live && sameMap(value)) {
    keep(value);
    return;
  }
  const moved = live && !calm() && value?.n === map.n && seen ? panes[0].xy?.slice() : null;
  showMap(value);
  if (moved) settleNext(moved);
  else if (map) redraw();
}

function showMap(value) {
  const some = Boolean(value?.n);
  find('.empty').hidden = some;
  find('.map').hidden = !some;
  stopPlaying();
  const ended = live;
  showLive(false);
  point(-1);
  chooseTool('');
  clearTaken();
  dropFaces();
  [hot, chosen, moment, frame, filming, hidden, off, map] = [-1, -1, 0, 0, false, new Set(), new Set(), null];
  fillDrill();
  freeHeight();
  card.hidden = true;
  if (!some) return;
  map = unpackMap(value);
  map.lossRange = lossRange();
  if (ended && map.views.unlearned) moment = 1; // the run has just shown the way there
  find('.third').hidden = panes[1].box.hidden = !map.views.retrained;
  find('.beside').hidden = !map.views.retrained;
  showBeside();
  legendOf = '';
  paints = [null, null];
  findPicked();
  offerFilm();
  wholeMap();
  paintSets();
  paintTables();
  showTime();
}

/** Adds the film to a map that is already shown; zoom, choices and the opened photo stay. */
function keep(value) {
  map.film = unpackFilm(value.film, value.n, value.classes.length);
  offerFilm();
  showTime();
  redraw();
}

function showBeside() {
  const beside = Boolean(map?.views.retrained) && find('.beside input').checked;
  panes[1].box.hidden = !beside;
  if (!beside) panes[1].place = null;
  stage.classList.toggle('two', beside);
}

// ---- buttons -------------------------------------------------------------------------------------------------------

function onLegend(event) {
  const button = event.target.closest('button');
  if (!button) return;
  const [out, k] = button.dataset.set === undefined ? [off, Number(button.dataset.colour)] : [hidden, Number(button.dataset.set)];
  if (!out.delete(k)) out.add(k);
  button.setAttribute('aria-pressed', String(!out.has(k)));
  if (hot >= 0 && !visible(hot)) point(-1);
  redraw();
}

const PRESSES = {
  '.before': () => glideTo(0),
  '.after': () => glideTo(end()),
  '.third': () => { if (watching()) { turnFilm(false); offerFilm(); } glideTo(2); },
  '.play': play,
  '.in': () => zoomBy(STEP),
  '.out': () => zoomBy(1 / STEP),
  '.whole': wholeMap,
};
for (const [button, press] of Object.entries(PRESSES)) find(button).addEventListener('click', press);

find('.empty').textContent = CONFIG.empty;
find('.slider').addEventListener('input', (event) => {
  stopPlaying();
  setTime(watching() ? Number(event.target.value) : event.target.value / 100);
  redraw();
});
find('.steps input').addEventListener('change', (event) => turnFilm(event.target.checked));
for (const part of ['.arrows input', '.outlines input']) find(part).addEventListener('change', redraw);
find('.beside input').addEventListener('change', () => {
  showBeside();
  redraw();
});
find('.by select').addEventListener('change', () => {
  off.clear();
  showLegend();
  redraw();
});
find('.more > summary').addEventListener('click', holdHeight);
find('.more').addEventListener('toggle', freeHeight);
find('.sets').addEventListener('click', onLegend);
find('.colours').addEventListener('click', onLegend);
for (const button of element.querySelectorAll('[data-save]')) {
  button.hidden = button.dataset.save.startsWith('print-') && !CONFIG.print;
  button.addEventListener('click', () => saveAs(button));
}

// ---- pointer and keyboard ------------------------------------------------------------------------------------------

for (const pane of panes) {
  const { canvas } = pane;
  const ready = () => map && pane.place;
  canvas.addEventListener('pointerdown', (event) => ready() && startDrag(pane, event));
  canvas.addEventListener('pointermove', (event) => {
    if (!ready()) return;
    if (extendSketch(pane, event) || drag(pane, event)) point(-1);
    else if (event.pointerType !== 'touch') point(under(pane, event), pane);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (ready()) endSketch(pane, event);
    endDrag(event);
  });
  canvas.addEventListener('pointercancel', (event) => {
    dropSketch();
    endDrag(event);
  });
  canvas.addEventListener('pointerleave', (event) => {
    endDrag(event);
    if (!canvas.matches(':focus-visible')) point(-1);
  });
  canvas.addEventListener('click', (event) => {
    if (!ready() || dragged) return;
    const i = under(pane, event);
    if (event.pointerType === 'touch') point(-1); // the card would cover the map, and the opened photo has the same facts
    else if (i >= 0) point(i, pane);
    if (i >= 0 && i !== chosen) choose(i);
    else if (chosen >= 0) closeDrill();
  });
  canvas.addEventListener('wheel', (event) => onWheel(pane, event), { passive: false });
  canvas.addEventListener('touchmove', (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
  canvas.addEventListener('keydown', (event) => onKey(pane, event));
}
find('.map').addEventListener('keydown', onEscape);
new IntersectionObserver((entries) => {
  seen = entries.at(-1).isIntersecting;
  if (seen && map) redraw();
}).observe(stage);
onLook(() => {
  if (!map) return;
  paintColours();
  redraw();
});
watch('value', load);
load();
element.dispatchEvent(new CustomEvent('people-wanted', { bubbles: true })); // the page answers with map-people
