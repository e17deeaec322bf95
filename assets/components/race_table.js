// Table of a race; any column sorts it, by mouse and keyboard.

const head = find('thead tr');
const body = find('tbody');
let order = { key: 'verdict', down: true }; // the methods that pass the verdict come first

function makeHead(columns) {
  const all = [{ key: 'method', title: 'Method', note: '', down: false }, ...columns];
  const keys = all.map(({ key }) => key).join();
  if (head.dataset.keys === keys) return;
  head.dataset.keys = keys;
  head.replaceChildren(...all.map(({ key, title, note, down }) => {
    const cell = make('th');
    cell.scope = 'col';
    cell.dataset.key = key;
    const button = make('button', '', title);
    button.type = 'button';
    button.append(make('i'));
    button.addEventListener('click', () => sortBy(key, key === order.key ? !order.down : down, title));
    cell.append(button);
    if (note) cell.append(make('small', '', note));
    return cell;
  }));
}

function makeRow(row, columns) {
  const line = make('tr');
  line.dataset.method = row.method;
  line.dataset.kind = row.kind;
  const name = make('th');
  name.scope = 'row';
  const who = make('span');
  who.append(sign(row.mark), row.title);
  name.append(who);
  line.append(name);
  const scored = Object.keys(row.cells).length > 0;
  if (scored) name.append(make('small', '', row.n));
  if (scored && row.failure) name.append(make('small', 'failure', row.failure));
  if (!scored) {
    const cell = make('td', 'failure');
    cell.colSpan = columns.length;
    cell.append(make('span', '', row.failure));
    line.append(cell);
    return line;
  }
  for (const { key } of columns) line.append(makeCell(row.cells[key]));
  return line;
}

function makeCell(found) {
  const cell = make('td', found?.best ? 'best' : '', found?.text ?? '–');
  if (found?.best) cell.append(make('span', 'sr', ' (best)'));
  if (found?.label) cell.dataset.label = found.label;
  if (found?.more) cell.append(make('small', '', found.more));
  return cell;
}

/** Sorted rows; rows without the number stay at the end in both directions. */
function sorted(rows) {
  const { key, down } = order;
  const of = (row) => (key === 'method' ? row.title : row.cells[key]?.value);
  const compare = (a, b) => (typeof a === 'string' ? a.localeCompare(b, 'en') : a - b);
  return rows.toSorted((a, b) => {
    const [one, two] = [of(a), of(b)];
    if (one === undefined || two === undefined) return (one === undefined) - (two === undefined);
    if (one === two && key === 'verdict') return (b.cells.nomus?.value ?? 0) - (a.cells.nomus?.value ?? 0);
    return down ? compare(two, one) : compare(one, two);
  });
}

function paintTable(value) {
  makeHead(value.columns);
  for (const cell of head.children) {
    const mine = cell.dataset.key === order.key;
    if (mine) cell.setAttribute('aria-sort', order.down ? 'descending' : 'ascending');
    else cell.removeAttribute('aria-sort');
  }
  body.replaceChildren(...sorted(value.rows).map((row) => makeRow(row, value.columns)));
}

/** Sorts the table; the rows move to their new places, except with reduced motion. */
function sortBy(key, down, title) {
  const before = new Map([...body.children].map((row) => [row.dataset.method, row.getBoundingClientRect().top]));
  order = { key, down };
  paintTable(props.value);
  const first = key === 'verdict' ? ['best', 'worst'] : ['largest', 'smallest'];
  find('[role="status"]').textContent = `Sorted by ${title}, ${first[down ? 0 : 1]} first`;
  if (calm()) return;
  for (const row of body.children) {
    const moved = before.get(row.dataset.method) - row.getBoundingClientRect().top;
    if (moved) row.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], { duration: 260, easing: 'ease-out' });
  }
}
