// Keeps the ticket of a job in this browser tab, over a reload, and the address of a run that goes on.
const place = `dlfd-${JOB}:${location.pathname}`;
const button = element.querySelector('button');

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
  const { ticket, address, again } = props.value ?? {};
  keep(ticket);
  if (again) trigger('select', { ticket: again });
  if (address) show(address);
  else if (address === '') setTimeout(() => show(''), 200); // after the result is on the page
});

/** Until the run of a link is on the page, a press of Forget would start another one: it is kept from the button. */
function holdForget() {
  const forget = document.querySelector('#run');
  const status = document.querySelector('#status');
  if (!forget || !status) return;
  const stop = (event) => event.stopImmediatePropagation();
  const opened = () => {
    forget.removeEventListener('click', stop, true);
    forget.removeAttribute('aria-disabled');
    observer.disconnect();
  };
  const observer = new MutationObserver(opened);
  forget.addEventListener('click', stop, true);
  forget.setAttribute('aria-disabled', 'true');
  observer.observe(status, { subtree: true, childList: true, characterData: true });
  setTimeout(opened, 20000); // a server that does not answer
}

/** Asks for the job of before a reload, or for the run in the address; a page without either sends nothing. */
function ask() {
  let ticket = null;
  try {
    ticket = sessionStorage.getItem(place);
  } catch {
    // as above
  }
  const linked = JOB === 'run' && ['run', 'watch'].some((name) => new URL(location.href).searchParams.has(name));
  if (linked) holdForget();
  if (ticket || linked) trigger('select', { ticket });
}

if ('ready' in document.documentElement.dataset) ask();
else document.addEventListener('page-ready', ask, { once: true });
