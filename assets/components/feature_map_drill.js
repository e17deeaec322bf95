// The opened photo below the map: each model's answer, the rank of its loss, its nearest photos, and the other photos of
// its person.

const drill = find('.drill');
const FORGET = CONFIG.sets.findIndex(({ name }) => name === 'forget');
const UNSEEN = CONFIG.sets.findIndex(({ name }) => name === 'unseen');
const RANKED = ['forget', 'retain']; // sets with photos that a model may have memorised
const SMALL = 44; // pixels, a face that is a button
const WHEN = { original: 'before', unlearned: 'after', retrained: 'retrained without them' };

function ordinalWords(i) {
  const all = photosOf(map.person[i]);
  return `photo ${all.indexOf(i) + 1} of ${all.length} of this person on the map`;
}

/** Button with a face that opens that photo. */
function faceButton(i) {
  const button = make('button', 'face');
  button.type = 'button';
  button.dataset.photo = i;
  const all = photosOf(map.person[i]);
  button.setAttribute('aria-label', `${personName(i)}, ${setOf(i).title}, photo ${all.indexOf(i) + 1} of ${all.length}`);
  button.title = personName(i);
  if (i === chosen) button.setAttribute('aria-current', 'true');
  button.append(faceTile(i, SMALL), glyph(setOf(i).name));
  return button;
}

/** Puts the faces, which have just arrived, into the opened photo; its buttons stay, and with them focus and presses. */
function paintFaces() {
  if (chosen < 0) return;
  paintChosen();
  for (const button of drill.querySelectorAll('[data-photo]')) {
    showFace(button.querySelector('.tile'), Number(button.dataset.photo));
  }
}

function paintChosen() {
  if (map.address) drill.style.setProperty('--sheet', `url(${map.address})`);
  find('.big').replaceChildren(...(map.faces ? [faceTile(chosen, 112)] : []));
}

/** A tile of the sheet of faces; empty where there are no pictures. */
function faceTile(i, size) {
  const tile = make('span', 'tile');
  tile.style.setProperty('--size', `${size}px`);
  showFace(tile, i);
  return tile;
}

function showFace(tile, i) {
  if (!map.faces || !map.address) return;
  const { columns, count } = map.faces;
  const values = { '--x': i % columns, '--y': Math.floor(i / columns), '--columns': columns, '--rows': Math.ceil(count / columns) };
  for (const [name, value] of Object.entries(values)) tile.style.setProperty(name, value);
}

// ---- what each model says ------------------------------------------------------------------------------------------

/** Classes in the table: all if there are few; otherwise the probable ones of any model, and the true one. */
function toldClasses(i) {
  const views = map.models.map((name) => map.views[name]);
  if (!views[0].top) return map.classes.map((_, k) => k);
  const found = new Set([map.label[i]]);
  for (const { top, width } of views) for (let j = i * width; j < (i + 1) * width; j++) found.add(top[j]);
  return [...found].sort((a, b) => a - b);
}

function fillChances(i) {
  const shareOf = (view, k) => {
    const share = chance(view, i, k);
    if (share === null) return `under ${percent(Math.max(0.01, view.chances[(i + 1) * view.width - 1]))}`;
    return share < 0.005 ? 'under 1 %' : share > 0.995 ? 'over 99 %' : percent(share);
  };
  const told = toldClasses(i);
  const rows = told.map((k) => [
    className(k) + (k === map.label[i] ? ' (true class)' : ''),
    ...map.models.map((name) => shareOf(map.views[name], k)),
  ]);
  rows.push(['Loss in nats', ...map.models.map((name) => nats(map.views[name].losses[i]))]);
  const table = find('.chances');
  fillTable(table, ['Class', ...map.models.map((name) => TITLES[name])], rows);
  map.models.forEach((name, column) => table.querySelectorAll('thead th')[column + 1].prepend(modelSign(name)));
  const lines = [...table.querySelectorAll('tbody tr')];
  lines.at(-1).className = 'losses';
  told.forEach((k, row) => {
    if (k === map.label[i]) lines[row].className = 'true';
    map.models.forEach((name, column) => {
      const cell = lines[row].cells[column + 1];
      cell.className = map.views[name].predicted[i] === k ? 'chance said' : 'chance';
      cell.style.setProperty('--share', `${(100 * (chance(map.views[name], i, k) ?? 0)).toFixed(1)}%`);
    });
  });
}

// ---- rank of its loss ----------------------------------------------------------------------------------------------

const listed = (parts) => [parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(' and ');

/** Sentences on the rank of a photo's loss among the losses of unseen people. */
function rankSentences(i) {
  const count = shareAbove(map.views.original, i, UNSEEN).count;
  if (!RANKED.includes(setOf(i).name) || !count) return [];
  const said = map.models.map((name) => `${percent(shareAbove(map.views[name], i, UNSEEN).share)} (${WHEN[name]})`);
  const found = [
    `It has a lower loss than ${listed(said)} of the ${count} photos of unseen people on the map. A photo that no model saw `
      + 'is at 50 % on average. Near 100 % a photo is known, near 0 % it is over-forgotten.',
  ];
  if (map.group[i] === FORGET) {
    const ranks = map.models.map((name) => {
      const { above, count: others } = shareAbove(map.views[name], i, FORGET);
      return `${(others - above + 1).toLocaleString('en')} ${WHEN[name]}`;
    });
    const all = shareAbove(map.views.original, i, FORGET).count + 1;
    found.push(`Rank among the ${all.toLocaleString('en')} forgotten photos on the map, 1 is the easiest to recognise: ${ranks.join(', ')}.`);
  }
  return found;
}

// ---- neighbours and the person -------------------------------------------------------------------------------------

function fillNear(i) {
  const rows = map.models.map((name) => {
    const { near, neighbours } = map.views[name];
    const those = [...neighbours.subarray(i * near, (i + 1) * near)];
    const kin = those.filter((j) => map.person[j] === map.person[i]).length;
    const alike = those.filter((j) => map.label[j] === map.label[i]).length;
    const row = make('div', 'near');
    const faces = make('div', 'faces');
    faces.append(...those.map((j) => faceButton(j)));
    const title = make('b', '', TITLES[name]);
    title.prepend(modelSign(name));
    row.append(title, faces, make('span', 'soft', `${kin} of the same person, ${alike} of the same true class`));
    return row;
  });
  find('.nears').replaceChildren(...rows);
}

function fillPerson(i) {
  const all = photosOf(map.person[i]);
  find('.whose-photos').textContent = `${plural(all.length, 'photo', 'photos')} of this person on the map`;
  find('.person .faces').replaceChildren(...all.map((j) => faceButton(j)));
}

// ---- opening and closing -------------------------------------------------------------------------------------------

function fillDrill() {
  const i = chosen;
  drill.hidden = i < 0;
  if (i < 0) {
    for (const part of ['.chances', '.ranks', '.nears', '.person .faces', '.big']) find(part).replaceChildren();
    return;
  }
  wantFaces();
  paintChosen();
  find('.drill h3').textContent = personName(i);
  find('.which').replaceChildren(glyph(setOf(i).name), `${setOf(i).title}, true class: ${className(map.label[i])}`);
  find('.ordinal').textContent = ordinalWords(i);
  fillChances(i);
  find('.ranks').replaceChildren(...rankSentences(i).map((sentence) => make('p', '', sentence)));
  fillNear(i);
  fillPerson(i);
}

/** Opens a photo; -1 closes. */
function choose(i) {
  chosen = i;
  if (i >= 0) holdHeight();
  fillDrill();
  freeHeight();
  redraw();
  if (i < 0) return;
  find('.told').textContent = `${personName(i)}, ${setOf(i).title}, true class: ${className(map.label[i])}. Opened below the map.`;
  find('.drill h3').scrollIntoView({ block: 'nearest', behavior: calm() ? 'instant' : 'smooth' });
}

/** Before something opens below the map: its height stays, and the page grows instead. */
function holdHeight() {
  if (!stage.style.getPropertyValue('--held')) stage.style.setProperty('--held', `${stage.offsetHeight}px`);
}

function freeHeight() {
  if (drill.hidden && !find('.more').open) stage.style.removeProperty('--held');
}

function closeDrill() {
  const inside = drill.contains(document.activeElement);
  choose(-1);
  find('.told').textContent = 'Closed.';
  if (inside) panes[0].canvas.focus();
}

drill.addEventListener('click', (event) => {
  const face = event.target.closest('[data-photo]');
  if (face) {
    choose(Number(face.dataset.photo));
    find('.drill h3').focus({ preventScroll: true });
  } else if (event.target.closest('.shut')) closeDrill();
});
