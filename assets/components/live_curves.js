// Progress and curves of a run. Values may arrive ten times a second, so drawing waits for the next frame, and the text
// for screen readers changes rarely.

const SPOKEN_EVERY = 5000; // milliseconds
let spoken = { at: 0, stage: null };

// ---- state in words ------------------------------------------------------------------------------------------------

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 1.5) return 'almost done';
  if (seconds < 90) return `about ${Math.round(seconds)} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

function paintState(value) {
  const { progress, message = '' } = value;
  const bar = find('progress');
  const amount = progress && progress.unit && progress.total ? `${progress.done} of ${progress.total} ${progress.unit}` : '';
  bar.hidden = !progress;
  bar.value = progress?.done && progress.total ? progress.done / progress.total : 0;
  find('.stage').textContent = progress ? progress.stage : message || 'Nothing is running.';
  find('.stage').classList.toggle('idle', !progress && !message);
  find('.amount').textContent = amount;
  find('.left').textContent = progress ? timeLeft(progress.left) : '';
  find('.message').textContent = progress ? message : '';
  speak(value, amount);
}

function speak({ progress, message = '' }, amount) {
  const stage = progress ? progress.stage : message;
  const now = Date.now();
  if (stage === spoken.stage && now - spoken.at < SPOKEN_EVERY) return;
  if (stage === spoken.stage && !progress) return;
  spoken = { at: now, stage };
  find('[role="status"]').textContent = [stage, amount, timeLeft(progress?.left)].filter(Boolean).join(', ');
}

// ---- words and keys beside the charts --------------------------------------------------------------------------------

function paintKeys({ points, band }) {
  const phases = new Set(points.phase.slice(1).filter((phase) => phase !== 'training'));
  const named = [...phases].map((phase) => sample(phase, 'phase'));
  if (band) named.push(sample(`what chance alone gives (up to ${band.toFixed(2)})`, 'band'));
  find('.phases').replaceChildren(...named);
}

/** Legend item: a small picture of a line, a phase or the band, with its name. */
function sample(title, kind) {
  const holder = make('span');
  const space = 'http://www.w3.org/2000/svg';
  const svg = holder.appendChild(document.createElementNS(space, 'svg'));
  for (const [name, value] of [['width', 30], ['height', 14], ['viewBox', '0 0 30 14'], ['aria-hidden', 'true']]) {
    svg.setAttribute(name, value);
  }
  const add = (d, style) => {
    const path = svg.appendChild(document.createElementNS(space, 'path'));
    path.setAttribute('d', d);
    Object.assign(path.style, style);
  };
  const line = LINES.find(({ key }) => key === kind);
  if (line) {
    const stroke = `var(--${kind})`;
    add('M0 7H30', { stroke, strokeWidth: 2.25, strokeDasharray: line.dash.join(' ') });
    svg.append(glyph(kind));
    Object.entries({ x: 10, y: 2, width: 10, height: 10 }).forEach(([name, value]) => svg.lastChild.setAttribute(name, value));
  } else if (kind === 'band') add('M0 0H30V14H0Z', { fill: 'var(--soft)', opacity: 0.3 });
  else {
    const { ink, bar } = lookOf(title);
    const fill = `var(--${ink})`;
    add('M0 0H30V14H0Z', { fill, opacity: 0.14 });
    add(`M0 ${14 - bar}H30V14H0Z`, { fill });
  }
  holder.append(make('span', '', title));
  return holder;
}

function paintWords({ points, band }) {
  const end = points.step.length - 1;
  const said = (values, write) => (values[end] === null ? 'not known' : write(values[end]));
  const lines = LINES.map(({ key, title }) => `${title} ${said(points[key], (share) => percent(share))}`);
  find('.accuracy').setAttribute('aria-label', `Accuracy after ${points.step[end]} steps: ${lines.join(', ')}.`);
  const chance = band ? ` Chance alone gives up to ${band.toFixed(2)}.` : '';
  const score = said(points.score, (number) => number.toFixed(2));
  find('.score').setAttribute('aria-label', `Forgetting score after ${points.step[end]} steps: ${score}.${chance}`);
}

/** Last known value of a series, in words. */
function paintInside({ points }) {
  const last = (key) => points[key]?.findLast((value) => value !== null)?.toFixed(2) ?? 'not known';
  const end = points.step.at(-1);
  find('.cost').setAttribute('aria-label', `Transport cost after ${end} steps: ${last('cost')}.`);
  find('.weight').setAttribute('aria-label', `Weight of the task after ${end} steps: ${last('weight')}.`);
}

function paintTable({ points }) {
  const write = (share) => (share === null ? '–' : percent(share, 1));
  const inside = [['cost', 'transport cost'], ['weight', 'weight of the task']].filter(([key]) => points[key]);
  const rows = points.step.map((step, i) => [
    step,
    points.phase[i],
    ...LINES.map(({ key }) => write(points[key][i])),
    points.score[i] === null ? '–' : points.score[i].toFixed(3),
    ...inside.map(([key]) => points[key][i]?.toFixed(3) ?? '–'),
  ]);
  const heads = ['step', 'phase', ...LINES.map(({ title }) => title), 'forgetting score', ...inside.map(([, title]) => title)];
  fillTable(find('table'), heads, rows);
}

/** Greatest height so far at this width, so that the page below does not move when a run starts or ends. */
const room = { width: 0, height: 0 };
function keepRoom() {
  if (find('.numbers').open) return; // the open table would leave an empty space after it is closed
  if (element.clientWidth !== room.width) Object.assign(room, { width: element.clientWidth, height: 0 });
  element.style.minHeight = '';
  room.height = Math.max(room.height, element.offsetHeight);
  element.style.minHeight = `${room.height}px`;
}

/** Its own value, or else that of the meter below the map: a run's curves travel only once. */
const latest = () => (props.value?.points ? props.value : window.runCurves ?? {});

function paint() {
  const value = latest();
  paintState(value);
  const some = Boolean(value.points?.step.length);
  find('.charts').hidden = find('.numbers').hidden = !some;
  if (some) paintCharts(value);
  keepRoom();
}

function paintCharts(value) {
  drawAccuracy(find('.accuracy'), value);
  drawScore(find('.score'), value);
  find('.inside').hidden = !value.points.cost && !value.points.weight;
  drawSmall(find('.cost'), value, 'cost', false);
  drawSmall(find('.weight'), value, 'weight', true);
  paintKeys(value);
  paintWords(value);
  paintInside(value);
  if (find('.numbers').open) paintTable(value);
}

find('.lines').append(...LINES.map(({ key, title }) => sample(title, key)));
find('.numbers').addEventListener('toggle', paint);
const repaint = oncePerFrame(paint);
onLook(repaint);
document.addEventListener('run-curves', () => element.checkVisibility() && repaint());
watch('value', repaint);
paint();
