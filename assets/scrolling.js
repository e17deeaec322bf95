// Marks parts that go on to the right (tables and figures on a narrow screen), so that the style sheet can show it.
const SCROLLS = '.scroll, .wide';

function markMore(box) {
  const more = box.scrollWidth - box.clientWidth - box.scrollLeft > 4;
  if (box.hasAttribute('data-more') !== more) box.toggleAttribute('data-more', more);
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => markMore(target.matches(SCROLLS) ? target : target.closest(SCROLLS))));
const watched = new WeakSet();

function watchNew() {
  for (const box of document.querySelectorAll(SCROLLS)) {
    for (const each of [box, ...box.children]) {
      if (watched.has(each)) continue;
      watched.add(each);
      sizes.observe(each);
    }
  }
}

document.addEventListener('scroll', ({ target }) => target.matches?.(SCROLLS) && markMore(target), { capture: true, passive: true });
let waiting = 0;
new MutationObserver(() => {
  waiting ||= setTimeout(() => {
    waiting = 0;
    watchNew();
  }, 200);
}).observe(document.documentElement, { childList: true, subtree: true });
