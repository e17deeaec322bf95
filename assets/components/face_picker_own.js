// ---- own people, added in the browser only -------------------------------------------------------------------------

function welcome({ people: own, faces, only }) {
  const kept = picked().filter((id) => !people.get(id).faces && !only);
  for (const [id, person] of people) {
    if (!person.faces) continue;
    tiles.get(id).remove();
    tiles.delete(id);
    people.delete(id);
  }
  for (const tile of tiles.values()) tile.classList.toggle('away', only);
  const sheet = faces && sheetAddress(faces.address);
  const made = own.map((person) => [person.id, makeTile({ ...person, faces, sheet })]);
  const drawn = [...tiles];
  tiles.clear();
  for (const [id, tile] of [...made, ...drawn]) tiles.set(id, tile);
  for (const person of own) people.set(person.id, { ...person, faces, sheet });
  grid.prepend(...made.map(([, tile]) => tile));
  stop = own[0]?.id ?? CONFIG.people[0]?.id;
  const ids = [...own.map((person) => person.id), ...kept];
  if (own.length || ids.length !== picked().length || props.value.length !== ids.length) commit(ids);
  else paint();
}
