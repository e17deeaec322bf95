// The two charts of a run.

const titleOf = (key) => CONFIG.sets.find(({ name }) => name === key).title.toLowerCase();
const LINES = [
  { key: 'forget', title: titleOf('forget'), dash: [] },
  { key: 'retain', title: titleOf('retain'), dash: [7, 4] },
  { key: 'validation', title: titleOf('validation'), dash: [2, 3] },
];
// line of the synthesis charts, with gaps where nothing was synthesised
const INSIDE = { key: 'color-accent', shape: 'retain', dash: [], broken: true };
const LABEL = 12.5; // pixels of all text on the charts
// style of a phase: its colour, and the height of its bar, which distinguishes phases without colour
const FORGET = { ink: 'forget', bar: 5 };
const RETAIN = { ink: 'retain', bar: 1.5 };
const PHASES = new Map([['forgetting', FORGET], ['impairing', FORGET], ['retaining', RETAIN], ['repairing', RETAIN]]);
const lookOf = (phase) => PHASES.get(phase) ?? { ink: 'soft', bar: 3 }; // a method may have other phase names

/** Area of a chart, and the functions from values to pixels. */
function frame({ width, height }, steps, top, right, below = 38) {
  const area = { left: 48, top: 10, right: width - right, bottom: height - below };
  return {
    ...area,
    x: (step) => area.left + ((area.right - area.left) * step) / Math.max(1, steps),
    y: (share) => area.bottom - ((area.bottom - area.top) * Math.min(share, top)) / top,
  };
}

/** Stretches of steps with one phase; a point's phase is that of the steps before it. */
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
  for (const { phase, from, to } of stretches(points)) {
    if (phase === 'training') continue; // methods without phases
    const { ink, bar } = lookOf(phase);
    pen.fillStyle = colour(`--${ink}`);
    pen.globalAlpha = 0.1;
    pen.fillRect(at.x(from), at.top, at.x(to) - at.x(from), at.bottom - at.top);
    pen.globalAlpha = 0.85;
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
  for (const share of steps === null ? [] : [0, 0.5, 1]) {
    pen.textAlign = ['left', 'center', 'right'][2 * share];
    const label = Math.round(steps * share);
    pen.fillText(share === 1 ? `${label} steps` : String(label), at.x(steps * share), at.bottom + 8);
  }
}

/** Draws a line. Returns its last point, or null. A point between two gaps is drawn as a dot. */
function drawLine(pen, at, steps, values, line) {
  pen.strokeStyle = colour(`--${line.key}`);
  pen.lineWidth = 2.25;
  pen.lineJoin = 'round';
  pen.setLineDash(line.dash);
  pen.beginPath();
  let [end, lifted] = [null, true];
  const dots = new Path2D();
  steps.forEach((step, i) => {
    if (values[i] === null) {
      lifted ||= Boolean(line.broken);
      return;
    }
    const [x, y] = [at.x(step), at.y(values[i])];
    if (lifted) pen.moveTo(x, y);
    else pen.lineTo(x, y);
    lifted = false;
    if (line.broken) {
      dots.moveTo(x, y);
      dots.arc(x, y, 2.4, 0, 7);
    }
    end = { x, y, value: values[i], line };
  });
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = pen.strokeStyle;
  pen.fill(dots);
  if (end) drawMarker(pen, end, line);
  return end;
}

function drawMarker(pen, { x, y }, { key, shape = key }) {
  pen.save();
  pen.translate(x, y);
  pen.scale(4.5, 4.5);
  pen.fillStyle = colour(`--${key}`);
  pen.fill(new Path2D(SHAPES[shape]));
  pen.restore();
}

/** Last values beside the ends of their lines, moved apart where they would overlap. */
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

/** A low chart of one series with its own axis; only the lowest chart of a figure has the step labels. */
function drawSmall(canvas, { points, steps }, key, lowest) {
  const paper = sharp(canvas);
  if (!paper) return;
  const { pen } = paper;
  const values = points[key] ?? [];
  const top = roundTop(Math.max(...values.filter((value) => value !== null), 0));
  const at = frame(paper, steps, top, 52, lowest ? 38 : 12);
  drawPhases(pen, at, points);
  drawAxes(pen, at, lowest ? steps : null, [0, top / 2, top], (value) => (value ? String(value) : '0'));
  drawEnds(pen, at, [drawLine(pen, at, points.step, values, INSIDE)], (value) => value.toFixed(2));
}

/** The smallest of 1, 2, 4 times a power of ten that is not below the value, so that its half is a short number too. */
function roundTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return Number(([1, 2, 4, 10].find((times) => value <= times * power) * power).toPrecision(3));
}
