// Progress and curves of a run. Values may arrive ten times a second, so drawing waits for the next frame and what is
// read aloud changes seldom.

const LINES = [
  { key: 'forget', title: 'forgotten people', dash: [] },
  { key: 'retain', title: 'kept people', dash: [7, 4] },
  { key: 'validation', title: 'validation people', dash: [2, 3] },
];
const LABEL = 12.5; // pixels of all text on the charts
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
  if (progress?.done && progress.total) bar.value = progress.done / progress.total;
  else bar.removeAttribute('value'); // how far is unknown
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

// ---- drawing -------------------------------------------------------------------------------------------------------

/** The area of a chart and the way from values to pixels. */
function frame({ width, height }, steps, top, right) {
  const area = { left: 48, top: 10, right: width - right, bottom: height - 38 };
  return {
    ...area,
    x: (step) => area.left + ((area.right - area.left) * step) / Math.max(1, steps),
    y: (share) => area.bottom - ((area.bottom - area.top) * Math.min(share, top)) / top,
  };
}

/** Stretches of one phase; a point's phase is that of the steps before it. */
function stretches({ step, phase }) {
  const found = [];
  for (let i = 1; i < step.length; i++) {
    const open = found.at(-1);
    if (open && open.phase === phase[i]) open.to = step[i];
    else found.push({ phase: phase[i], from: step[i - 1], to: step[i] });
  }
  return found;
}

function drawPhases(pen, at, points) {
  const paints = { forgetting: colour('--forget'), retaining: colour('--retain') };
  for (const { phase, from, to } of stretches(points)) {
    if (!paints[phase]) continue;
    pen.fillStyle = paints[phase];
    pen.globalAlpha = 0.1;
    pen.fillRect(at.x(from), at.top, at.x(to) - at.x(from), at.bottom - at.top);
    pen.globalAlpha = 0.85;
    // a full bar for forgetting, a thin one for retaining: told apart without colour
    const bar = phase === 'forgetting' ? 5 : 1.5;
    pen.fillRect(at.x(from), at.bottom - bar, at.x(to) - at.x(from), bar);
  }
  pen.globalAlpha = 1;
}

function drawAxes(pen, at, steps, ticks, write) {
  pen.font = `${LABEL}px ${getComputedStyle(element).fontFamily}`;
  pen.lineWidth = 1;
  pen.textBaseline = 'middle';
  for (const tick of ticks) {
    const y = Math.round(at.y(tick)) + 0.5;
    pen.strokeStyle = colour('--line');
    pen.beginPath();
    pen.moveTo(at.left, y);
    pen.lineTo(at.right, y);
    pen.stroke();
    pen.fillStyle = colour('--soft');
    pen.textAlign = 'right';
    pen.fillText(write(tick), at.left - 8, y);
  }
  pen.textBaseline = 'top';
  for (const share of [0, 0.5, 1]) {
    pen.textAlign = ['left', 'center', 'right'][2 * share];
    const label = Math.round(steps * share);
    pen.fillText(share === 1 ? `${label} steps` : String(label), at.x(steps * share), at.bottom + 8);
  }
}

/** Returns the last value drawn, or null. */
function drawLine(pen, at, steps, values, line) {
  pen.strokeStyle = colour(`--${line.key}`);
  pen.lineWidth = 2.25;
  pen.lineJoin = 'round';
  pen.setLineDash(line.dash);
  pen.beginPath();
  let end = null;
  steps.forEach((step, i) => {
    if (values[i] === null) return;
    const [x, y] = [at.x(step), at.y(values[i])];
    if (end) pen.lineTo(x, y);
    else pen.moveTo(x, y);
    end = { x, y, value: values[i], line };
  });
  pen.stroke();
  pen.setLineDash([]);
  if (end) drawMarker(pen, end, line.key);
  return end;
}

function drawMarker(pen, { x, y }, set) {
  pen.save();
  pen.translate(x, y);
  pen.scale(4.5, 4.5);
  pen.fillStyle = colour(`--${set}`);
  pen.fill(new Path2D(SHAPES[set]));
  pen.restore();
}

/** Last values beside the ends of their lines, pushed apart where they would overlap. */
function drawEnds(pen, at, ends, write) {
  const lines = ends.filter(Boolean).sort((a, b) => a.y - b.y);
  let floor = at.top - LABEL;
  for (const end of lines) floor = end.text = Math.max(end.y, floor + LABEL + 3);
  const over = Math.max(0, floor - at.bottom);
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  pen.fillStyle = colour('--ink');
  for (const end of lines) pen.fillText(write(end.value), end.x + 9, end.text - over);
}

function drawAccuracy(canvas, { points, steps }) {
  const paper = sharp(canvas);
  if (!paper) return;
  const { pen } = paper;
  const at = frame(paper, steps, 1, 52);
  drawPhases(pen, at, points);
  drawAxes(pen, at, steps, [0, 0.25, 0.5, 0.75, 1], (share) => (share === 1 ? '100 %' : String(100 * share)));
  const ends = LINES.toReversed().map((line) => drawLine(pen, at, points.step, points[line.key], line));
  drawEnds(pen, at, ends, (share) => percent(share));
}

function drawScore(canvas, { points, steps, band }) {
  const paper = sharp(canvas);
  if (!paper) return;
  const { pen } = paper;
  const at = frame(paper, steps, 0.5, 52);
  drawPhases(pen, at, points);
  if (band) {
    pen.fillStyle = colour('--soft');
    pen.globalAlpha = 0.22;
    pen.fillRect(at.left, at.y(band), at.right - at.left, at.bottom - at.y(band));
    pen.globalAlpha = 1;
  }
  drawAxes(pen, at, steps, [0, 0.1, 0.2, 0.3, 0.4, 0.5], (score) => (score ? score.toFixed(1) : '0'));
  drawEnds(pen, at, [drawLine(pen, at, points.step, points.score, LINES[0])], (score) => score.toFixed(2));
}

// ---- words and keys beside the charts --------------------------------------------------------------------------------

function paintKeys({ points, band }) {
  const phases = new Set(points.phase.slice(1).filter((phase) => phase !== 'training'));
  const named = [...phases].map((phase) => sample(phase, phase));
  if (band) named.push(sample(`what chance alone gives (up to ${band.toFixed(2)})`, 'band'));
  find('.phases').replaceChildren(...named);
}

/** A little picture of a line, a phase or the band, with its name. */
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
    const fill = `var(--${kind === 'forgetting' ? 'forget' : 'retain'})`;
    add('M0 0H30V14H0Z', { fill, opacity: 0.14 });
    add(kind === 'forgetting' ? 'M0 9H30V14H0Z' : 'M0 12.5H30V14H0Z', { fill });
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

function paintTable({ points }) {
  const write = (share) => (share === null ? '–' : percent(share, 1));
  const rows = points.step.map((step, i) => [
    step,
    points.phase[i],
    ...LINES.map(({ key }) => write(points[key][i])),
    points.score[i] === null ? '–' : points.score[i].toFixed(3),
  ]);
  fillTable(find('table'), ['step', 'phase', ...LINES.map(({ title }) => title), 'forgetting score'], rows);
}

function paint() {
  const value = props.value ?? {};
  paintState(value);
  const some = Boolean(value.points?.step.length);
  find('.charts').hidden = find('.numbers').hidden = !some;
  if (!some) return;
  drawAccuracy(find('.accuracy'), value);
  drawScore(find('.score'), value);
  paintKeys(value);
  paintWords(value);
  if (find('.numbers').open) paintTable(value);
}

find('.lines').append(...LINES.map(({ key, title }) => sample(title, key)));
find('.numbers').addEventListener('toggle', paint);
const repaint = oncePerFrame(paint);
onLook(repaint);
watch('value', repaint);
paint();
