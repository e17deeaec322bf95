// The two charts of a run.

const LINES = [
  { key: 'forget', title: 'forgotten people', dash: [] },
  { key: 'retain', title: 'kept people', dash: [7, 4] },
  { key: 'validation', title: 'validation people', dash: [2, 3] },
];
const LABEL = 12.5; // pixels of all text on the charts
// how the steps of a phase are painted: its colour, and the height of its bar, which tells phases apart without colour
const FORGET = { ink: 'forget', bar: 5 };
const RETAIN = { ink: 'retain', bar: 1.5 };
const PHASES = new Map([['forgetting', FORGET], ['impairing', FORGET], ['retaining', RETAIN], ['repairing', RETAIN]]);
const lookOf = (phase) => PHASES.get(phase) ?? { ink: 'soft', bar: 3 }; // a method may have words of its own

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
  for (const { phase, from, to } of stretches(points)) {
    if (phase === 'training') continue; // nothing to tell apart
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
