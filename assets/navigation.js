// Tabs of the page by address: #evidence, or #scores inside of it. The back button returns to the tab before.
const links = [...element.querySelectorAll('[data-tab]')];
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const tabOf = (name) => (TABS.includes(name) ? name : INSIDE[name]);
let open = 'demo';

/** Waits until gradio has made the element, which it does when a tab is first opened. Null after five seconds. */
function appears(selector) {
  const found = document.querySelector(selector);
  if (found?.checkVisibility()) return Promise.resolve(found);
  return new Promise((done) => {
    const end = (node) => {
      observer.disconnect();
      clearTimeout(timer);
      done(node);
    };
    const observer = new MutationObserver(() => {
      const node = document.querySelector(selector);
      if (node?.checkVisibility()) end(node);
    });
    const timer = setTimeout(() => end(null), 5000);
    observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['style', 'class', 'open'] });
  });
}

/** Scrolls the row of links, which is wider than a phone, until the link is in its middle; the page stays where it is. */
function bringIntoRow(link) {
  const row = link.closest('ul');
  const [outer, inner] = [row.getBoundingClientRect(), link.getBoundingClientRect()];
  row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}

function show(tab) {
  const changed = tab !== open;
  open = tab;
  document.body.dataset.tab = tab;
  for (const link of links) {
    if (link.dataset.tab === tab && link.closest('nav')) {
      link.setAttribute('aria-current', 'page');
      bringIntoRow(link);
    } else {
      link.removeAttribute('aria-current');
    }
  }
  select();
  return changed;
}

/** Selects the open tab in gradio, which makes its tabs after this script and can fall back to the first one meanwhile. */
function select() {
  const button = document.getElementById(`part-${open}-button`);
  if (button?.getAttribute('aria-selected') === 'false') button.click();
}
new MutationObserver(select).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-selected'] });

/** Opens a part by its name; ``selector`` is an element in it to scroll to. Resolves to the element, or null. */
async function openPart(name, { selector = TABS.includes(name) ? null : `#${name}`, keep = true } = {}) {
  const tab = tabOf(name);
  if (!tab) return null;
  if (keep && location.hash !== `#${name}`) history.pushState(null, '', `${location.pathname}${location.search}#${name}`);
  const changed = show(tab);
  if (!selector) {
    await appears(`#part-${tab}`); // gradio shows the tab only in a later step; nothing in it can have the focus before
    if (changed) scrollTo({ top: 0 });
    return null;
  }
  if (tab === 'evidence') await appears('#see :is(.whose, .hint)'); // painted by the server when it is opened
  const target = await appears(selector);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  target?.scrollIntoView({ behavior: calm() || changed ? 'instant' : 'smooth', block: 'start' });
  return target;
}
window.openPart = openPart;

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-tab], a[data-part]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openPart(link.dataset.tab ?? link.dataset.part);
});
element.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  const main = document.getElementById(`part-${open}`);
  main.tabIndex = -1;
  main.focus();
});
const fromAddress = () => openPart(location.hash.slice(1) || 'demo', { keep: false });
addEventListener('popstate', fromAddress);

// ---- light or dark -------------------------------------------------------------------------------------------------

const theme = element.querySelector('[data-theme]');
const dark = () => document.body.classList.contains('dark');
const paintTheme = () => theme.setAttribute('aria-pressed', String(dark()));
theme.addEventListener('click', () => {
  const address = new URL(location.href);
  document.body.classList.toggle('dark');
  address.searchParams.set('__theme', dark() ? 'dark' : 'light');
  history.replaceState(history.state, '', address);
  paintTheme();
});
new MutationObserver(paintTheme).observe(document.body, { attributes: true, attributeFilter: ['class'] });
paintTheme();

document.body.dataset.tab = 'demo';
if (tabOf(location.hash.slice(1)) && location.hash !== '#demo') {
  // gradio makes the tabs after this script
  appears('#parts').then(fromAddress);
}
