// The map's controls: moments, colours, sets, pointer and keyboard.

const MORPH = 1200; // milliseconds
const redraw = oncePerFrame(draw);
let running = 0; // the morph's animation frame

// ---- before and after ----------------------------------------------------------------------------------------------

function setMoment(value) {
  moment = value;
  find('.slider').value = Math.round(100 * value);
  find('.slider').setAttribute('aria-valuetext', value === 0 ? 'before' : value === 1 ? 'after' : `${Math.round(100 * value)} % of the way`);
  find('.before').setAttribute('aria-pressed', String(value === 0));
  find('.after').setAttribute('aria-pressed', String(value === 1));
}

function stopMorph() {
  cancelAnimationFrame(running);
  running = 0;
  find('.play').textContent = 'Play';
}

function morphTo(goal) {
  stopMorph();
  const start = performance.now();
  const from = moment;
  const lasts = calm() ? 0 : MORPH * Math.abs(goal - from);
  if (!lasts) {
    setMoment(goal);
    draw();
    return;
  }
  find('.play').textContent = 'Pause';
  const step = (now) => {
    const share = Math.min(1, Math.max(0, now - start) / lasts);
    setMoment(from + (goal - from) * share);
    draw();
    if (share < 1) running = requestAnimationFrame(step);
    else stopMorph();
  };
  running = requestAnimationFrame(step);
}

function play() {
  if (running) {
    stopMorph();
    return;
  }
  if (moment === 1) setMoment(0);
  morphTo(1);
}

// ---- one photo -----------------------------------------------------------------------------------------------------

function point(i, hold = false) {
  if (i === hot && hold === held) return;
  hot = i;
  held = hold && i >= 0;
  if (i >= 0) fillCard(i);
  redraw();
}

function under(event) {
  const box = canvas.getBoundingClientRect();
  return nearest(event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop, event.pointerType === 'touch' ? 28 : 14);
}

function onKey(event) {
  if (!map || !place) return;
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (way) {
    const start = nearest(canvas.clientWidth / 2, canvas.clientHeight / 2, Infinity);
    point(hot < 0 || !visible(hot) ? start : neighbour(hot, ...way), held);
  } else if (event.key === 'Enter' && hot >= 0) point(hot, !held);
  else if (event.key === 'Escape' && hot >= 0) point(-1);
  else return;
  event.preventDefault();
  find('[role="status"]').textContent = hot >= 0 ? `${cardText()}${held ? ', held' : ''}` : '';
}

// ---- a new map -----------------------------------------------------------------------------------------------------

function load() {
  stopMorph();
  const value = props.value;
  const some = Boolean(value?.n);
  find('.empty').hidden = some;
  find('.map').hidden = !some;
  [hot, held, hidden, map, place] = [-1, false, new Set(), null, null];
  card.hidden = true;
  if (!some) return;
  map = unpackMap(value);
  order = sortedForDrawing();
  if (map.faces) {
    map.sheet = new Image();
    map.sheet.onload = () => hot >= 0 && drawFace(hot);
    map.sheet.src = map.faces.address;
  }
  setMoment(0);
  paintSets();
  paintColours();
  paintTable();
  draw();
}

find('.empty').textContent = CONFIG.empty;
find('.before').addEventListener('click', () => morphTo(0));
find('.after').addEventListener('click', () => morphTo(1));
find('.play').addEventListener('click', play);
find('.slider').addEventListener('input', (event) => {
  stopMorph();
  setMoment(event.target.value / 100);
  redraw();
});
find('.by select').addEventListener('change', () => {
  paintColours();
  redraw();
});
find('.sets').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const set = Number(button.dataset.set);
  if (!hidden.delete(set)) hidden.add(set);
  button.setAttribute('aria-pressed', String(!hidden.has(set)));
  if (hot >= 0 && !visible(hot)) point(-1);
  redraw();
});
canvas.addEventListener('pointermove', (event) => {
  if (map && place && !held && event.pointerType !== 'touch') point(under(event));
});
canvas.addEventListener('pointerleave', () => held || canvas.matches(':focus-visible') || point(-1));
canvas.addEventListener('click', (event) => {
  if (!map || !place) return;
  const i = under(event);
  point(i, i >= 0 && !(held && i === hot));
});
canvas.addEventListener('keydown', onKey);
onLook(() => {
  if (!map) return;
  paintColours();
  redraw();
});
watch('value', load);
load();
