// Transport plan as a grid of cells between two rows of faces.

const dark = () => document.body.classList.contains('dark');
/** Ends and middle of the colours, from blue over the background to orange: safe for colour-blind people, and different in
 * lightness. */
const RAMPS = {
  light: { low: [33, 102, 172], middle: [244, 243, 240], high: [179, 88, 6] },
  dark: { low: [120, 183, 240], middle: [38, 43, 54], high: [250, 170, 80] },
};
const mix = (a, b, share) => a.map((part, i) => Math.round(part + (b[i] - part) * share));
const css = (parts) => `rgb(${parts.join(' ')})`;

/** @param place in -1..1: 0 is the middle */
function shade(place) {
  const { low, middle, high } = RAMPS[dark() ? 'dark' : 'light'];
  return mix(middle, place < 0 ? low : high, Math.min(1, Math.abs(place)));
}

/** Black or white, the more readable on a colour (WCAG's relative luminance). */
function inkOn(parts) {
  const [r, g, b] = parts.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff';
}

/** Contents of the cells: place of a value in -1..1, its text, and the texts of the legend. */
const SHOWS = {
  plan: {
    title: 'Transport plan',
    place: (value) => Math.log2(Math.max(value, 0.001)) / 2,
    words: (value) => `${value.toFixed(2)} times what a plan without preference moves`,
    ends: () => ['¼ or less', '1: no preference', '4 or more'],
    from: -1,
  },
  cost: {
    title: 'Transport cost',
    place: (value, [low, high]) => (high > low ? (value - low) / (high - low) : 0),
    words: (value) => `cost ${value.toFixed(2)}`,
    ends: ([low, high]) => [`near: ${low.toFixed(2)}`, `far: ${high.toFixed(2)}`],
    from: 0,
  },
};

const grid = { look: null, kind: 'plan', row: 0, column: 0 };
const short = (value) => (value < 9.95 ? value.toFixed(grid.kind === 'plan' ? 1 : 2) : value.toFixed(0));
const rangeOf = (rows) => [Math.min(...rows.flat()), Math.max(...rows.flat())];
const moved = (i) => `synthesised photo ${i + 1} (${grid.look.labels[i]})`;
const gone = (j) => `forgotten photo ${j + 1} (${grid.look.forget_labels[j]})`;

function paintMap(look) {
  grid.look = look;
  grid.row = Math.min(grid.row, look.plan.length - 1);
  grid.column = Math.min(grid.column, look.plan[0].length - 1);
  const [values, show] = [look[grid.kind], SHOWS[grid.kind]];
  const range = rangeOf(values);
  const faces = make('tr');
  faces.append(make('td', 'corner'), ...look.forget_labels.map((_, j) => faceHead(look.sheets.forget, j, gone(j), 'col')));
  faces.querySelector('td').setAttribute('aria-hidden', 'true');
  const rows = values.map((row, i) => {
    const line = make('tr');
    line.append(faceHead(look.sheets.made, i, moved(i), 'row'), ...row.map((value, j) => cell(value, i, j, show, range)));
    return line;
  });
  find('.map').setAttribute('aria-label', show.title);
  find('.map').replaceChildren(...(look.sheets.forget ? [faces] : []), ...rows);
  find('.show-plan').setAttribute('aria-pressed', grid.kind === 'plan');
  find('.show-cost').setAttribute('aria-pressed', grid.kind === 'cost');
  paintLegend(show, range);
  point(grid.row, grid.column);
}

function faceHead(sheet, number, name, scope) {
  const head = Object.assign(make('th'), { scope, title: name });
  const picture = head.appendChild(tile(sheet, number));
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', name);
  return head;
}

function cell(value, i, j, show, range) {
  const node = make('td', 'cell', short(value));
  const parts = shade(show.place(value, range));
  node.setAttribute('role', 'gridcell');
  node.setAttribute('aria-label', `${moved(i)} to ${gone(j)}: ${show.words(value)}`);
  node.tabIndex = -1;
  Object.assign(node.dataset, { i, j });
  Object.assign(node.style, { backgroundColor: css(parts), color: inkOn(parts) });
  return node;
}

function paintLegend(show, range) {
  const stops = [show.from, (show.from + 1) / 2, 1].map((place) => css(shade(place)));
  find('.ramp').style.backgroundImage = `linear-gradient(to right, ${stops.join(', ')})`;
  find('.ends').replaceChildren(...show.ends(range).map((text) => make('span', '', text)));
}

/** Selects a cell: it holds the only tab stop of the grid, and is shown in words and faces beside it. */
function point(i, j) {
  const at = (row, column) => find(`.cell[data-i="${row}"][data-j="${column}"]`);
  const before = find('.map .here');
  before?.classList.remove('here');
  if (before) before.tabIndex = -1;
  Object.assign(grid, { row: i, column: j });
  const here = at(i, j);
  here.classList.add('here');
  here.tabIndex = 0;
  const { look } = grid;
  find('.pair').replaceChildren(tile(look.sheets.made, i), make('span', 'arrow', '→'), tile(look.sheets.forget, j));
  find('.pair').setAttribute('aria-hidden', 'true');
  const words = `${moved(i)} → ${gone(j)}`;
  find('.cell-words').replaceChildren(
    make('strong', '', words[0].toUpperCase() + words.slice(1)),
    ...['plan', 'cost'].map((kind) => make('span', '', SHOWS[kind].words(look[kind][i][j]))),
  );
}

function moveInMap(event) {
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -99], End: [0, 99] };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  const within = (place, most) => Math.min(most - 1, Math.max(0, place));
  point(within(grid.row + move[0], grid.look.plan.length), within(grid.column + move[1], grid.look.plan[0].length));
  find('.map .here').focus();
}

function pointAt(event) {
  const here = event.target.closest('.cell');
  if (here) point(Number(here.dataset.i), Number(here.dataset.j));
}

function paintTwin() {
  if (!grid.look || !find('.numbers').open) return;
  const rows = grid.look.plan.flatMap((row, i) => row.map((value, j) => [
    `${i + 1}, ${grid.look.labels[i]}`, `${j + 1}, ${grid.look.forget_labels[j]}`, value.toFixed(2), grid.look.cost[i][j].toFixed(2),
  ]));
  fillTable(find('.twin'), ['synthesised photo', 'forgotten photo', 'plan', 'cost'], rows);
}

function showInMap(kind) {
  grid.kind = kind;
  if (grid.look) paintMap(grid.look);
}

find('.map').addEventListener('keydown', moveInMap);
find('.map').addEventListener('pointerover', pointAt);
find('.map').addEventListener('focusin', pointAt);
find('.map').addEventListener('click', pointAt);
find('.numbers').addEventListener('toggle', paintTwin);
find('.show-plan').addEventListener('click', () => showInMap('plan'));
find('.show-cost').addEventListener('click', () => showInMap('cost'));
