// Lessons in a panel beside the page: one open at a time, with one step at a time. The server fills the page's fields, and
// answers with numbers of the run that the page shows; the result on the stage holds its request.
const panel = element.querySelector('.lesson-panel');
const lessons = [...element.querySelectorAll('[data-lesson]')];
const current = () => (panel.hidden ? undefined : lessons.find((lesson) => !lesson.hidden));
const chosen = (lesson) => lesson.querySelector('input[type="radio"]:checked');
const answerOf = (lesson) => lesson.querySelector('[data-answer]');
const done = new Set(); // lessons whose answer was seen, as long as the page is open
const VIEWS = { map: 'map', curves: 'curves', explorer: 'attacker' };

function say(button, sentence) {
  button.parentElement.querySelector('[data-said]').textContent = sentence;
}

function paintCards() {
  const name = current()?.dataset.lesson;
  for (const card of document.querySelectorAll('#lessons [data-open]')) {
    card.setAttribute('aria-expanded', String(card.dataset.open === name));
    card.classList.toggle('done', done.has(card.dataset.open));
  }
}

function open(name) {
  for (const lesson of lessons) lesson.hidden = lesson.dataset.lesson !== name;
  panel.hidden = false;
  document.body.classList.add('with-lesson');
  window.openPart('demo', { keep: document.body.dataset.tab !== 'demo' });
  history.replaceState(null, '', `${location.pathname}${location.search}#lesson-${name}`);
  paintCards();
  panel.scrollTop = 0;
  current().querySelector('h2').focus({ preventScroll: true });
}

function close() {
  const name = current()?.dataset.lesson;
  panel.hidden = true;
  document.body.classList.remove('with-lesson');
  if (location.hash.startsWith('#lesson-')) history.replaceState(null, '', `${location.pathname}${location.search}#${document.body.dataset.tab}`);
  paintCards();
  const card = document.querySelector(`#lessons [data-open="${name}"]`);
  (card?.checkVisibility() ? card : document.querySelector('#navigation [aria-current]')).focus();
}

function step(lesson, number, focus) {
  for (const part of lesson.querySelectorAll('[data-part]')) part.hidden = part.dataset.part !== number;
  for (const button of lesson.querySelectorAll('.lesson-bar [data-step]')) {
    if (button.dataset.step === number) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  }
  if (focus) lesson.querySelector(`[data-part="${number}"]`).focus();
}

/** Opens the tab of the target and folded parts on the way. */
async function look(link) {
  const missing = link.closest('[data-part]').querySelector('[data-missing]');
  missing.hidden = true;
  const { place, look: selector } = link.dataset;
  await window.openPart(VIEWS[place] ? 'demo' : place, { keep: true });
  if (VIEWS[place]) document.getElementById(`view-${VIEWS[place]}-button`)?.click();
  const target = await window.openPart(VIEWS[place] ? 'demo' : place, { selector, keep: false });
  if (!target) {
    missing.hidden = false;
    return;
  }
  if (link.hash === '#explorer-original') {
    const models = target.querySelector('select.model');
    models.value = [...models.options].find(({ text }) => text === 'Original').value;
    models.dispatchEvent(new Event('change'));
  }
  const folds = target.matches('details') ? [target] : [...target.querySelectorAll('details.explorer')];
  for (let up = target.parentElement; up; up = up.parentElement) if (up.tagName === 'DETAILS') folds.push(up);
  for (const fold of folds) fold.open = true;
  target.querySelector(':scope > button.label-wrap:not(.open)')?.click();
  if (!target.matches('a, button, input, summary')) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.classList.add('pointed-out');
  setTimeout(() => target.classList.remove('pointed-out'), 2500);
}

// The request of the run that the page shows, or null.
function shown() {
  const box = document.querySelector('#verdict [data-asked]');
  return box ? JSON.parse(box.dataset.asked) : null;
}

function act(lesson, button) {
  if (document.querySelector('#run').disabled) {
    say(button, 'Another run is not finished. Wait for its end or cancel it, then press again.');
    return;
  }
  answerOf(lesson).textContent = ''; // it was about another run
  window.openPart('demo');
  if (button.dataset.do === 'run') {
    trigger('run', { lesson: lesson.dataset.lesson });
    say(button, 'The run has started. Watch the map; go on when the result is there.');
  } else {
    trigger('example', { lesson: lesson.dataset.lesson });
    say(button, 'The page shows the finished example. Go on with Look.');
  }
}

async function reveal(lesson, button) {
  const place = answerOf(lesson);
  button.disabled = true;
  const question = { lesson: lesson.dataset.lesson, choice: Number(chosen(lesson).value), shown: shown() };
  try {
    const found = await server.lesson_answer(JSON.stringify(question));
    if (found.error) place.textContent = found.error;
    else {
      // the server has escaped every text in it, and a parsed document runs no scripts
      const made = new DOMParser().parseFromString(found.html, 'text/html');
      place.replaceChildren(...made.body.childNodes);
      done.add(lesson.dataset.lesson);
      paintCards();
    }
  } catch {
    place.textContent = 'The answer could not be shown just now.';
  }
  button.disabled = false;
}

async function sheet(lesson, button) {
  button.disabled = true;
  try {
    const answer = await server.lesson_sheet(lesson.dataset.lesson);
    if (answer.error) throw new Error(answer.error);
    save(answer);
    say(button, 'Saved. Open the file and print it; the last page is for you.');
  } catch {
    say(button, 'The worksheet could not be made just now.');
  }
  button.disabled = false;
}

function onClick(target, lesson, event) {
  if (target.dataset.step) step(lesson, target.dataset.step, 'next' in target.dataset);
  else if (target.dataset.do) act(lesson, target);
  else if ('reveal' in target.dataset) reveal(lesson, target);
  else if ('sheet' in target.dataset) sheet(lesson, target);
  else if ('close' in target.dataset) close();
  else if (target.dataset.look) {
    event.preventDefault();
    look(target);
  }
}

document.addEventListener('click', (event) => {
  const target = event.target.closest?.('button, [data-look]');
  if (target?.dataset.open && target.closest('#lessons, #lesson-desk')) {
    if (current()?.dataset.lesson === target.dataset.open && target.closest('#lessons')) close();
    else open(target.dataset.open);
  } else if (target && element.contains(target)) onClick(target, target.closest('[data-lesson]'), event);
});
panel.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') close();
});
element.addEventListener('change', (event) => {
  if (!event.target.matches('input[type="radio"]')) return;
  const lesson = event.target.closest('[data-lesson]');
  lesson.querySelector('[data-reveal]').disabled = false;
  lesson.querySelector('[data-first]').hidden = true;
  answerOf(lesson).textContent = ''; // it was about another prediction
});
// the cards are made when their tab is first opened
document.getElementById('part-lessons-button')?.addEventListener('click', () => setTimeout(paintCards, 100));
const named = /^#lesson-(.+)$/.exec(location.hash)?.[1];
if (lessons.some((lesson) => lesson.dataset.lesson === named)) {
  const wait = () => (window.openPart && document.getElementById('who') ? open(named) : setTimeout(wait, 50));
  wait();
}
