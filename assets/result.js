// Numbers of the badges count from before to after when a result arrives, and the address keeps the run, so that a reload
// shows it again.
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const COUNT = 1400; // milliseconds
const DELAY = 900; // after the map has begun to move
let seenMark = null;

function count(number) {
  const { from: before, to: after } = number.dataset;
  const [from, to] = [Number(before), Number(after)];
  const final = number.textContent;
  const write = (share) => (number.textContent = `${Math.round(100 * share)} %`);
  const start = performance.now() + DELAY;
  write(from);
  const step = (time) => {
    if (number.dataset.from !== before || number.dataset.to !== after) return; // gradio wrote another result into it
    const share = Math.min(1, Math.max(0, time - start) / COUNT);
    if (share < 1 && number.isConnected) {
      write(from + (to - from) * (1 - (1 - share) ** 3));
      requestAnimationFrame(step);
    } else number.textContent = final;
  };
  requestAnimationFrame(step);
}

function keepAddress(box) {
  const address = new URL(location.href);
  const wanted = box.dataset.address ? new URL(box.dataset.address, location.origin).searchParams.get('run') : null;
  if (wanted === address.searchParams.get('run') || (wanted === null && box.dataset.example === 'true' && seenMark === null)) return;
  if (wanted) address.searchParams.set('run', wanted);
  else address.searchParams.delete('run');
  history.replaceState(history.state, '', address);
}

// the same run once more, with the control or a retrained model beside it
element.addEventListener('click', (event) => {
  const model = event.target.closest('[data-beside]')?.dataset.beside;
  if (model) document.querySelector(`button#beside-${model}, #beside-${model} button`)?.click();
});

function arrived() {
  const box = element.querySelector('[data-asked]');
  if (!box) return;
  const { mark } = JSON.parse(box.dataset.asked);
  if (mark === seenMark) return;
  keepAddress(box);
  const fresh = document.querySelector('[data-state="control"], [data-state="done"]') === null || seenMark === null;
  seenMark = mark;
  if (!still() && fresh) for (const number of box.querySelectorAll('[data-to]')) count(number);
}
watch('value', () => requestAnimationFrame(arrived));
requestAnimationFrame(arrived);
