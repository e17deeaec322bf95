// Pulls of each term of the objective at the pixels, and the photos changed by both objectives.

const TERMS = [{ key: 'transport', title: 'transport' }, { key: 'task', title: 'task' }];
const MODES = [{ key: 'paper', title: 'Paper' }, { key: 'released', title: 'Public code' }];

/** A bar with the length of its share of the longest, and an optional mark. */
function bar(kind, share, mark) {
  const track = make('span', 'track');
  const fill = track.appendChild(make('span', `bar ${kind}`));
  fill.style.width = `${100 * Math.min(1, share)}%`;
  if (mark !== undefined) track.appendChild(make('span', 'mark')).style.left = `${100 * mark}%`;
  track.setAttribute('aria-hidden', 'true');
  return track;
}

/** Two sentences for each objective: how many pixels follow each term. */
function paintDeciding(look) {
  find('.deciding').replaceChildren(...MODES.map(({ key, title }) => {
    const box = make('div');
    const pulls = look[key];
    const moves = (share, term, aim) => `${percent(share)} of the pixels follow the ${term}: ${aim} (50 % by chance).`;
    const none = 'The pull of the transport term is exactly zero: it moves no pixel.';
    const silent = pulls.transport.every((value) => value === 0);
    const lines = [
      ['transport', pulls.by_transport, silent ? none : moves(pulls.by_transport, 'transport term', 'move away from the forgotten people')],
      ['task', pulls.by_task, pulls.task.every((value) => value === 0) ? 'The task term has no weight at this step: it moves no pixel.' : moves(pulls.by_task, 'task term', 'keep the class readable')],
    ];
    box.append(make('h5', '', title), ...lines.map(([kind, share, words]) => {
      const line = make('div', 'decides');
      const nothing = pulls[kind].every((value) => value === 0);
      line.append(bar(kind, nothing ? 0 : share, 0.5), make('p', '', words));
      return line;
    }));
    return box;
  }));
}

/** Table of the pulls: one scale for all bars, one power of ten for all numbers. */
function paintPulls(look) {
  const all = MODES.flatMap(({ key }) => TERMS.flatMap((term) => look[key][term.key]));
  const most = Math.max(...all);
  const power = most > 0 ? Math.floor(Math.log10(most)) : 0;
  const number = (value) => (value === 0 ? '0' : (value / 10 ** power).toFixed(2));
  const top = make('thead');
  const [modes, terms] = [make('tr'), make('tr')];
  const corner = Object.assign(make('th', '', 'kept photo'), { rowSpan: 2, scope: 'col' });
  modes.append(corner, ...MODES.map(({ title }) => Object.assign(make('th', 'mode', title), { colSpan: 2, scope: 'colgroup' })));
  terms.append(...MODES.flatMap(() => TERMS.map(({ key, title }) => {
    const head = Object.assign(make('th'), { scope: 'col' });
    head.append(make('span', `swatch ${key}`), title);
    return head;
  })));
  top.append(modes, terms);
  const body = make('tbody');
  body.append(...look.labels.map((label, i) => {
    const line = make('tr');
    const head = Object.assign(make('th'), { scope: 'row' });
    const who = head.appendChild(make('span', 'who'));
    who.append(tile(look.sheets.retain, i), make('span', '', label));
    line.append(head, ...MODES.flatMap(({ key: mode }) => TERMS.map(({ key }) => {
      const value = look[mode][key][i];
      const box = make('td', '', number(value));
      box.append(bar(key, most > 0 ? value / most : 0));
      return box;
    })));
    return line;
  }));
  const unit = power === 0 ? '' : `, in units of 10${superscript(power)}`;
  find('.pulls').replaceChildren(make('caption', '', `Mean pull at a pixel${unit}; all bars share one scale`), top, body);
}

const superscript = (power) => [...String(power)].map((sign) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[sign] ?? '⁻').join('');

function paintModes({ labels, sheets, costs }) {
  photoRows(find('.modes'), labels, [
    { title: 'kept photo', sheet: sheets.retain, said: 'Kept photos' },
    { title: 'paper', note: 'change × 10', sheet: sheets.change, said: 'Change by the paper’s objective, ten times larger' },
    { title: 'paper', note: 'result', sheet: sheets.made, said: 'Result of the paper’s objective' },
    { title: 'public code', note: 'change × 10', sheet: sheets.change_released, said: 'Change by the public code’s objective, ten times larger' },
    { title: 'public code', note: 'result', sheet: sheets.made_released, said: 'Result of the public code’s objective' },
  ]);
  const most = Math.max(...costs);
  find('.costs').replaceChildren(...['as they were', 'moved as in the paper', 'moved as in the public code'].map((title, i) => {
    const box = make('div');
    const value = make('dd', '', costs[i].toFixed(3));
    value.append(bar(i ? 'transport' : 'plain', most > 0 ? costs[i] / most : 0));
    box.append(make('dt', '', title), value);
    return box;
  }));
}
