// The faces found, by person. Names can be changed, photos left out, and another face of a photo chosen.

let persons = []; // {name, photos: [{number, file, faces, sentence, face, taken}]}
let skipped = []; // {name, sentence}
let unusable = []; // the same, for the photos confirmed last

function addPhoto(photo) {
  let person = persons.find((one) => one.folder === photo.person);
  if (!person) persons.push((person = { folder: photo.person, name: photo.person, photos: [] }));
  person.photos.push({ ...photo, face: 0, taken: true });
}

const choices = () =>
  persons.flatMap((person) =>
    person.photos
      .filter((photo) => photo.taken)
      .map((photo) => ({ number: photo.number, person: person.name, face: photo.face })),
  );

/** Number of photos per name; two boxes with one name are one person. */
function counts() {
  const found = new Map();
  for (const { person } of choices()) found.set(person.trim(), (found.get(person.trim()) ?? 0) + 1);
  return found;
}

function makeCrop(photo, onChange) {
  const crop = make('div', 'crop');
  const label = crop.appendChild(make('label'));
  const box = label.appendChild(make('input'));
  box.type = 'checkbox';
  box.checked = photo.taken;
  box.setAttribute('aria-label', `Use ${photo.file}`);
  const image = label.appendChild(make('img'));
  image.src = photo.faces[photo.face];
  image.alt = `Face in ${photo.file}`;
  const file = crop.appendChild(make('span', 'file', photo.file.split('/').at(-1)));
  file.title = photo.sentence ? `${photo.file}: ${photo.sentence}` : photo.file;
  box.addEventListener('change', () => {
    photo.taken = box.checked;
    onChange();
  });
  if (photo.faces.length > 1) {
    const other = crop.appendChild(make('button'));
    other.type = 'button';
    const tell = () => {
      other.textContent = `Face ${photo.face + 1} of ${photo.faces.length}`;
      other.setAttribute('aria-label', `${other.textContent} in ${photo.file}; choose the next one`);
    };
    other.addEventListener('click', () => {
      photo.face = (photo.face + 1) % photo.faces.length;
      image.src = photo.faces[photo.face];
      tell();
    });
    tell();
  }
  return crop;
}

function makePerson(person, number, onChange) {
  const block = make('div', 'someone');
  block.setAttribute('role', 'group');
  block.setAttribute('aria-label', `Person ${number + 1}`);
  const top = block.appendChild(make('div', 'top'));
  const name = top.appendChild(make('input'));
  name.type = 'text';
  name.value = person.name;
  name.maxLength = 40;
  name.autocomplete = 'off';
  name.setAttribute('aria-label', `Name of person ${number + 1}`);
  const count = top.appendChild(make('small'));
  const tell = () => {
    const taken = person.photos.filter((photo) => photo.taken).length;
    count.textContent = plural(taken, 'photo', 'photos') + (taken === 1 ? ': too few, 2 are needed' : '');
  };
  name.addEventListener('input', () => {
    person.name = name.value;
    onChange();
  });
  const crops = block.appendChild(make('div', 'crops'));
  crops.append(...person.photos.map((photo) => makeCrop(photo, () => (tell(), onChange()))));
  tell();
  return block;
}

function paintSkipped() {
  const left = find('.left');
  const all = [...skipped, ...unusable];
  left.hidden = !all.length;
  left.querySelector('summary').textContent = `${plural(all.length, 'file was', 'files were')} left out`;
  left.querySelector('ul').replaceChildren(
    ...all.map(({ name, sentence }) => {
      const line = make('li');
      if (name) line.append(make('b', '', name), ': ');
      line.append(sentence);
      return line;
    }),
  );
}
