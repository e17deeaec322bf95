// Says in place of the state of a run that the line to the server is lost. Gradio notices it, says so in a corner in its
// own words, and tries again every two seconds; then it loads the page again.
const lost = element.querySelector('.lost');
const LOST = 'Connection to the server was lost';

function lineLost(toast) {
  document.body.dataset.line = 'lost';
  lost.hidden = false;
  const words = [...toast.querySelectorAll('*')].filter((each) => each.textContent.includes(LOST)).at(-1);
  if (words) words.textContent = lost.textContent; // seen on every part of the page
}

new MutationObserver((changes) => {
  if (!lost.hidden) return;
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      const toast = node.closest('.toast-body') ?? node.querySelector('.toast-body');
      if (toast?.textContent.includes(LOST)) lineLost(toast);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
