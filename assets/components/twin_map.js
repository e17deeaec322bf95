// Texts and controls of the two maps.

const redraw = oncePerFrame(() => maps && canvases.forEach((_, side) => drawSide(side)));

// ---- one photo, in both --------------------------------------------------------------------------------------------

const named = (k) => maps.classes[k] ?? 'unknown';

function fillCard() {
  const words = find('.words');
  find('.portrait').hidden = hot < 0 || !maps.faces;
  if (hot < 0) {
    words.replaceChildren(make('span', 'soft', 'Point at a photo in one map, or tap it, to see it in both.'));
    return;
  }
  const set = CONFIG.sets[maps.group[hot]];
  const truth = maps.label[hot];
  const says = maps.sides.map(({ predicted }, side) => {
    const line = make('span', differs(hot) ? 'differ' : '');
    line.append(`${maps.titles[side]}: ${named(predicted[hot])} ${predicted[hot] === truth ? '✓' : '✗'}`);
    return line;
  });
  const first = make('div');
  const which = make('span', 'soft');
  which.append(glyph(set.name), ` ${set.title}, true class: ${named(truth)}`);
  first.append(make('b', '', maps.people[maps.person[hot]] ?? 'Somebody'), which);
  const second = make('div');
  second.append(...says);
  words.replaceChildren(first, second);
  drawFace();
}

function drawFace() {
  if (hot < 0 || !maps.faces || !maps.sheet?.complete) return;
  const { tile, columns } = maps.faces;
  const face = find('.portrait');
  const pen = face.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(maps.sheet, (hot % columns) * tile, Math.floor(hot / columns) * tile, tile, tile, 0, 0, face.width, face.height);
}

function point(i) {
  if (i === hot) return;
  hot = i;
  fillCard();
  redraw();
}

function under(event, side) {
  const box = canvases[side].getBoundingClientRect();
  return nearest(side, event.clientX - box.left, event.clientY - box.top, event.pointerType === 'touch' ? 28 : 14);
}

function onKey(event, side) {
  if (!maps || !places[side]) return;
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (way) {
    const start = nearest(side, canvases[side].clientWidth / 2, canvases[side].clientHeight / 2, Infinity);
    point(hot < 0 || !visible(hot) ? start : neighbour(side, hot, ...way));
  } else if (event.key === 'Escape') point(-1);
  else return;
  event.preventDefault();
  find('[role="status"]').textContent = hot < 0 ? '' : find('.words').textContent;
}

// ---- keys and table ------------------------------------------------------------------------------------------------

function paintColours() {
  const sets = CONFIG.sets.filter((_, k) => maps.group.includes(k)).map(({ name, title }) => {
    const item = make('span');
    item.append(glyph(name), title);
    return item;
  });
  find('.sets').replaceChildren(...sets);
  const by = find('.by select').value;
  const classes = by === 'set' ? [] : maps.classes.slice(0, 24);
  find('.colours').replaceChildren(...classes.map((name, k) => {
    const item = make('span');
    item.append(make('i'), name);
    item.firstChild.style.setProperty('--dot', hue(k, maps.classes.length));
    return item;
  }));
}

function paintTable() {
  const rows = maps.table.map(({ set, photos, right, differ }) => [set, photos, ...right.map((share) => percent(share, 1)), `${differ} (${percent(differ / photos)})`]);
  fillTable(find('table'), ['Set', 'Photos', ...maps.titles.map((title) => `${title} right`), 'Answered differently'], rows);
  find('.summary').textContent = maps.summary;
}

function load() {
  const value = props.value;
  const some = Boolean(value?.n);
  find('.twins').hidden = !some;
  [maps, hot, places] = [null, -1, [null, null]];
  if (!some) return;
  maps = unpackMaps(value);
  if (maps.faces) {
    maps.sheet = new Image();
    maps.sheet.onload = drawFace;
    maps.sheet.src = maps.faces.address;
  }
  maps.titles.forEach((title, side) => {
    element.querySelectorAll('.title')[side].textContent = title;
    canvases[side].setAttribute('aria-label', `Map of photos for ${title}. The arrow keys go from photo to photo.`);
  });
  fillCard();
  paintColours();
  paintTable();
  redraw();
}

canvases.forEach((canvas, side) => {
  canvas.addEventListener('pointermove', (event) => maps && places[side] && event.pointerType !== 'touch' && point(under(event, side)));
  canvas.addEventListener('pointerleave', () => maps && !canvas.matches(':focus-visible') && point(-1));
  canvas.addEventListener('click', (event) => maps && places[side] && point(under(event, side)));
  canvas.addEventListener('keydown', (event) => onKey(event, side));
});
find('.bar').addEventListener('change', () => {
  if (!maps) return;
  if (hot >= 0 && !visible(hot)) point(-1);
  paintColours();
  redraw();
});
onLook(() => {
  if (!maps) return;
  paintColours();
  redraw();
});
watch('value', load);
load();
