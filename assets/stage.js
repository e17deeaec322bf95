// The drawer with the settings of a run, and the film of the first visit: the map plays once, then the numbers count.
const button = element.querySelector('[data-adjust]');
const drawer = () => document.getElementById('adjust');
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function turn(on, focus = true) {
  const box = drawer();
  box.classList.toggle('open', on);
  button.setAttribute('aria-expanded', String(on));
  if (focus) (on ? box.querySelector('h2') : button).focus({ preventScroll: true });
}

button.addEventListener('click', () => turn(button.getAttribute('aria-expanded') !== 'true'));
document.addEventListener('adjust-run', ({ detail }) => turn(detail.open, false));
document.addEventListener('click', (event) => {
  if (event.target.closest?.('#adjust [data-shut]')) turn(false);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && event.target.closest?.('#adjust')) turn(false);
});

/** The line below the button names the chosen method and preset. */
function paintMethod() {
  const chosen = [...(drawer()?.querySelectorAll('.methods input:checked, .presets input:checked') ?? [])]
    .filter((each) => each.closest('.block')?.style.display !== 'none')
    .map((each) => each.closest('label').textContent.trim());
  element.querySelector('[data-method]').textContent = chosen.join(', ');
}

function watchMethod() {
  const box = drawer();
  if (!box) return requestAnimationFrame(watchMethod);
  box.addEventListener('change', () => setTimeout(paintMethod, 100));
  new MutationObserver(paintMethod).observe(box, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
  return paintMethod();
}
watchMethod();

/** Plays the map of a finished run once; after a run that was shown live, the map itself comes to rest at the end. */
function play() {
  const map = document.getElementById('map');
  if (map && !live) map.dispatchEvent(new CustomEvent('map-play'));
  live = false;
}
let live = false;
document.addEventListener('map-begin', () => { live = true; }, true);
document.addEventListener('map-stop', () => { live = false; }, true);
document.addEventListener('play-map', () => requestAnimationFrame(play));

/** Waits for the first map, then plays it. */
function opening(left = 100) {
  if (document.querySelector('#map canvas')?.clientWidth) setTimeout(play, calm() ? 0 : 700);
  else if (left) setTimeout(() => opening(left - 1), 100);
}
opening();
