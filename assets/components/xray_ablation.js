// Switches that leave out parts of DLFD. The server fills in the form, and the visitor starts the run.

const ablation = (name) => CONFIG.ablations.find((each) => each.name === name);
const switchedOn = () => [...element.querySelectorAll('.switches input:checked')].map((input) => input.value);

function buildSwitches() {
  find('.ablations').hidden = !CONFIG.ablations.length;
  find('.switches').replaceChildren(...CONFIG.ablations.map(({ name, title, text, sets }) => {
    const item = make('li');
    const label = item.appendChild(make('label'));
    const input = label.appendChild(Object.assign(make('input'), { type: 'checkbox', value: name }));
    input.setAttribute('role', 'switch');
    label.append(make('strong', '', title), make('code', 'spelled', sets));
    item.append(make('p', '', text.replaceAll(' ± ', '\u00a0±\u00a0'))); // a number stays on one line with its interval
    return item;
  }));
}

/** Two switches that change the same setting cannot be on together. */
function switched({ target }) {
  if (target.checked) {
    const mine = ablation(target.value).knobs;
    for (const name of switchedOn()) {
      const shared = name !== target.value && ablation(name).knobs.some((knob) => mine.includes(knob));
      if (shared) find(`.switches input[value="${name}"]`).checked = false;
    }
  }
  const names = switchedOn();
  find('.fill').disabled = !names.length;
  find('.chosen').textContent = names.map((name) => ablation(name).sets).join(', ');
}

buildSwitches();
find('.ablations-text').textContent = CONFIG.texts.ablations;
find('.switches').addEventListener('change', switched);
find('.fill').addEventListener('click', () => trigger('ablate', { names: switchedOn() }));
