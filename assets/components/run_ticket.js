// Keeps the ticket of a job in this browser tab, over a reload, and the address of a run that goes on.
const place = `dlfd-${JOB}:${location.pathname}`;
const button = element.querySelector('button');
let answered = false;

function keep(ticket) {
  try {
    if (ticket) sessionStorage.setItem(place, ticket);
    else if (ticket === '') sessionStorage.removeItem(place);
  } catch {
    // a browser that keeps nothing: a reload then shows a run by its address alone
  }
}

/** Writes the address of a run that goes on; others who open it see the run. Else that of the result on the page. */
function show(part) {
  const wanted = new URLSearchParams(part || document.querySelector('#verdict [data-address]')?.dataset.address);
  const address = new URL(location.href);
  for (const name of ['run', 'watch']) {
    if (wanted.has(name)) address.searchParams.set(name, wanted.get(name));
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, '', address);
  button.hidden = !wanted.has('watch');
}

button?.addEventListener('click', async () => {
  const title = button.textContent;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Copy it from the address bar'; // no permission, or a page without https
  }
  setTimeout(() => (button.textContent = title), 2500);
});

watch('value', () => {
  const { ticket, address } = props.value ?? {};
  answered ||= ticket !== undefined;
  keep(ticket);
  if (address) show(address);
  else if (address === '') setTimeout(() => show(''), 200); // after the result is on the page
});

/** Asks for the job of before a reload until the server answers: gradio hears nothing before it is ready. */
function ask(ticket, left) {
  if (answered || !left) return;
  trigger('select', { ticket });
  setTimeout(() => ask(ticket, left - 1), 1500);
}

if (JOB !== 'run') {
  try {
    const ticket = sessionStorage.getItem(place);
    if (ticket) ask(ticket, 6);
  } catch {
    // as above
  }
}
