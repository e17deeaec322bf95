// Lessons: one open at a time, with one step at a time. The server fills the page's fields, and answers with numbers of the
// run that the page shows; the take-away block holds its request.
const lessons = [...element.querySelectorAll('[data-lesson]')];
const back = element.querySelector('.lesson-back');
const current = () => lessons.find((lesson) => !lesson.hidden);
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const chosen = (lesson) => lesson.querySelector('input[type="radio"]:checked');
const answerOf = (lesson) => lesson.querySelector('[data-answer]');

function say(button, sentence) {
  button.parentElement.querySelector('[data-said]').textContent = sentence;
}

function bring(target, focus = target) {
  target.scrollIntoView({ behavior: calm() ? 'auto' : 'smooth', block: 'start' });
  if (!focus.matches('a, button, input, summary')) focus.tabIndex = -1;
  focus.focus({ preventScroll: true });
}

function open(name) {
  const closing = current()?.dataset.lesson === name;
  for (const lesson of lessons) lesson.hidden = closing || lesson.dataset.lesson !== name;
  for (const card of element.querySelectorAll('[data-open]')) {
    card.setAttribute('aria-expanded', String(!closing && card.dataset.open === name));
  }
  back.hidden = true;
  if (!closing) bring(current(), current().querySelector('h3'));
}

function step(lesson, number, focus) {
  for (const part of lesson.querySelectorAll('[data-part]')) part.hidden = part.dataset.part !== number;
  for (const button of lesson.querySelectorAll('.lesson-bar [data-step]')) {
    if (button.dataset.step === number) button.setAttribute('aria-current', 'step');
    else button.removeAttribute('aria-current');
  }
  if (focus) lesson.querySelector(`[data-part="${number}"]`).focus();
}

// Opens folded parts on the way: panels directly, gradio's accordions by their button.
function look(link) {
  const target = document.querySelector(link.dataset.look);
  if (!target) {
    link.closest('[data-part]').querySelector('[data-missing]').hidden = false;
    return;
  }
  const folds = target.matches('details') ? [target] : [...target.querySelectorAll('details.explorer')];
  for (let up = target.parentElement; up; up = up.parentElement) if (up.tagName === 'DETAILS') folds.push(up);
  for (const fold of folds) fold.open = true;
  target.querySelector(':scope > button.label-wrap:not(.open)')?.click();
  bring(target);
  back.hidden = false;
}

// The request of the run that the page shows, or null.
function shown() {
  const box = document.querySelector('#take-away [data-asked]');
  return box ? JSON.parse(box.dataset.asked) : null;
}

function act(lesson, button) {
  if (document.querySelector('#run').disabled) {
    say(button, 'Another run is not finished. Wait for its end or cancel it, then press again.');
    return;
  }
  answerOf(lesson).textContent = ''; // it was about another run
  if (button.dataset.do === 'run') {
    trigger('run', { lesson: lesson.dataset.lesson });
    say(button, 'The fields are filled in and the run starts. You can watch it under Forget.');
  } else {
    trigger('example', { lesson: lesson.dataset.lesson });
    say(button, 'The finished example is shown under See and Prove.');
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
    say(button, 'Saved. Open the file and print it; page two is for you.');
  } catch {
    say(button, 'The worksheet could not be made just now.');
  }
  button.disabled = false;
}

element.addEventListener('click', (event) => {
  const target = event.target.closest('button, [data-look]');
  if (!target || !element.contains(target)) return;
  const lesson = target.closest('[data-lesson]');
  if (target.dataset.open) open(target.dataset.open);
  else if (target.dataset.step) step(lesson, target.dataset.step, 'next' in target.dataset);
  else if (target.dataset.do) act(lesson, target);
  else if ('reveal' in target.dataset) reveal(lesson, target);
  else if ('sheet' in target.dataset) sheet(lesson, target);
  else if ('back' in target.dataset) {
    back.hidden = true;
    bring(current(), current().querySelector('[aria-current="step"]'));
  } else if (target.dataset.look) {
    event.preventDefault();
    look(target);
  }
});

element.addEventListener('change', (event) => {
  if (!event.target.matches('input[type="radio"]')) return;
  const lesson = event.target.closest('[data-lesson]');
  lesson.querySelector('[data-reveal]').disabled = false;
  lesson.querySelector('[data-first]').hidden = true;
  answerOf(lesson).textContent = ''; // it was about another prediction
});
