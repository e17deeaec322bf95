// The copy button in the proof. `element` outlives the repaints inside it, so one listener is enough.
element.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
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
});
