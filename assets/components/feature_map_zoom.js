// Zoom and pan of both canvases: wheel with Ctrl, two fingers, dragging, keys and buttons.

const CLOSEST = 20;
const STEP = 1.5; // of a button or a key
const zoom = { scale: 1, u: 0.5, v: 0.5 }; // (u, v): the centre, in shares of the map
const fingers = new Map(); // pointers that are down, by id
let dragged = false; // the last press was a drag, not a click

/** Centre of zooming by keys and buttons: the photo pointed at or opened, else the middle. */
function anchor({ place, xy }) {
  const i = hot >= 0 ? hot : chosen;
  const seen = i >= 0 && visible(i) && inSight(xy[2 * i], xy[2 * i + 1], place);
  return seen ? [xy[2 * i], xy[2 * i + 1]] : [place.width / 2, place.height / 2];
}

/** Zooms around a point of a pane. */
function zoomBy(factor, pane = panes[0], at = null) {
  if (!pane.place) return;
  const [x, y] = at ?? anchor(pane);
  const { left, top, mapWidth, mapHeight, width, height } = pane.place;
  const scale = Math.max(1, Math.min(CLOSEST, zoom.scale * factor));
  const grown = scale / zoom.scale;
  zoom.u = (x - left) / mapWidth + (width / 2 - x) / (mapWidth * grown);
  zoom.v = (y - top) / mapHeight + (height / 2 - y) / (mapHeight * grown);
  zoom.scale = scale < 1.001 ? 1 : scale;
  showZoom();
}

function panBy(dx, dy, pane = panes[0]) {
  if (!pane.place) return;
  zoom.u -= dx / pane.place.mapWidth;
  zoom.v -= dy / pane.place.mapHeight;
  redraw();
}

function wholeMap() {
  Object.assign(zoom, { scale: 1, u: 0.5, v: 0.5 });
  showZoom();
}

/** Shows the zoom. One finger scrolls the page at full view, and moves the map when it is zoomed. */
function showZoom() {
  const close = zoom.scale > 1;
  for (const { canvas } of panes) {
    canvas.style.touchAction = close || tool ? 'none' : 'pan-y';
    canvas.classList.toggle('close', close);
  }
  find('.out').disabled = find('.whole').disabled = !close;
  find('.in').disabled = zoom.scale >= CLOSEST;
  if (zoom.scale >= FACES_FROM && map) wantFaces();
  find('.much').textContent = close ? `${zoom.scale.toFixed(1)} times` : '';
  redraw();
}

/** Moves the map so that a photo is in sight. */
function bringIntoView(i, pane) {
  const { width, height } = pane.place;
  const beyond = (at, size) => Math.min(0, at - 40) || Math.max(0, at - size + 40);
  const [dx, dy] = [beyond(pane.xy[2 * i], width), beyond(pane.xy[2 * i + 1], height)];
  if (dx || dy) panBy(-dx, -dy, pane);
}

// ---- pointers ------------------------------------------------------------------------------------------------------

function onPlace(pane, event) {
  const box = pane.canvas.getBoundingClientRect();
  return [event.clientX - box.left - pane.canvas.clientLeft, event.clientY - box.top - pane.canvas.clientTop];
}

/** Middle and distance of the fingers on the canvas. */
function grip(pane) {
  const all = [...fingers.values()].map((event) => onPlace(pane, event));
  const [[x0, y0], [x1, y1]] = [all[0], all.at(-1)];
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, apart: Math.hypot(x1 - x0, y1 - y0) };
}

function startDrag(pane, event) {
  if (!fingers.size) dragged = false;
  fingers.set(event.pointerId, event);
  startSketch(pane, event);
}

/** Moves the map by a drag; true if the pointer drags rather than points at photos. */
function drag(pane, event) {
  const last = fingers.get(event.pointerId);
  if (!last) return false;
  const far = Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY);
  if (!dragged && far < 4 && fingers.size < 2) return false; // a shaking hand
  if (fingers.size < 2 && zoom.scale === 1) return dragged; // the whole map is shown, so it cannot move
  if (!dragged) pane.canvas.setPointerCapture?.(event.pointerId);
  dragged = true;
  const before = grip(pane);
  fingers.set(event.pointerId, event);
  const now = grip(pane);
  panBy(now.x - before.x, now.y - before.y, pane);
  if (fingers.size > 1 && before.apart > 0) {
    pane.place = fit(pane.place.width, pane.place.height);
    zoomBy(now.apart / before.apart, pane, [now.x, now.y]);
  }
  return true;
}

const endDrag = (event) => fingers.delete(event.pointerId);

/** Zooms with Ctrl or Cmd; otherwise the wheel scrolls the page. A trackpad's pinch arrives as a wheel with Ctrl. */
function onWheel(pane, event) {
  if (!map || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  zoomBy(Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) / 120), pane, onPlace(pane, event));
}

/** Handles zoom and pan keys; true if the key was one of them. */
function zoomKey(event) {
  const way = { ArrowRight: [-1, 0], ArrowLeft: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
  if (event.key === '+' || event.key === '=') zoomBy(STEP);
  else if (event.key === '-') zoomBy(1 / STEP);
  else if (event.key === '0') wholeMap();
  else if (event.shiftKey && way) panBy(60 * way[0], 60 * way[1]);
  else return false;
  return true;
}
