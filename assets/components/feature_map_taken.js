// What can be done with the selected photos: forget their people, show only them, save them as a table.

const taken = find('.taken');
const TRAINED = ['forget', 'retain']; // sets whose people were in training
const FORMULA = /^[=+\-@\t\r]/; // first characters that a spreadsheet reads as a formula

/** People of the selection who were in training: only these can be forgotten. */
const forgettable = () => peopleOf([...selected].filter((i) => TRAINED.includes(setOf(i).name)));

function tellChosen(people, act) {
  element.dispatchEvent(new CustomEvent('people-chosen', { bubbles: true, detail: { people: people.map((k) => map.ids[k]), act } }));
}

function showTaken() {
  taken.hidden = !selected.size;
  if (selected.size) {
    const people = forgettable();
    find('.taken .said').textContent = only ? `Only ${count([...selected])} shown` : count([...selected]);
    const forget = find('.taken .forget');
    forget.textContent = people.length ? `Forget ${people.length === 1 ? 'this person' : `these ${people.length} people`}` : 'None of them was in training';
    forget.disabled = !people.length;
    const pressed = find('.taken .only');
    pressed.setAttribute('aria-pressed', String(only));
  }
  if (hot >= 0 && !visible(hot)) point(-1);
  redraw();
}

function csvCell(value) {
  const text = String(value);
  const inert = FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** The selected photos as CSV: one line for each, with the answer, the loss and the place of each model. */
function takenCsv() {
  const head = ['photo', 'person', 'name', 'set', 'true_class'];
  for (const model of map.models) head.push(`answer_${model}`, `loss_${model}`, `x_${model}`, `y_${model}`);
  const rows = [...selected].sort((a, b) => a - b).map((i) => {
    const cells = [i, map.ids[map.person[i]], personName(i), setOf(i).name, className(map.label[i])];
    for (const model of map.models) {
      const { predicted, losses, places } = map.views[model];
      cells.push(className(predicted[i]), losses[i].toPrecision(4), places[2 * i].toFixed(4), places[2 * i + 1].toFixed(4));
    }
    return cells;
  });
  return `${[head, ...rows].map((cells) => cells.map(csvCell).join(',')).join('\n')}\n`;
}

const USES = {
  '.forget': () => {
    const people = forgettable();
    tellChosen(people, 'forget');
    say(`${plural(people.length, 'person is', 'people are')} picked to be forgotten.`);
    find('.taken .said').textContent = find('.told').textContent;
  },
  '.only': () => {
    only = !only;
    tellChosen(only ? peopleOf([...selected]) : [], 'show');
    showTaken();
  },
  '.theirs': () => {
    const people = new Set(peopleOf([...selected]));
    take([...map.person.keys()].filter((i) => people.has(map.person[i])), false);
  },
  '.csv': () => saveBlob(`map-${map.key}-selection.csv`, new Blob([takenCsv()], { type: 'text/csv' })),
  '.clear': () => {
    clearTaken();
    panes[0].canvas.focus();
  },
};
for (const [button, use] of Object.entries(USES)) find(`.taken ${button}`).addEventListener('click', use);
for (const kind of ['lasso', 'box']) {
  find(`.tools .${kind}`).addEventListener('click', () => chooseTool(tool === kind ? '' : kind));
}
