// People picked on the page, on the map and back; and the sheet of faces, which is loaded when it is first needed.

const PULSE = 1500; // milliseconds
const BEATS = 3;
let picked = new Set(); // people picked on the page, as indices into map.ids
let pulse = null; // the person whose photos pulse, and how far the pulse is, 0 to 1
let asked = ''; // the map whose faces were requested

// ---- from the page -------------------------------------------------------------------------------------------------

/** Marks the people picked on the page; the photos of ``pulse`` pulse for a moment. */
function showPeople({ people = [], pulse: id = null }) {
  pickedIds = people;
  if (!map) return;
  findPicked();
  const person = map.ids.indexOf(id);
  if (person >= 0) beat(person);
  retouch();
}

let pickedIds = [];
function findPicked() {
  const numbers = new Map(map.ids.map((id, k) => [id, k]));
  picked = new Set(pickedIds.map((id) => numbers.get(id)).filter((k) => k !== undefined));
}

function beat(person) {
  const start = performance.now();
  const mine = { person, share: calm() ? 0.5 : 0 };
  pulse = mine;
  const step = (time) => {
    if (pulse !== mine) return;
    mine.share = calm() ? 0.5 : Math.min(1, (time - start) / PULSE);
    if (time - start >= PULSE) pulse = null;
    else requestAnimationFrame(step);
    retouch();
  };
  requestAnimationFrame(step);
}

// ---- to the page ---------------------------------------------------------------------------------------------------

let named = -1; // the person that the page was told about last

/** Tells the page whose photo is pointed at; no one for -1. */
function tellPointed(i) {
  const person = i < 0 ? -1 : map.person[i];
  if (person === named) return;
  named = person;
  const people = person < 0 ? [] : [map.ids[person]];
  element.dispatchEvent(new CustomEvent('people-pointed', { bubbles: true, detail: { people } }));
}

// ---- faces ---------------------------------------------------------------------------------------------------------

/** Short address of a picture, because the browser would parse a data address again for every tile. */
function shortAddress(address) {
  const bytes = Uint8Array.from(atob(address.split(',')[1]), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: 'image/webp' }));
}

/** Loads the sheet of faces of this map, once. */
async function wantFaces() {
  if (!map.faces || map.sheet || asked === map.mark) return;
  const mine = map;
  asked = map.mark;
  let answer;
  try {
    answer = await server.map_faces(JSON.stringify({ key: map.key, mark: map.mark }));
  } catch {
    answer = { error: 'The faces on the map could not be loaded just now.' };
  }
  if (mine !== map) return;
  if (answer.error) {
    map.faces = null; // marks and names only
    find('.told').textContent = answer.error;
  } else await loadSheet(shortAddress(answer.address));
  if (mine !== map) return;
  if (hot >= 0) fillCard(hot);
  paintFaces();
  redraw();
}

async function loadSheet(address) {
  const mine = map;
  const sheet = new Image();
  sheet.src = address;
  await sheet.decode();
  if (mine === map) Object.assign(map, { sheet, address });
  else URL.revokeObjectURL(address);
}

function dropFaces() {
  if (map?.address) URL.revokeObjectURL(map.address);
  asked = '';
}
