// Numbers of the badges count from before to after when a result arrives, and the address keeps the run, so that a reload
// shows it again.
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const COUNT = 1400; // milliseconds
const DELAY = 900; // after the map has begun to move
let seenMark = null;

// gradio keeps the text node and writes the next result into it: a new node would hide that result
function write(number, text) {
  if (number.firstChild) number.firstChild.data = text;
}

function count(number) {
  const { from: before, to: after, shown } = number.dataset;
  const [from, to] = [Number(before), Number(after)];
  const start = performance.now() + DELAY;
  const percent = (value) => `${Math.round(100 * value)} %`;
  write(number, percent(from));
  const step = (time) => {
    if (number.dataset.from !== before || number.dataset.to !== after) return; // another result has arrived
    const share = Math.min(1, Math.max(0, time - start) / COUNT);
    if (share < 1 && number.isConnected) {
      write(number, percent(from + (to - from) * (1 - (1 - share) ** 3)));
      requestAnimationFrame(step);
    } else write(number, shown);
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
