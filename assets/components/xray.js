// Chooses the recorded step that is shown. Steps are requested one at a time after the part is opened, and cached while the
// run is shown.

const WAITING = 'The run is almost finished; you can open its steps in a moment.';
const LOADING = 'Loading the photos of this step …';
const FAILED = 'The step could not be loaded just now.';

let shown = { key: '', looks: new Map() }; // the run, and its steps that have arrived
let number = 0;

const open = () => find('.xray').open;
const run = () => props.value ?? {};

function say(sentence, again = false) {
  find('.state').textContent = sentence;
  find('.again').hidden = !again;
}

async function ask() {
  const [{ asked }, { looks, key }, wanted] = [run(), shown, number];
  say(LOADING);
  let answer;
  try {
    answer = await server.look(JSON.stringify({ ...asked, number: wanted }));
  } catch {
    // handled as a missing answer
  }
  answer ??= { error: FAILED };
  if (!answer.error) looks.set(wanted, answer);
  if (key !== shown.key || wanted !== number) return; // the visitor has chosen another step meanwhile
  if (answer.error) say(answer.error, true);
  else paint();
}

/** Paints the chosen step, or a sentence in its place. */
function paint() {
  if (!open()) return;
  const { steps = [], asked } = run();
  if (!steps.length) return say('');
  const look = shown.looks.get(number);
  find('.look').classList.toggle('old', !look);
  find('.look').setAttribute('aria-busy', !look);
  paintStep(look);
  if (look) {
    find('.looks').hidden = false;
    say('');
    paintMap(look);
    paintTwin();
    paintDeciding(look);
    paintPulls(look);
    paintModes(look);
  } else if (asked) ask();
  else say(WAITING);
}

function paintStep(look) {
  const { steps, total } = run();
  const words = `step ${steps[number]} of ${total}`;
  find('.step').max = steps.length - 1;
  find('.step').value = number;
  find('.step').setAttribute('aria-valuetext', words);
  find('.back').disabled = number === 0;
  find('.on').disabled = number === steps.length - 1;
  const weight = look ? `, weight of the task λ_r = ${look.weight}` : '';
  find('.at').textContent = `${words[0].toUpperCase()}${words.slice(1)}${weight}`;
}

function goTo(next) {
  number = Math.min(run().steps.length - 1, Math.max(0, next));
  paint();
}

function load() {
  const { steps = [], finding = '', asked } = run();
  const key = JSON.stringify([steps, finding, asked?.request ?? null]);
  if (key !== shown.key) {
    shown = { key, looks: new Map() };
    number = Math.max(0, steps.length - 1);
    find('.looks').hidden = true;
  }
  find('.xray').hidden = !finding;
  find('.finding').textContent = finding;
  find('.steps').hidden = steps.length < 2;
  paint();
}

for (const name of ['how', 'plan', 'pulls', 'modes', 'released']) {
  find(name === 'how' ? '.how' : `.${name}-text`).textContent = CONFIG.texts[name];
}
find('.xray').addEventListener('toggle', paint);
find('.step').addEventListener('input', () => goTo(find('.step').valueAsNumber));
find('.back').addEventListener('click', () => goTo(number - 1));
find('.on').addEventListener('click', () => goTo(number + 1));
find('.again').addEventListener('click', paint);
let theme = null;
onLook(() => {
  if (theme === dark()) return;
  theme = dark();
  if (grid.look && open()) paintMap(grid.look);
});
watch('value', load);
load();
