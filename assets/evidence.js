// Panels that the visitor has opened stay open when a later report of the run paints them anew, as the control does.
const opened = new Set();
const nameOf = (details) => details.dataset.panel ?? `${details.closest('[data-panel]')?.dataset.panel} numbers`;

element.addEventListener('toggle', ({ target }) => {
  if (!target.isConnected || target.tagName !== 'DETAILS') return;
  if (target.open) opened.add(nameOf(target));
  else opened.delete(nameOf(target));
}, true); // it does not bubble

new MutationObserver(() => {
  for (const details of element.querySelectorAll('details:not([open])')) {
    if (opened.has(nameOf(details))) details.open = true;
  }
}).observe(element, { childList: true, subtree: true });
