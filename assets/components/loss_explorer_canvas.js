// Drawings of the loss explorer: two histograms above and below one axis, and the ROC curve.

const FONT = 12;
const EDGE = 13; // half of the slider's thumb, so that the line in the picture is above it
const ROOM = { top: 30, bottom: 38 };

function pen12(pen) {
  pen.font = `${FONT}px ${getComputedStyle(element).fontFamily}`;
  pen.lineWidth = 1;
}

/** Loss -> place between 0 and 1 on the logarithmic axis. */
const placeOf = (loss, [low, high]) => Math.min(1, Math.max(0, (Math.log10(Math.max(loss, 10 ** low)) - low) / (high - low)));
const lossAt = (place, [low, high]) => 10 ** (low + place * (high - low));
const writeLoss = (loss) => String(Number(loss.toPrecision(loss < 0.01 ? 1 : 2)));

/** Bars up (way 1) or down (way -1) from the middle line. */
function drawBars(pen, shares, box, way) {
  const wide = (box.right - box.left) / shares.length;
  shares.forEach((share, i) => {
    if (!share) return;
    const high = Math.max(1.5, (share / box.most) * box.half);
    pen.fillRect(box.left + i * wide + 0.5, way > 0 ? box.middle - high : box.middle, wide - 1, high);
  });
}

function drawOutline(pen, shares, box) {
  const wide = (box.right - box.left) / shares.length;
  pen.beginPath();
  pen.moveTo(box.left, box.middle);
  shares.forEach((share, i) => {
    const y = box.middle - Math.min(1, share / box.most) * box.half;
    pen.lineTo(box.left + i * wide, y);
    pen.lineTo(box.left + (i + 1) * wide, y);
  });
  pen.lineTo(box.right, box.middle);
  pen.strokeStyle = colour('--retain');
  pen.lineWidth = 2;
  pen.setLineDash([6, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

function drawTicks(pen, box, axis, height) {
  pen.fillStyle = colour('--soft');
  pen.strokeStyle = colour('--line');
  pen.textBaseline = 'alphabetic';
  const step = Math.ceil((axis[1] - axis[0]) / 6);
  for (let power = axis[1]; power >= axis[0]; power -= step) {
    const x = box.left + placeOf(10 ** power, axis) * (box.right - box.left);
    pen.beginPath();
    pen.moveTo(x, ROOM.top);
    pen.lineTo(x, height - ROOM.bottom);
    pen.stroke();
    const text = power === axis[0] ? `≤ ${writeLoss(10 ** power)}` : writeLoss(10 ** power);
    pen.textAlign = x - box.left < 20 ? 'left' : box.right - x < 20 ? 'right' : 'center';
    pen.fillText(text, x, height - ROOM.bottom + 15);
  }
  pen.textAlign = 'center';
  pen.fillText('loss per photo, in nats', (box.left + box.right) / 2, height - 6);
}

/** Counts on each side of the line, in the corners. */
function drawCounts(pen, box, height, { counts, side }) {
  const words = [
    [`found ${counts.found}`, `missed ${counts.forget - counts.found}`, ROOM.top - 10],
    [`falsely accused ${counts.accused}`, `left alone ${counts.unseen - counts.accused}`, height - ROOM.bottom - 8],
  ];
  pen.fillStyle = colour('--ink');
  for (const [accused, free, y] of words) {
    const [left, right] = side === 'below' ? [accused, free] : [free, accused];
    pen.textAlign = 'left';
    pen.fillText(left, box.left, y);
    pen.textAlign = 'right';
    pen.fillText(right, box.right, y);
  }
}

function drawLine(pen, x, height, word) {
  pen.beginPath();
  pen.moveTo(x, ROOM.top - 4);
  pen.lineTo(x, height - ROOM.bottom);
  pen.stroke();
  if (!word) return;
  pen.textAlign = 'center';
  pen.fillText(word, x, ROOM.top - 10);
}

/** @param look model, axis, line and best as places, side, kept, counts */
function drawHistogram(canvas, look) {
  const paper = sharp(canvas);
  if (!paper) return;
  const { pen, width, height } = paper;
  pen12(pen);
  const { bars } = look.model;
  const box = { left: EDGE, right: width - EDGE, middle: Math.round((ROOM.top + height - ROOM.bottom) / 2) };
  box.half = box.middle - ROOM.top - 8;
  box.most = Math.max(...bars.forget, ...bars.unseen, 1e-9);
  drawTicks(pen, box, look.axis, height);
  const x = box.left + look.line * (box.right - box.left);
  const best = box.left + look.best * (box.right - box.left);
  const parts = [[0.3, 0, width], look.side === 'below' ? [1, 0, x] : [1, x, width - x]];
  for (const [alpha, from, wide] of parts) {
    pen.save();
    pen.beginPath();
    pen.rect(from, 0, wide, height);
    pen.clip();
    pen.globalAlpha = alpha;
    pen.fillStyle = colour('--forget');
    drawBars(pen, bars.forget, box, 1);
    pen.fillStyle = colour('--unseen');
    drawBars(pen, bars.unseen, box, -1);
    pen.restore();
  }
  if (look.kept && bars.retain) drawOutline(pen, bars.retain, box);
  pen.fillStyle = pen.strokeStyle = colour('--soft');
  pen.lineWidth = 1;
  pen.fillRect(box.left, box.middle, box.right - box.left, 1);
  pen.setLineDash([3, 3]);
  drawLine(pen, best, height, Math.abs(best - width / 2) < width / 2 - 90 ? 'best' : '');
  pen.setLineDash([]);
  drawCounts(pen, box, height, look);
  pen.strokeStyle = colour('--ink');
  pen.lineWidth = 2.5;
  drawLine(pen, x, height, '');
}

/** @param curve [false, true] positive rates; own, best: points on it */
function drawRoc(canvas, { curve, own, best }) {
  const paper = sharp(canvas);
  if (!paper) return;
  const { pen, width, height } = paper;
  pen12(pen);
  const [left, right, top, bottom] = [44, width - 8, 8, height - 34];
  const at = ([x, y]) => [left + x * (right - left), bottom - y * (bottom - top)];
  pen.strokeStyle = colour('--line');
  pen.strokeRect(left, top, right - left, bottom - top);
  pen.fillStyle = colour('--soft');
  for (const share of [0, 0.5, 1]) {
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillText(percent(share), left - 4, at([0, share])[1]);
    pen.textAlign = ['left', 'center', 'right'][2 * share];
    pen.textBaseline = 'top';
    if (share) pen.fillText(percent(share), at([share, 0])[0], bottom + 5);
  }
  pen.textAlign = 'center';
  pen.fillText('unseen people accused', (left + right) / 2, bottom + 20);
  const stroke = (points, look, dash = []) => {
    pen.beginPath();
    points.forEach((point) => pen.lineTo(...at(point)));
    Object.assign(pen, look);
    pen.setLineDash(dash);
    pen.stroke();
    pen.setLineDash([]);
  };
  stroke([[0, 0], [1, 1]], { strokeStyle: colour('--soft'), lineWidth: 1 }, [4, 4]);
  stroke(curve, { strokeStyle: colour('--forget'), lineWidth: 2.5, lineJoin: 'round' });
  pen.textAlign = 'left';
  pen.textBaseline = 'alphabetic';
  pen.fillText('found ↑', left + 7, top + 16);
  const dot = (point, radius, fill) => {
    pen.beginPath();
    pen.arc(...at(point), radius, 0, 7);
    pen.fillStyle = fill;
    pen.fill();
    pen.strokeStyle = colour('--ink');
    pen.lineWidth = 2;
    pen.stroke();
  };
  dot(best, 5, colour('--paper'));
  dot(own, 7, colour('--color-accent'));
}
