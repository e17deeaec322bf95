// The map's words: the card of a photo, the legend, the table.

const card = find('.card');

// ---- the card of one photo -----------------------------------------------------------------------------------------

function fillCard(i) {
  const set = CONFIG.sets[map.group[i]];
  const said = (k) => map.classes[k] ?? 'unknown';
  const [truth, before, after] = [map.label[i], map.predicted_before[i], map.predicted_after[i]];
  const mark = (k) => `${said(k)} ${k === truth ? '✓' : '✗'}`;
  find('.called').textContent = map.people[map.person[i]] ?? 'Somebody';
  find('.set').replaceChildren(glyph(set.name), make('span', '', set.title));
  find('.truth').textContent = `True class: ${said(truth)}`;
  find('.first').textContent = `Before: ${mark(before)}`;
  find('.then').textContent = `After: ${mark(after)}`;
  find('.then').classList.toggle('changed', before !== after);
  card.classList.toggle('held', held);
  drawFace(i);
}

function drawFace(i) {
  const face = find('.portrait');
  face.hidden = !map.faces;
  if (!map.faces || !map.sheet?.complete) return;
  const { tile, columns } = map.faces;
  const pen = face.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(map.sheet, (i % columns) * tile, Math.floor(i / columns) * tile, tile, tile, 0, 0, face.width, face.height);
}

/** Puts the card beside its photo, inside the map. */
function placeCard() {
  card.hidden = hot < 0;
  if (hot < 0) return;
  const [x, y] = spot(hot);
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const right = x + 16 + width < canvas.clientWidth;
  const left = right ? x + 16 : x - 16 - width;
  card.style.left = `${Math.max(6, Math.min(left, canvas.clientWidth - width - 6))}px`;
  const below = left < 6; // no room at either side: under or over the photo
  const top = below ? (y + 16 + height < canvas.clientHeight ? y + 16 : y - 16 - height) : y - height / 2;
  card.style.top = `${Math.max(6, Math.min(top, canvas.clientHeight - height - 6))}px`;
}

const cardText = () => ['.called', '.set', '.truth', '.first', '.then'].map((part) => find(part).textContent).join(', ');

// ---- legend and table ----------------------------------------------------------------------------------------------

function paintSets() {
  const buttons = map.table.map((row) => {
    const set = CONFIG.sets[row.set];
    const button = make('button');
    button.type = 'button';
    button.dataset.set = row.set;
    button.setAttribute('aria-pressed', String(!hidden.has(row.set)));
    button.append(glyph(set.name), make('span', '', set.title), make('span', 'count', row.photos.toLocaleString('en')));
    return button;
  });
  find('.sets').replaceChildren(...buttons);
}

/** Which colour is which class or person; not needed while colour and shape both tell the set. */
function paintColours() {
  const by = find('.by select').value;
  let named = [];
  if (by === 'label' || by === 'predicted') named = map.classes.map((name, k) => [name, hue(k, map.classes.length)]);
  if (by === 'person') {
    named = map.forgotten.map((person, k) => [map.people[person], hue(k, map.forgotten.length)]);
    named.push(['everybody else', colour('--unseen')]);
  }
  const most = 24;
  const items = named.slice(0, most).map(([name, dot]) => {
    const item = make('span');
    item.append(make('i'), name);
    item.firstChild.style.setProperty('--dot', dot);
    return item;
  });
  if (named.length > most) items.push(make('span', '', `and ${named.length - most} more`));
  find('.colours').replaceChildren(...items);
}

function paintTable() {
  const rows = map.table.map((row) => [
    CONFIG.sets[row.set].title,
    row.people,
    row.photos,
    percent(row.moved, 1),
    `${row.changed} (${percent(row.changed / row.photos)})`,
  ]);
  fillTable(find('table'), ['Set', 'People', 'Photos', 'Moved', 'Predictions changed'], rows);
  find('.summary').textContent = map.summary;
}
