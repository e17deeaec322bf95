// Plane of the race: x is the forgetting score (further left is better), y the utility.

const chart = find('.chart');
const card = find('.card');
const MARK = 7.5; // pixels, half of a mark
let hot = null; // the method pointed at, here or in the table
let spots = new Map(); // method -> its group in the chart

/** Round values between two numbers, at most ``most`` of them. */
function ticksOf(low, high, most) {
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((size) => (high - low) / size <= most) ?? 1;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(k * step);
  return found;
}

/** If the original is farther out than this factor, it is drawn at the edge, so that the methods have more room. */
const FAR = 1.25;

function frameOf({ points, band }) {
  const raced = points.filter(({ kind }) => kind !== 'original');
  const across = (raced.length ? raced : points).flatMap(({ x, runs }) => [x, ...runs.map(([score]) => score)]);
  for (const { kind, x } of points) if (kind === 'original' && x < FAR * Math.max(...across)) across.push(x);
  const up = points.flatMap(({ y, runs }) => [y, ...runs.map(([, utility]) => utility)]);
  const right = Math.min(0.52, Math.max(0.08, 1.4 * (band ?? 0), 1.14 * Math.max(...across)));
  const [least, most] = [Math.min(...up), Math.max(...up)];
  const room = Math.max(0.02, 0.16 * (most - least));
  const [low, high] = [Math.max(0, least - room), Math.min(1, most + room)];
  const area = { left: chart.clientWidth < 500 ? 60 : 70, top: 12, right: chart.clientWidth - 12, bottom: chart.clientHeight - 48 };
  return {
    ...area,
    across: right,
    low,
    high,
    beyond: (point) => point.x > right,
    x: (score) => (score > right ? area.right - 16 : area.left + ((area.right - area.left) * score) / right),
    y: (share) => area.bottom - ((area.bottom - area.top) * (share - low)) / (high - low),
  };
}

function write(text, x, y, anchor = 'middle', kind = '') {
  const node = draw('text', { x, y, 'text-anchor': anchor, class: kind });
  node.textContent = text;
  return node;
}

function ground(at, band) {
  const [width, height] = [at.right - at.left, at.bottom - at.top];
  const clip = draw('clipPath', { id: 'plane-clip' });
  clip.append(draw('rect', { x: at.left, y: at.top, width, height }));
  const parts = [clip, draw('rect', { class: 'paper', x: at.left, y: at.top, width, height, rx: 10 })];
  if (band !== null) {
    const end = at.x(Math.min(band, at.across));
    parts.push(draw('rect', { class: 'band', x: at.left, y: at.top, width: end - at.left, height }));
    parts.push(draw('path', { class: 'edge', d: `M${end} ${at.top}V${at.bottom}` }));
  }
  for (const score of ticksOf(0, at.across, width < 500 ? 5 : 8)) {
    parts.push(draw('path', { class: 'grid', d: `M${at.x(score)} ${at.bottom}v5` }));
    parts.push(write(score.toFixed(2), at.x(score), at.bottom + 19));
  }
  for (const share of ticksOf(at.low, at.high, 7)) {
    parts.push(draw('path', { class: 'grid', d: `M${at.left} ${at.y(share)}H${at.right}` }));
    parts.push(write(`${Math.round(1000 * share) / 10} %`, at.left - 8, at.y(share) + 4, 'end'));
  }
  parts.push(write('forgetting score: further left is better', (at.left + at.right) / 2, at.bottom + 40));
  const side = write('utility', 0, 0, 'middle', 'side');
  side.setAttribute('transform', `translate(14 ${(at.top + at.bottom) / 2}) rotate(-90)`);
  parts.push(side);
  parts.push(write('↖ better', at.left + 10, at.top + 20, 'start'));
  if (band !== null && at.x(band) - at.left > 80) parts.push(write('published band', at.left + 10, at.bottom - 10, 'start'));
  return parts;
}

/** Intervals and single runs, behind the marks. */
function spread(at, point) {
  const group = draw('g', { 'clip-path': 'url(#plane-clip)' });
  const [x, y] = [at.x(point.x), at.y(point.y)];
  const bars = [];
  if (point.dx !== null) bars.push(`M${at.x(point.x - point.dx)} ${y}H${at.x(point.x + point.dx)}`);
  if (point.dy !== null) bars.push(`M${x} ${at.y(point.y - point.dy)}V${at.y(point.y + point.dy)}`);
  const lines = draw('path', { class: 'bars', d: bars.join('') });
  lines.style.stroke = `var(--${point.mark.tone})`;
  group.append(lines);
  for (const [score, utility] of point.runs) {
    const run = outline(point.mark);
    run.classList.add('run');
    run.setAttribute('transform', `translate(${at.x(score)} ${at.y(utility)}) scale(3.4)`);
    group.append(run);
  }
  return group;
}

function spotOf(at, point) {
  const group = draw('g', {
    class: 'spot', transform: `translate(${at.x(point.x)} ${at.y(point.y)})`, tabindex: '-1', role: 'img', 'aria-label': point.text,
  });
  group.dataset.method = point.method;
  const size = point.kind === 'reference' ? 1.2 * MARK : MARK;
  const shape = outline(point.mark);
  shape.setAttribute('transform', `scale(${size})`);
  group.append(draw('circle', { class: 'reach', r: 16 }), draw('circle', { class: 'halo', r: 15 }), shape);
  return group;
}

/** Label of a mark: its name, and its real score if it is drawn at the edge. */
const nameOf = (at, point) => (at.beyond(point) ? `${point.title} → ${point.x.toFixed(2)}` : point.title);

/** Names beside the marks if the plane is wide enough; marks at the edge always have one. */
function names(at, every) {
  const points = chart.clientWidth < 620 ? every.filter(at.beyond) : every;
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `700 13px ${getComputedStyle(chart).fontFamily}`;
  const place = ([x, y]) => ({ x: at.x(x), y: at.y(y) });
  const placed = points.map((point) => ({ ...place([point.x, point.y]), width: pen.measureText(nameOf(at, point)).width + 4 }));
  const others = every.map((point) => place([point.x, point.y]));
  const boxes = placeNames(placed, others, every.flatMap(({ runs }) => runs.map(place)), at, 16);
  return points.flatMap((point, i) => {
    const box = boxes[i];
    if (!box) return [];
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const label = write(nameOf(at, point), x, y + 4.5, 'middle', 'label');
    label.dataset.method = point.method;
    if (!box.far) return [label];
    const edge = Math.max(box.left, Math.min(placed[i].x, box.right));
    return [draw('path', { class: 'leader', d: `M${placed[i].x} ${placed[i].y}L${edge} ${y}` }), label];
  });
}

function drawPlane(value) {
  if (!chart.clientWidth || !value.points.length) return;
  const held = chart.contains(document.activeElement) ? document.activeElement.dataset.method : null;
  const at = frameOf(value);
  const order = value.points.toSorted((a, b) => (a.kind === 'reference') - (b.kind === 'reference'));
  const groups = order.map((point) => spotOf(at, point));
  spots = new Map(groups.map((group) => [group.dataset.method, group]));
  chart.replaceChildren(...ground(at, value.band), ...order.map((point) => spread(at, point)), ...names(at, order), ...groups);
  const stop = spots.get(held) ?? groups[0];
  stop.setAttribute('tabindex', '0');
  if (held) stop.focus();
}

/** The numbers of one method in a card beside its mark. */
function showCard(value, method) {
  const row = value.rows.find((one) => one.method === method);
  const spot = spots.get(method);
  card.hidden = !row || !spot;
  if (card.hidden) return;
  const head = make('b');
  head.append(sign(row.mark), row.title);
  const lines = value.columns.filter(({ key }) => row.cells[key] && key !== 'epochs').map(({ key, title }) => {
    const line = make('p');
    const { text, more } = row.cells[key];
    line.append(make('span', '', title), `${text}${key === 'inside' ? '' : ` ${more}`}`);
    return line;
  });
  card.replaceChildren(head, make('span', '', row.n), ...lines);
  const box = spot.getCTM();
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const left = box.e + 20 + width < chart.clientWidth ? box.e + 20 : box.e - 20 - width;
  card.style.left = `${Math.max(0, Math.min(left, chart.clientWidth - width))}px`;
  card.style.top = `${Math.max(0, Math.min(box.f - height / 2, chart.clientHeight - height))}px`;
}
