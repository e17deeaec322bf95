// Progress and three numbers of a run. It passes each value on to the large curves, which have none of their own.

const SPOKEN_EVERY = 5000; // milliseconds
const ROWS = [
  { box: '.kept', key: 'retain', colour: '--retain', top: 1, write: (share) => percent(share) },
  { box: '.forgotten', key: 'forget', colour: '--forget', top: 1, write: (share) => percent(share) },
  { box: '.attack', key: 'auc', colour: '--color-accent', top: 1, write: (share) => percent(share) },
];
const SAMPLE = 'Measured during the run, on a sample of photos';
let spoken = { at: 0, stage: null };

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 1.5) return 'almost done';
  if (seconds < 90) return `about ${Math.round(seconds)} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

function paintBar({ progress, message = '' }) {
  const bar = find('progress');
  const known = Boolean(progress?.done && progress.total);
  const amount = progress?.unit && progress.total ? `${progress.done} of ${progress.total} ${progress.unit}` : '';
  bar.hidden = !progress;
  bar.value = known ? progress.done / progress.total : 0; // an empty bar where nothing is done yet
  find('.stage').textContent = progress ? progress.stage : message || SAMPLE;
  find('.stage').classList.toggle('idle', !progress);
  find('.left').textContent = progress ? [amount, timeLeft(progress.left)].filter(Boolean).join(', ') : '';
  const stage = progress ? progress.stage : message;
  const now = Date.now();
  if (stage === spoken.stage && (!progress || now - spoken.at < SPOKEN_EVERY)) return;
  spoken = { at: now, stage };
  find('[role="status"]').textContent = [stage, amount, timeLeft(progress?.left)].filter(Boolean).join(', ');
}

function drawLine(canvas, values, steps, top, ink) {
  const paper = sharp(canvas);
  if (!paper || values.length < 2) return;
  const { pen, width, height } = paper;
  const last = steps.at(-1) || 1;
  const end = Math.max(last, props.value?.steps ?? 0);
  const place = (i) => [3 + ((width - 8) * steps[i]) / end, height - 4 - ((height - 8) * Math.min(values[i], top)) / top];
  pen.strokeStyle = pen.fillStyle = colour(ink);
  pen.lineWidth = 2;
  pen.lineJoin = 'round';
  pen.beginPath();
  const known = values.map((value, i) => i).filter((i) => values[i] !== null);
  known.forEach((i, k) => pen[k ? 'lineTo' : 'moveTo'](...place(i)));
  pen.stroke();
  pen.beginPath();
  pen.arc(...place(known.at(-1)), 3, 0, 7);
  pen.fill();
}

function paint() {
  const value = props.value ?? {};
  paintBar(value);
  const points = value.points ?? { step: [] };
  for (const { box, key, colour: ink, top, write } of ROWS) {
    const values = points[key] ?? [];
    const now = values.findLast((each) => each !== null);
    find(`${box} dd`).textContent = now === undefined ? '–' : write(now);
    drawLine(find(`${box} canvas`), values, points.step, top, ink);
  }
}

const repaint = oncePerFrame(paint);
function arrived() {
  window.runCurves = props.value;
  document.dispatchEvent(new CustomEvent('run-curves', { detail: props.value }));
  repaint();
}
onLook(repaint);
watch('value', arrived);
arrived();
