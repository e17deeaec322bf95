// Language switch. The choice is stored in the address only (?lang=ko), so nothing is kept in the browser.
const choice = element.querySelector('select');
const trouble = element.querySelector('[data-trouble]');
const codes = [...choice.options].map((option) => option.value);
let stop = null; // restores the English texts; null while the page is in English
let wanted = 'en';

/** The dictionary, or ``{ error: sentence }``; also when the connection is lost. */
async function loaded(code) {
  const lost = { error: 'This language could not be loaded just now.' };
  try {
    return (await server.words(code)) ?? lost;
  } catch {
    return lost;
  }
}

async function change(code) {
  wanted = code;
  trouble.textContent = '';
  const words = code === 'en' ? {} : await loaded(code);
  if (wanted !== code) return; // changed again meanwhile
  stop?.();
  stop = null;
  choice.value = words.error ? 'en' : code;
  trouble.textContent = words.error ?? '';
  if (code !== 'en' && !words.error) stop = speak(code, dictionary(words));
}

/** The first language: from the address, else the browser's if the page has it, else English. */
function first() {
  const asked = new URLSearchParams(location.search).get('lang');
  if (codes.includes(asked)) return asked;
  return codes.find((code) => navigator.language.toLowerCase().split('-')[0] === code) ?? 'en';
}

choice.addEventListener('change', () => {
  const address = new URL(location.href);
  address.searchParams.set('lang', choice.value);
  history.replaceState(history.state, '', address);
  change(choice.value);
});

document.documentElement.lang ||= 'en';
if (first() !== 'en') {
  choice.value = first();
  change(first());
}
