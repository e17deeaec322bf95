// List box of faces. The faces are created once; later only their state changes.

const grid = find('.grid');
const people = new Map(CONFIG.people.map((person) => [person.id, person]));
const tiles = new Map();
let stop = CONFIG.people[0]?.id; // the person whom the Tab key reaches
let last = null; // picked last, for look-alikes
let before = null; // the pick before Random, Clear or Look-alikes, for Undo
let draws = 0;

const picked = () => (Array.isArray(props.value) ? props.value.filter((id) => people.has(id)) : []);
const shown = () => [...tiles.keys()].filter((id) => !tiles.get(id).hidden);

// ---- faces ---------------------------------------------------------------------------------------------------------

/** Short address of the sheet of faces, because the browser would parse the data address again for every tile. */
function sheetAddress(address) {
  const bytes = Uint8Array.from(atob(address.split(',')[1]), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'image/webp' }));
}

function makeFace(person) {
  const face = make('span', 'portrait');
  const faces = person.faces ?? CONFIG.faces;
  if (!faces) {
    face.textContent = person.name.slice(0, 1).toUpperCase();
    return face;
  }
  const rows = Math.ceil(faces.count / faces.columns);
  const [column, row] = [person.tile % faces.columns, Math.floor(person.tile / faces.columns)];
  const share = (index, count) => (count > 1 ? (100 * index) / (count - 1) : 0);
  if (person.sheet) face.style.backgroundImage = `url(${person.sheet})`;
  face.style.backgroundSize = `${100 * faces.columns}% ${100 * rows}%`;
  face.style.backgroundPosition = `${share(column, faces.columns)}% ${share(row, rows)}%`;
  return face;
}

function makeTick() {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 22 22');
  svg.setAttribute('class', 'tick');
  svg.setAttribute('aria-hidden', 'true');
  const disc = svg.appendChild(document.createElementNS(space, 'circle'));
  for (const [name, value] of [['cx', 11], ['cy', 11], ['r', 10]]) disc.setAttribute(name, value);
  svg.appendChild(document.createElementNS(space, 'path')).setAttribute('d', 'M6.5 11.5l3 3 6-6.5');
  return svg;
}

function makeTile(person) {
  const tile = make('div', 'person');
  const about = Object.entries(person.attributes).map(([name, value]) => `${name}: ${value}`);
  tile.title = [person.name, plural(person.photos, 'photo', 'photos'), ...about].join(' · ');
  tile.dataset.person = person.id;
  tile.setAttribute('role', 'option');
  const face = makeFace(person);
  face.setAttribute('aria-hidden', 'true');
  tile.append(face, make('span', 'name', person.name), makeTick());
  return tile;
}

// ---- the pick ------------------------------------------------------------------------------------------------------

function commit(ids, { undo = false, latest = null } = {}) {
  before = undo ? picked() : null;
  last = latest;
  tell('');
  props.value = ids;
  paint();
  trigger('input', { people: ids });
  tellMap(latest);
}

function toggle(id) {
  const ids = picked();
  if (ids.includes(id)) commit(ids.filter((other) => other !== id));
  else commit([...ids, id], { latest: id });
}

/** Small seeded generator (mulberry32): the first draw is the same for a whole class of students. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function draw() {
  const next = generator(20 + draws);
  draws += 1;
  find('.only input').checked = false; // search and filters limit the draw, the current pick does not
  paint();
  const rest = shown().length ? shown() : [...people.keys()];
  const drawn = [];
  while (drawn.length < CONFIG.random && rest.length) drawn.push(...rest.splice(Math.floor(next() * rest.length), 1));
  commit(drawn, { undo: true });
}

const model = () => {
  const drawn = picked().filter((id) => !people.get(id).faces); // own people have no look-alikes among the drawn people
  return drawn.includes(last) ? last : drawn.at(-1) ?? null;
};

async function addLookAlikes() {
  const id = model();
  if (id === null) return;
  const button = find('.similar');
  button.disabled = true;
  try {
    const answer = await server.look_alikes(id);
    if (answer.error) tell(answer.error);
    else commit([...new Set([...picked(), ...answer.people])], { undo: true, latest: id });
  } catch {
    tell('Look-alikes could not be found just now.');
  } finally {
    button.disabled = model() === null;
  }
}

// ---- painting ------------------------------------------------------------------------------------------------------

function tell(sentence) {
  const error = find('.error');
  error.textContent = sentence;
  error.hidden = !sentence;
}

function matches(person, ids) {
  if (tiles.get(person.id).classList.contains('away') || (among && !among.has(person.id))) return false;
  const wanted = find('.search').value.trim().toLocaleLowerCase();
  if (wanted && !person.name.toLocaleLowerCase().includes(wanted)) return false;
  if (find('.only input').checked && !ids.has(person.id)) return false;
  return [...element.querySelectorAll('.filters select')].every(
    (select) => !select.value || person.attributes[select.dataset.attribute] === select.value,
  );
}

function paint() {
  const ids = new Set(picked());
  const held = document.activeElement === tiles.get(stop);
  const place = shown().indexOf(stop);
  for (const [id, tile] of tiles) {
    tile.setAttribute('aria-selected', String(ids.has(id)));
    tile.hidden = !matches(people.get(id), ids);
  }
  const visible = shown();
  if (!visible.includes(stop)) stop = visible[Math.max(0, Math.min(place, visible.length - 1))] ?? stop;
  for (const [id, tile] of tiles) tile.tabIndex = id === stop ? 0 : -1;
  if (held && visible.length) tiles.get(stop).focus();

  const nobody = find('.nobody');
  nobody.hidden = visible.length > 0;
  nobody.textContent = find('.only input').checked && !ids.size ? 'Nobody is picked yet.' : 'Nobody matches this search.';
  paintFoot([...ids], visible.length);
}

function paintFoot(ids, visible) {
  const photos = ids.reduce((sum, id) => sum + people.get(id).photos, 0);
  const count = `${plural(ids.length, 'person', 'people')} · ${plural(photos, 'photo', 'photos')}`;
  find('.count').textContent = ids.length ? count : 'Nobody picked yet';
  find('.shown').textContent = visible < people.size ? `${visible} of ${people.size} shown` : '';
  find('.clear').disabled = !ids.length;
  find('.undo').hidden = before === null;
  const id = model();
  const similar = find('.similar');
  similar.disabled = id === null;
  similar.textContent = 'Look-alikes';
  similar.setAttribute('aria-label', id === null ? 'Look-alikes' : `Look-alikes of ${people.get(id).name}`);
}

// ---- what the visitor does -----------------------------------------------------------------------------------------

function move(id) {
  stop = id;
  for (const [other, tile] of tiles) tile.tabIndex = other === id ? 0 : -1;
  tiles.get(id).focus();
}

function onKey(event) {
  const id = event.target.closest('.person')?.dataset.person;
  if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const visible = shown();
  const columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
  const here = visible.indexOf(id);
  const there = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    ArrowDown: here + columns,
    ArrowUp: here - columns,
    Home: 0,
    End: visible.length - 1,
  }[event.key];
  if (there !== undefined) {
    if (there >= 0 && there < visible.length) move(visible[there]);
  } else if (event.key === ' ' || event.key === 'Enter') toggle(id);
  else if (event.key === 'Escape') {
    if (picked().length) commit([], { undo: true });
  } else return;
  event.preventDefault();
}

function makeFilter(filter) {
  const select = make('select');
  select.dataset.attribute = filter.name;
  select.setAttribute('aria-label', `Filter by ${filter.name}`);
  select.append(new Option(filter.name.charAt(0).toUpperCase() + filter.name.slice(1), ''));
  for (const { value, count } of filter.values) select.append(new Option(`${value} (${count})`, value));
  return select;
}

if (CONFIG.faces) element.style.setProperty('--sheet', `url(${sheetAddress(CONFIG.faces.address)})`);
for (const person of CONFIG.people) tiles.set(person.id, makeTile(person));
grid.append(...tiles.values());
find('.box').classList.toggle('many', CONFIG.people.length > 40); // constant height during a search
find('.filters').append(...CONFIG.filters.map(makeFilter));
find('.random').textContent = `${CONFIG.random} at random`;
find('.random').title = 'Picks people at random from those shown; the first draw is the same for everybody';
find('.similar').hidden = !CONFIG.similar;
find('.similar').title = 'Adds the people whom the classifier finds most like this one';

grid.addEventListener('click', (event) => {
  const id = event.target.closest('.person')?.dataset.person;
  if (id === undefined) return;
  move(id);
  toggle(id);
});
grid.addEventListener('keydown', onKey);
find('.named').textContent = CONFIG.about;
for (const kind of ['pointerover', 'focusin']) {
  grid.addEventListener(kind, (event) => {
    const tile = event.target.closest('.person');
    if (tile) find('.named').textContent = tile.title;
  });
}
find('.random').addEventListener('click', draw);
document.addEventListener('click', (event) => picked().length || (event.target.closest('#run') && draw()), true); // a run needs people
find('.similar').addEventListener('click', addLookAlikes);
find('.clear').addEventListener('click', () => commit([], { undo: true }));
find('.undo').addEventListener('click', () => commit(before ?? picked()));
find('.tools').addEventListener('input', paint);
window.addEventListener('own-people', ({ detail }) => welcome(detail));
watch('value', () => {
  before = null;
  paint();
  tellMap();
});
paint();
