// The grid of faces and the map: people picked here are marked there, people pointed at or selected there are marked here.

let among = null; // ids of the people that the map asks to show; null shows everybody

/** Tells the map who is picked; the photos of ``pulse`` pulse there. */
function tellMap(pulse = null) {
  const detail = { people: picked(), pulse };
  document.getElementById('map')?.dispatchEvent(new CustomEvent('map-people', { detail }));
}

/** Marks the faces of the people pointed at on the map. */
function markPointed(ids) {
  for (const [id, tile] of tiles) tile.classList.toggle('pointed', ids.includes(id));
}

/** Picks the people selected on the map, or shows only them; an empty list shows everybody again. */
function answerMap({ people: ids, act }) {
  const known = ids.filter((id) => people.has(id) && !tiles.get(id).classList.contains('away'));
  if (act === 'forget' && known.length) commit(known, { undo: true });
  if (act !== 'show') return;
  among = known.length ? new Set(known) : null;
  paint();
}

document.addEventListener('people-wanted', () => tellMap());
document.addEventListener('people-pointed', ({ detail }) => markPointed(detail.people));
document.addEventListener('people-chosen', ({ detail }) => answerMap(detail));
