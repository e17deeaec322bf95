// Restores opened panels and chosen options after a later report of the same run (with the control) repaints the panels.
const opened = new Set();
const chosen = new Map();
const nameOf = (details) => details.dataset.panel ?? `${details.closest('[data-panel]')?.dataset.panel} numbers`;

element.addEventListener('toggle', ({ target }) => {
  if (!target.isConnected || target.tagName !== 'DETAILS') return;
  if (target.open) opened.add(nameOf(target));
  else opened.delete(nameOf(target));
}, true); // it does not bubble

element.addEventListener('change', ({ target }) => {
  if (target.type === 'radio') chosen.set(target.name, target.value);
});

new MutationObserver(() => {
  for (const details of element.querySelectorAll('details:not([open])')) {
    if (opened.has(nameOf(details))) details.open = true;
  }
  for (const [name, value] of chosen) {
    const choice = [...element.querySelectorAll('input[type=radio]')].find((each) => each.name === name && each.value === value);
    if (choice) choice.checked = true;
  }
}).observe(element, { childList: true, subtree: true });
