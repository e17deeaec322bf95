// Loss explorer. The line is stored as a loss; slider and picture show its place on the logarithmic axis.

let all = null; // the report's losses
let model = null;
let line = 1; // nats
const side = () => find('.side').value;

/** Number of sorted losses that are at most ``limit``. */
function upTo(sorted, limit) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const accused = (loss, limit) => (side() === 'below' ? loss <= limit : loss > limit);

function countAt(limit) {
  const [forget, unseen] = [model.forget.length, model.unseen.length];
  const below = side() === 'below';
  const [found, wrong] = [upTo(model.forget, limit), upTo(model.unseen, limit)];
  return { forget, unseen, found: below ? found : forget - found, accused: below ? wrong : unseen - wrong };
}

const rates = ({ found, accused: wrong, forget, unseen }) => [wrong / unseen, found / forget];
const balanced = ([wrong, found]) => (found + 1 - wrong) / 2;

/** Points of the ROC curve, from no photo accused to all. */
function rocCurve() {
  const lines = [...new Set([...model.forget, ...model.unseen])].sort((a, b) => a - b);
  const points = [-1, ...lines].map((limit) => rates(countAt(limit)));
  return side() === 'below' ? points : points.reverse();
}

// ---- painting ------------------------------------------------------------------------------------------------------

let curve = [];

function paint() {
  if (!all || !find('.explorer').open) return;
  const counts = countAt(line);
  const best = model.best[side()];
  const look = { model, axis: all.axis, side: side(), kept: find('.kept').checked, counts };
  drawHistogram(find('.histogram'), { ...look, line: placeOf(line, all.axis), best: placeOf(best, all.axis) });
  drawRoc(find('.roc'), { curve, own: rates(counts), best: rates(countAt(best)) });
  paintNumbers(counts, best);
  paintFaces();
}

function paintNumbers(counts, best) {
  const [wrong, found] = rates(counts);
  const number = (selector, share, note) => find(selector).replaceChildren(percent(share), make('small', '', note));
  number('.tpr', found, `${counts.found} of ${plural(counts.forget, 'photo', 'photos')}`);
  number('.fpr', wrong, `${counts.accused} of ${plural(counts.unseen, 'photo', 'photos')}`);
  number('.accuracy', balanced([wrong, found]), `best line: ${percent(balanced(rates(countAt(best))))}`);
  find('.at').textContent = `Your line: ${writeLoss(line)} nats`;
  const said = `${writeLoss(line)} nats: finds ${counts.found} of ${counts.forget}, falsely accuses ${counts.accused} of ${counts.unseen}`;
  find('.line').setAttribute('aria-valuetext', said);
  find('.histogram').setAttribute('aria-label', `Losses of the forgotten people above the axis, of unseen people below it. A line at ${said}.`);
  find('.roc').setAttribute('aria-label', `ROC curve, signed AUC ${model.auc ?? 'not known'}. This line finds ${percent(found)} and falsely accuses ${percent(wrong)}.`);
}

function paintFaces() {
  const photos = all.photos.filter(({ losses }) => Number.isFinite(losses[model.name]));
  find('.faces').hidden = !photos.length;
  find('.no-faces').hidden = Boolean(photos.length) || !all.photos.length;
  for (const [name, hit] of [['found', true], ['missed', false]]) {
    const these = photos.filter(({ losses }) => accused(losses[model.name], line) === hit);
    const words = find(`.${name}-words`);
    const note = `${these.length} of the ${plural(photos.length, 'photo', 'photos')} shown; ${all.all} were forgotten`;
    words.replaceChildren(hit ? '✓ Found ' : '✗ Missed ', make('small', '', note));
    find(`.${name}`).replaceChildren(...these.slice(0, CONFIG.faces).map(card));
  }
}

function card({ tile, name, losses }) {
  const item = make('li');
  const face = item.appendChild(make('div', 'tile'));
  face.setAttribute('aria-hidden', 'true');
  face.style.setProperty('--x', tile % all.faces.columns);
  face.style.setProperty('--y', Math.floor(tile / all.faces.columns));
  item.append(make('span', '', name), make('span', '', `loss ${writeLoss(losses[model.name])}`));
  item.title = name;
  return item;
}

function paintTable() {
  if (!all || !find('.numbers').open) return;
  const rows = [];
  const [low, high] = all.axis;
  for (let power = low; power <= high; power += 0.5) {
    const counts = countAt(10 ** power);
    const both = rates(counts);
    rows.push([writeLoss(10 ** power), `${counts.found} (${percent(both[1])})`, `${counts.accused} (${percent(both[0])})`, percent(balanced(both))]);
  }
  fillTable(find('table'), ['line', 'found', 'falsely accused', 'right overall'], rows);
}

// ---- moving --------------------------------------------------------------------------------------------------------

const repaint = oncePerFrame(paint);

function moveTo(loss) {
  line = loss;
  find('.line').value = Math.round(placeOf(loss, all.axis) * CONFIG.steps);
  repaint();
}

function dragged(event) {
  const box = find('.histogram').getBoundingClientRect();
  const place = (event.clientX - box.left - EDGE) / (box.width - 2 * EDGE);
  moveTo(lossAt(Math.min(1, Math.max(0, place)), all.axis));
}

function rules() {
  curve = rocCurve();
  paintTable();
  repaint();
}

/** @param keep whether the accused side stays; otherwise the side that fits the model is chosen */
function choose(number, keep) {
  model = all.models[number];
  if (!keep) find('.side').value = model.side;
  find('.kept').closest('label').hidden = !model.retain;
  const many = (number) => number.toLocaleString('en');
  const unseen = `${many(model.unseen.length)} photos of unseen people, downwards`;
  const items = [[glyph('forget'), `${many(model.forget.length)} forgotten photos, upwards`], [glyph('unseen'), unseen]];
  if (find('.kept').checked && model.retain) items.push([make('i'), `${many(model.retain)} photos of kept people`]);
  find('.key').replaceChildren(...items.map(([shape, text]) => {
    const item = make('span');
    item.append(shape, text);
    return item;
  }));
  rules();
}

function load() {
  const before = model?.name;
  const same = all !== null && all.key === props.value?.key; // only the control was added: the visitor's settings stay
  all = props.value?.models ? props.value : null;
  find('.explorer').hidden = !all;
  if (!all) return;
  find('.finding').textContent = all.finding;
  find('.model').replaceChildren(...all.models.map(({ title }, i) => Object.assign(make('option', '', title), { value: i })));
  if (all.faces) {
    const { address, columns, count } = all.faces;
    const style = find('.faces').style;
    style.setProperty('--sheet', `url(${address})`);
    style.setProperty('--columns', columns);
    style.setProperty('--rows', Math.ceil(count / columns));
  }
  const kept = all.models.findIndex(({ name }) => name === before);
  find('.model').value = kept < 0 ? all.first : kept;
  choose(Number(find('.model').value), same && kept >= 0);
  moveTo(same ? line : model.unseen[model.unseen.length >> 1]);
}

find('.how').textContent = CONFIG.how;
find('.caution').textContent = 'The best line is chosen after looking at the results. So it is a little better than guessing even if nothing is left to find.';
find('.no-faces').textContent = 'The loss of each single photo was recorded only for the original and the unlearned model, so there are no faces here.';
find('.line').max = CONFIG.steps;
find('.line').addEventListener('input', () => all && moveTo(lossAt(find('.line').valueAsNumber / CONFIG.steps, all.axis)));
find('.to-best').addEventListener('click', () => all && moveTo(model.best[side()]));
find('.model').addEventListener('change', () => choose(Number(find('.model').value), false));
find('.side').addEventListener('change', rules);
find('.kept').addEventListener('change', () => choose(Number(find('.model').value), true));
find('.explorer').addEventListener('toggle', repaint);
find('.numbers').addEventListener('toggle', paintTable);
find('.histogram').addEventListener('pointerdown', (event) => {
  if (!all) return;
  event.target.setPointerCapture(event.pointerId);
  dragged(event);
});
find('.histogram').addEventListener('pointermove', (event) => event.target.hasPointerCapture(event.pointerId) && dragged(event));
onLook(repaint);
watch('value', load);
load();
