// Results of a race: plane, key and table; a method pointed at in one is marked in all.

const key = find('.key');

function paintKey(rows) {
  key.replaceChildren(...rows.filter(({ cells }) => Object.keys(cells).length).map((row) => {
    const item = make('li');
    item.dataset.method = row.method;
    item.append(sign(row.mark), row.title);
    return item;
  }));
}

function point(method, from = null) {
  hot = method;
  for (const node of element.querySelectorAll('[data-method]')) node.classList.toggle('hot', node.dataset.method === method);
  if (method !== null && from === 'plane') showCard(props.value, method);
  else card.hidden = true;
}

/** The next method in a direction on the plane, by its place on the screen. */
function neighbour(from, way) {
  const places = [...spots].map(([method, spot]) => ({ method, across: spot.getCTM().e, up: spot.getCTM().f }));
  const [axis, sign] = { ArrowRight: ['across', 1], ArrowLeft: ['across', -1], ArrowDown: ['up', 1], ArrowUp: ['up', -1] }[way];
  const line = places.toSorted((a, b) => sign * (a[axis] - b[axis]) || a.method.localeCompare(b.method));
  return line[Math.min(line.length - 1, line.findIndex(({ method }) => method === from) + 1)].method;
}

function onKey(event) {
  const from = event.target.closest('.spot')?.dataset.method;
  if (from === undefined) return;
  if (event.key === 'Escape') point(null);
  else if (event.key.startsWith('Arrow')) {
    const next = spots.get(neighbour(from, event.key));
    for (const spot of spots.values()) spot.setAttribute('tabindex', spot === next ? '0' : '-1');
    next.focus();
  } else return;
  event.preventDefault();
}

function paint() {
  const value = props.value ?? {};
  const some = Boolean(value.rows?.length);
  find('.empty').hidden = some;
  find('.results').hidden = !some;
  if (!some) return;
  find('.plane').hidden = !value.points.length;
  paintTable(value);
  paintKey(value.rows);
  drawPlane(value);
  point(spots.has(hot) ? hot : null, chart.contains(document.activeElement) ? 'plane' : null);
}

const methodOf = (event) => event.target.closest('[data-method]')?.dataset.method ?? null;

find('.empty').textContent = CONFIG.empty;
for (const [place, from] of [[chart, 'plane'], [key, 'key'], [body, 'table']]) {
  place.addEventListener('pointerover', (event) => point(methodOf(event), from));
  place.addEventListener('pointerleave', () => point(null));
}
chart.addEventListener('focusin', (event) => point(methodOf(event), 'plane'));
chart.addEventListener('focusout', () => point(null));
chart.addEventListener('keydown', onKey);
const repaint = oncePerFrame(paint);
onLook(oncePerFrame(() => props.value?.points?.length && drawPlane(props.value)));
watch('value', repaint);
paint();
