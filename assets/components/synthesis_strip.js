// Latest recorded step of a run's synthesis. A value arrives only when there is a new one.

const SAID = {
  waiting: 'none yet in this run',
  none: 'no photo was synthesised along the gradient in this run',
};
let columns = 6; // as many empty places as there were photos, so that the layout does not change

function paint() {
  const value = props.value ?? {};
  find('.strip').hidden = !value.state;
  if (!value.state) return;
  const { state, labels, step, total, weight, sheets = {} } = value;
  columns = labels?.length ?? columns;
  find('.when').textContent = SAID[state] ?? `at step ${step} of ${total}, weight of the task λ_r = ${weight}`;
  photoRows(find('.photos'), labels ?? Array(columns).fill(''), [
    { title: 'kept photo', sheet: sheets.retain, said: 'Kept photos' },
    { title: 'change', note: '× 10', sheet: sheets.change, said: 'Their change, ten times larger' },
    { title: 'result', sheet: sheets.made, said: 'The synthesised photos' },
  ]);
}

find('.note').textContent = CONFIG.how;
watch('value', paint);
paint();
