// Texts of the map: captions, card of a photo, legend of the sets, tables.

const card = find('.card');
const stage = find('.pair');
let legendOf = ''; // state for which the legend of the colours was last painted

/** The sign of a model, as everywhere on the page (assets/styles/models.css). */
function modelSign(name) {
  const sign = make('i', 'mk');
  sign.dataset.model = name;
  sign.setAttribute('aria-hidden', 'true');
  return sign;
}

/** The model whose sign stands beside the moment shown; on the way between two models, the one it comes from. */
function modelNamed() {
  if (watching()) return frameNow() === 0 ? 'original' : 'unlearned';
  return ['original', 'unlearned', 'retrained'][Math.floor(moment)];
}

// ---- captions ------------------------------------------------------------------------------------------------------

/** How well the drawing of a model keeps the neighbours in its features. */
function fidelity(name) {
  const { trustworthiness, continuity } = map.views[name];
  return `trustworthiness ${trustworthiness.toFixed(2)}, continuity ${continuity.toFixed(2)}`;
}

function showCaptions() {
  const [main, side] = panes.map(({ box }) => box.querySelector('figcaption'));
  const still = !watching() && Number.isInteger(moment);
  const recorded = () => `${map.film.count.toLocaleString('en')} of ${map.n.toLocaleString('en')} photos are recorded`;
  const beside = watching() ? recorded() : still ? fidelity(modelAt(panes[0])) : '';
  main.replaceChildren(modelSign(modelNamed()), make('b', '', momentWords()), ' ', make('span', 'soft', beside));
  if (map.views.retrained) side.replaceChildren(modelSign('retrained'), make('b', '', 'Retrained without them'), ' ', make('span', 'soft', fidelity('retrained')));
}

/** Repaints the legend if its colours depend on the moment and another model is shown. */
function showLegend() {
  const by = find('.by select').value;
  const what = by === 'changed' || by === 'loss' ? `${by} ${filming} ${watching() ? frameNow() : modelAt(panes[0])}` : by;
  if (what === legendOf) return;
  legendOf = what;
  paintColours();
}

// ---- the card of one photo -----------------------------------------------------------------------------------------

function answerLine(model, title, said, i, differs) {
  const line = make('p', differs ? 'answer changed' : 'answer');
  line.append(modelSign(model), `${title}: ${className(said)} ${said === map.label[i] ? '✓' : '✗'}`);
  return line;
}

function fillCard(i) {
  const { original, unlearned, retrained } = map.views;
  const first = original.predicted[i];
  const lines = [answerLine('original', 'Before', first, i, false)];
  if (unlearned) lines.push(answerLine('unlearned', 'After', unlearned.predicted[i], i, unlearned.predicted[i] !== first));
  if (retrained) lines.push(answerLine('retrained', 'Retrained', retrained.predicted[i], i, retrained.predicted[i] !== first));
  if (watching()) {
    const said = answers(panes[0])(i);
    lines.splice(1, 0, answerLine('unlearned', stepWords(frameNow()).split(',')[0], said, i, said !== first));
  }
  find('.called').textContent = personName(i);
  find('.set').replaceChildren(glyph(setOf(i).name), make('span', '', setOf(i).title));
  find('.truth').textContent = `True class: ${className(map.label[i])}`;
  find('.answers').replaceChildren(...lines);
  find('.portrait').hidden = !map.faces;
  wantFaces();
  drawFace(i, find('.portrait'));
}

function drawFace(i, face) {
  const pen = face.getContext('2d');
  pen.clearRect(0, 0, face.width, face.height);
  if (!map.faces || !map.sheet) return;
  const { tile, columns } = map.faces;
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(map.sheet, (i % columns) * tile, Math.floor(i / columns) * tile, tile, tile, 0, 0, face.width, face.height);
}

/** Puts the card beside its photo, inside the same canvas. */
function placeCard() {
  card.hidden = hot < 0 || hot === chosen || !shown(pointed); // what is opened is described below the map
  if (card.hidden) return;
  const { canvas } = pointed;
  const [frameBox, stageBox] = [canvas.getBoundingClientRect(), stage.getBoundingClientRect()];
  const [x, y] = [pointed.xy[2 * hot], pointed.xy[2 * hot + 1]];
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const left = x + 16 + width < canvas.clientWidth ? x + 16 : x - 16 - width;
  const below = left < 6; // no room at either side: under or over the photo
  const top = below ? (y + 16 + height < canvas.clientHeight ? y + 16 : y - 16 - height) : y - height / 2;
  const inside = (at, size) => Math.max(6, Math.min(at, size - 6));
  card.style.left = `${frameBox.left - stageBox.left + inside(left, canvas.clientWidth - width)}px`;
  card.style.top = `${frameBox.top - stageBox.top + inside(top, canvas.clientHeight - height)}px`;
}

const cardText = () => [...card.querySelectorAll('p')].map((part) => part.textContent).join(', ');

// ---- legend and tables ---------------------------------------------------------------------------------------------

function paintSets() {
  const buttons = map.table.map((row) => {
    const set = CONFIG.sets[row.set];
    const button = make('button');
    button.type = 'button';
    button.dataset.set = row.set;
    button.setAttribute('aria-pressed', String(!hidden.has(row.set)));
    button.title = set.title;
    button.append(glyph(set.name), make('span', 'name', CONFIG.short[row.set]), make('span', 'count', row.photos.toLocaleString('en')));
    return button;
  });
  find('.sets').replaceChildren(...buttons);
}

function paintTables() {
  find('.summary').textContent = map.summary;
  if (!map.views.unlearned) return; // a run in progress
  const rows = map.table.map((row) => [
    CONFIG.sets[row.set].title,
    row.people,
    row.photos,
    percent(row.moved, 1),
    `${row.changed} (${percent(row.changed / row.photos)})`,
  ]);
  fillTable(find('.moves'), ['Set', 'People', 'Photos', 'Moved', 'Predictions changed'], rows);
  const models = map.models.map((name) => {
    const view = map.views[name];
    const right = map.table.map(({ set, photos }) => {
      let count = 0;
      for (let i = 0; i < map.n; i++) count += map.group[i] === set && view.predicted[i] === map.label[i];
      return percent(count / photos);
    });
    return [TITLES[name], view.trustworthiness.toFixed(2), view.continuity.toFixed(2), ...right];
  });
  const titles = map.table.map(({ set }) => `${CONFIG.sets[set].title} right`);
  fillTable(find('.models'), ['Model', 'Trustworthiness', 'Continuity', ...titles], models);
}
