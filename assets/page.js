// The buttons below the proof. `element` outlives the repaints inside it, so one listener is enough.
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy], [data-receipt]');
  if (!button) return;
  if (button.dataset.receipt) saveReceipt(button);
  else copyCommand(button);
});

async function copyCommand(button) {
  const code = button.parentElement.querySelector('code');
  let done = true;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // no permission, or a page without https: select the text, so that a key press copies it
    getSelection().selectAllChildren(code);
    done = false;
  }
  button.textContent = done ? 'Copied' : 'Selected: press Ctrl+C';
  setTimeout(() => { button.textContent = 'Copy command'; }, 2500);
}

// The server answers with the file's bytes and keeps nothing; the browser saves them.
async function saveReceipt(button) {
  const box = button.closest('[data-asked]');
  const say = (sentence) => {
    const place = box.querySelector('[data-said]');
    place.textContent = sentence;
    place.hidden = !sentence;
  };
  button.disabled = true;
  say('Making the receipt; this takes a second or two.');
  try {
    const asked = { ...JSON.parse(box.dataset.asked), kind: button.dataset.receipt };
    const answer = await server.receipt(JSON.stringify(asked));
    if (answer.error) {
      say(answer.error);
    } else {
      save(answer);
      say('The receipt was saved.');
    }
  } catch {
    say('The receipt could not be made just now.');
  } finally {
    button.disabled = false;
  }
}
