// From dropped photos to people that the classifier has learned. The server sends the progress of teaching; this script
// holds everything else.

let halted = false; // the visitor has stopped the reading
let reading = false;
let returned = false; // photos of before a reload are still on the server
let known = null; // stamp of the server's last message

const show = (selector, visible) => { find(selector).hidden = !visible; };
const stage = () => props.value?.stage ?? 'empty';

function say(selector, sentence, focus = false) {
  const place = find(selector);
  place.textContent = sentence;
  place.hidden = !sentence;
  if (sentence && focus) place.focus();
}

function work(sentence, share) {
  show('.work', Boolean(sentence));
  if (!sentence) return;
  find('.doing').textContent = sentence;
  find('.work progress').value = share;
}

function fail(error) {
  say('.error', error.told ? error.message : 'Something went wrong while sending; send your photos again.', true);
}

// ---- reading -------------------------------------------------------------------------------------------------------

async function take(files) {
  if (reading || stage() === 'teaching') return;
  [reading, halted, persons, skipped, unusable] = [true, false, [], [], []];
  for (const place of ['.end', '.error']) say(place, '');
  paintFound();
  try {
    remember((await ask('own_start', {})).secret);
    const sent = await sendAll(files.filter(({ path }) => !JUNK.test(path)));
    if (sent && !halted) await lookAll();
  } catch (error) {
    if (!halted) fail(error);
  } finally {
    reading = false;
    work('');
    find('.files').value = '';
    find('.tree').value = '';
    paintFound(true);
  }
}

async function sendAll(files) {
  const total = files.length;
  const sound = await canvasIsSound();
  show('.unsound', !sound && files.some(({ file }) => !isZip(file)));
  let bytes = 0;
  let sent = 0;
  for (const [number, one] of files.entries()) {
    if (halted) return 0;
    const doing = `Preparing ${total === 1 ? 'the file' : `file ${number + 1} of ${total}`}`;
    work(doing, number / total);
    const blob = isZip(one.file) ? one.file : await redrawn(one.file, sound);
    if (blob === null) {
      skipped.push({ name: one.path, sentence: 'This browser cannot open it as a photo; save it as JPEG and send it again.' });
      continue;
    }
    bytes += blob.size;
    if (bytes > CONFIG.largest) {
      throw Object.assign(new Error(`More than ${megabytes(CONFIG.largest)} is too much at once; send fewer photos.`), { told: true });
    }
    let here = 0;
    await sendFile(number, one, blob, () => halted, (piece) => {
      here += piece;
      work(`Sending ${total === 1 ? 'the file' : `file ${number + 1} of ${total}`}`, (number + here / blob.size) / total);
    });
    sent += 1;
  }
  return sent;
}

async function lookAll() {
  const { photos, skipped: refused } = await ask('own_read', { cropped: find('.cropped').checked });
  skipped.push(...refused);
  for (let done = 0; done < photos && !halted; done += 1) {
    work(`Looking for faces in photo ${done + 1} of ${photos}`, done / photos);
    const look = await ask('own_find_faces', {});
    if (halted && stage() === 'deleted') return;
    if (look.photo) addPhoto(look.photo);
    if (look.skipped) skipped.push(look.skipped);
  }
}

// ---- confirming ----------------------------------------------------------------------------------------------------

function paintFound(fresh = false) {
  const any = persons.length > 0;
  const busy = reading || stage() === 'teaching';
  show('.found', any && !reading);
  show('.wipe', any || reading || returned || ['teaching', 'ready'].includes(stage()));
  paintSkipped();
  for (const control of element.querySelectorAll('.drop button, .drop input, .found input, .found .crop button')) control.disabled = busy;
  if (!any) {
    if (fresh && find('.error').hidden && !halted) say('.error', 'No face was found in your files; the reasons are below.', true);
    return;
  }
  if (fresh) {
    find('.persons').replaceChildren(...persons.map((person, i) => makePerson(person, i, paintReady)));
    const photos = persons.reduce((sum, person) => sum + person.photos.length, 0);
    find('.sum').textContent = `Found ${plural(photos, 'face', 'faces')} of ${plural(persons.length, 'person', 'people')}. Are they right?`;
    find('.sum').focus();
  }
  paintReady();
}

function paintReady() {
  const enough = [...counts().values()].filter((count) => count > 1).length;
  const busy = reading || stage() === 'teaching';
  const only = find('.how input[value="only"]');
  only.disabled = busy || enough < CONFIG.alone;
  if (only.disabled && !busy) find('.how input[value="join"]').checked = true;
  find('.note').textContent = enough < CONFIG.alone ? `To replace the portraits, you need ${CONFIG.alone} people or more.` : '';
  find('.teach').disabled = busy || !enough || !find('.consent input').checked;
}

async function teach() {
  if (find('.teach').disabled) return;
  find('.teach').disabled = true;
  for (const place of ['.end', '.error']) say(place, '');
  try {
    const only = find('.how input[value="only"]').checked;
    const consent = find('.consent input').checked;
    const answer = await ask('own_confirm', { choices: choices(), only, consent });
    unusable = answer.skipped;
    paintSkipped();
    trigger('teach', {});
  } catch (error) {
    fail(error);
    paintReady();
  }
}

// ---- messages of the server ----------------------------------------------------------------------------------------

/** Sends the people who can be picked now to the face picker, by an event. */
const tellPicker = (detail) => window.dispatchEvent(new CustomEvent('own-people', { detail }));

function forgetAll() {
  halted = true;
  returned = false;
  remember('');
  [persons, skipped, unusable] = [[], [], []];
  find('.persons').replaceChildren();
  find('.consent input').checked = false;
  tellPicker({ people: [], only: false });
  const shown = document.querySelector('#verdict [data-asked]')?.dataset.asked;
  if (shown && JSON.parse(shown).request.data.startsWith('own-')) document.querySelector('#to-example')?.click();
}

// ---- absence -------------------------------------------------------------------------------------------------------

/** Tells the server that this page is here, and shows what it still has. After a reload the server may notice only
 * seconds later that the page before is gone. */
async function comeBack(reloaded, tries = 20) {
  const secret = remembered();
  if (!secret) return;
  let answer;
  try {
    answer = await ask('own_back', { secret });
  } catch {
    return; // no line yet
  }
  if (reloaded && !answer.here && tries > 1) {
    setTimeout(() => comeBack(true, tries - 1), 1500);
    return;
  }
  if (!answer.here) {
    const lost = persons.length > 0 || returned || stage() === 'ready';
    forgetAll();
    paintFound();
    if (lost) fail({ told: true, message: answer.text || CONFIG.gone });
    return;
  }
  if (!reloaded) return;
  returned = true;
  if (answer.teaching) trigger('again', {});
  say('.end', answer.text);
  if (answer.ready) arrived();
  paintFound();
}

async function arrived() {
  try {
    tellPicker(await ask('own_ready', {}));
  } catch (error) {
    fail(error);
  }
}

function paint() {
  const { stamp, text = '', share = 0, left = null } = props.value ?? {};
  const teaching = stage() === 'teaching';
  if (teaching) work(left === null ? text : `${text}: about ${Math.ceil(left)} s left`, share);
  else if (!reading) work('');
  if (stamp !== known && stage() !== 'teaching') {
    say('.end', ['ready', 'deleted', 'stopped'].includes(stage()) ? text : '', stage() === 'deleted');
    if (stage() === 'failed') fail({ told: true, message: text });
    if (stage() === 'deleted') forgetAll();
    if (stage() === 'ready') arrived();
  }
  known = stamp;
  paintFound();
}

find('.consent span').textContent = CONFIG.consent;
const form = `how-${Math.random().toString(36).slice(2)}`;
for (const radio of element.querySelectorAll('.how input')) radio.name = form;
find('.choose').addEventListener('click', () => find('.files').click());
find('.folder').addEventListener('click', () => find('.tree').click());
for (const input of ['.files', '.tree']) {
  find(input).addEventListener('change', (event) => event.target.files.length && take(fromInput(event.target)));
}
const drop = find('.drop');
drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', async (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(await fromDrop(event.dataTransfer));
});
find('.stop').addEventListener('click', () => {
  if (stage() === 'teaching') trigger('halt', {});
  else halted = true;
});
find('.consent input').addEventListener('change', paintReady);
find('.teach').addEventListener('click', teach);
find('.wipe').addEventListener('click', () => {
  halted = true;
  trigger('wipe', {});
});
watch('value', paint);
paint();
comeBack(true);
// a page whose line was lost, or that slept, says that it is here again
window.addEventListener('online', () => comeBack(false));
document.addEventListener('visibilitychange', () => document.hidden || comeBack(false));
setInterval(() => comeBack(false), CONFIG.present * 1000);
