// Buttons for command, link and files. `element` stays when its content is repainted, so one listener is enough.
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy], [data-link], [data-file]');
  if (!button) return;
  if (button.dataset.file) saveFile(button);
  else if (button.dataset.link) copyLink(button);
  else copyCommand(button);
});

function say(button, sentence) {
  const place = button.closest('[data-asked]').querySelector('[data-said]');
  place.textContent = sentence;
  place.hidden = !sentence;
  return place;
}

/** Copies text; false without permission, or on a page without https. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// Keeps the text node itself, because its text may be translated meanwhile.
const titles = new WeakMap();

function answer(button, done) {
  if (!titles.has(button)) titles.set(button, button.firstChild);
  button.replaceChildren(done ? 'Copied' : 'Selected: press Ctrl+C');
  setTimeout(() => button.replaceChildren(titles.get(button)), 2500);
}

async function copyCommand(button) {
  const code = button.parentElement.querySelector('code');
  const done = await copied(code.textContent);
  if (!done) getSelection().selectAllChildren(code); // a key press copies it then
  answer(button, done);
}

// The server does not know the page's public address, so the link is completed here.
async function copyLink(button) {
  const link = new URL(button.dataset.link, location.origin + location.pathname).href;
  const done = await copied(link);
  if (done) say(button, 'The link opens this page with the same settings. It also shows the result as long as the server has it in memory.');
  else getSelection().selectAllChildren(say(button, link));
  answer(button, done);
}

/** The mark of the result that a part of the page shows, or null. */
const seen = (part) => document.querySelector(`${part} [data-mark]`)?.dataset.mark ?? null;

// The server sends the file's bytes and keeps nothing; the browser saves them.
async function saveFile(button) {
  button.disabled = true;
  say(button, 'Making the file; this takes a second or two.');
  try {
    const shown = { relearn: seen('#relearn-result'), sequence: seen('#sequence-result') };
    const run = JSON.parse(button.closest('[data-asked]').dataset.asked);
    const found = await server.run_file(JSON.stringify({ ...run, ...shown, kind: button.dataset.file }));
    if (!found.error) save(found);
    say(button, found.error ?? `${found.name} was saved. ${found.note}`.trim());
  } catch {
    say(button, 'The file could not be made just now.');
  } finally {
    button.disabled = false;
  }
}
