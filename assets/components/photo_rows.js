// Rows of small pictures below column names, for the synthesis strip and for "Look inside".

/** One picture of a sheet, in the size of the tile; empty without a sheet. */
function tile(sheet, number) {
  const node = make('span', 'tile');
  if (!sheet) return node;
  const [across, down] = [sheet.columns, Math.ceil(sheet.count / sheet.columns)];
  const share = (place, of) => `${of > 1 ? (100 * place) / (of - 1) : 0}%`;
  const look = { sheet: `url(${sheet.address})`, across, down, x: share(number % across, across), y: share(Math.floor(number / across), down) };
  for (const [name, value] of Object.entries(look)) node.style.setProperty(`--${name}`, value);
  return node;
}

/** @param rows of { title, note, sheet, said }: name of a row, and its label for screen readers */
function photoRows(holder, heads, rows) {
  holder.style.setProperty('--columns', heads.length);
  const top = make('div', 'photo-line photo-heads');
  const names = make('div', 'photo-row');
  for (const head of heads) names.append(Object.assign(make('span', 'photo-head', head), { title: head }));
  top.append(make('span', 'photo-name'), names);
  holder.replaceChildren(top, ...rows.map(({ title, note = '', sheet, said }) => {
    const line = make('div', 'photo-line');
    const name = line.appendChild(make('span', 'photo-name', title));
    if (note) name.append(' ', make('small', '', note));
    const row = line.appendChild(make('div', 'photo-row'));
    if (sheet) {
      row.setAttribute('role', 'img');
      row.setAttribute('aria-label', `${said}: ${heads.join('; ')}`);
    }
    row.append(...heads.map((_, i) => tile(sheet, i)));
    return line;
  }));
}
