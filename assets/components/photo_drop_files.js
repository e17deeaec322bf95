// Files for the server. Photos are opened and drawn again here, so that only their pixels leave the browser.

const isZip = (file) => /\.zip$/i.test(file.name) || /zip/.test(file.type);
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const JUNK = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

/** A file with its folder, which is named after the person. */
const placed = (file, path) => ({ file, path, person: path.split('/').slice(-2, -1)[0] ?? '' });
const fromInput = (input) => [...input.files].map((file) => placed(file, file.webkitRelativePath || file.name));

/** All dropped files, also those in folders. */
async function fromDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => placed(file, file.name));
  const found = [];
  const open = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      found.push(placed(file, entry.fullPath.replace(/^\//, '')));
      return;
    }
    const reader = entry.createReader();
    const some = () => new Promise((done, fail) => reader.readEntries(done, fail));
    for (let batch = await some(); batch.length; batch = await some()) for (const one of batch) await open(one);
  };
  for (const entry of entries) await open(entry);
  return found;
}

const asJpeg = (canvas) => new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.92));

function newCanvas(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
}

/** Four colours of the picture by which a protected canvas is noticed, and the largest difference of a sound JPEG. */
const KNOWN = [[200, 40, 40], [40, 180, 60], [50, 60, 200], [230, 200, 90]];
const UNLIKE = 50;

/** Whether this browser gives back what was drawn. Against fingerprints some give noise, stripes, one colour or
 * nothing: a photo that is drawn again would then be lost. */
async function canvasIsSound() {
  try {
    const drawn = newCanvas(64, 64);
    const pen = drawn.getContext('2d');
    for (const [i, colour] of KNOWN.entries()) {
      pen.fillStyle = `rgb(${colour})`;
      pen.fillRect(32 * (i % 2), 32 * (i >> 1), 32, 32);
    }
    const picture = await createImageBitmap(await asJpeg(drawn));
    const read = newCanvas(64, 64).getContext('2d');
    read.drawImage(picture, 0, 0);
    return KNOWN.every((colour, i) => {
      const { data } = read.getImageData(32 * (i % 2) + 8, 32 * (i >> 1) + 8, 16, 16);
      return data.every((value, at) => at % 4 === 3 || Math.abs(value - colour[at % 4]) < UNLIKE);
    });
  } catch {
    return false;
  }
}

/** A photo as JPEG, upright, at most CONFIG.side pixels; the file itself where the canvas is not sound; null where this
 * browser cannot open it. */
async function redrawn(file, sound) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  if (!sound) {
    picture.close();
    return file;
  }
  const scale = Math.min(1, CONFIG.side / Math.max(picture.width, picture.height));
  const canvas = newCanvas(picture.width * scale, picture.height * scale);
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'white'; // background for transparent pixels, which JPEG does not have
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return asJpeg(canvas);
}

const asBase64 = (blob) =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });

/** The key of the server's first message; waits for it, because a visitor may act before it arrives. */
async function key() {
  for (let tries = 0; !props.value?.key && tries < 100; tries += 1) await new Promise((done) => setTimeout(done, 100));
  return props.value?.key ?? null;
}

/** Answer of a server function; its error sentence is thrown as an error with ``told``. */
async function ask(name, question) {
  const answer = await server[name]({ key: await key(), ...question });
  if (answer.error) throw Object.assign(new Error(answer.error), { told: true });
  return answer;
}

/** Sends one file in pieces, four at a time. */
async function sendFile(number, { path, person }, blob, stopped, onPiece) {
  const count = Math.max(1, Math.ceil(blob.size / CONFIG.piece));
  let next = 0;
  const some = async () => {
    while (next < count && !stopped()) {
      const place = next;
      next += 1;
      const piece = blob.slice(place * CONFIG.piece, (place + 1) * CONFIG.piece);
      const name = path.split('/').at(-1);
      await ask('own_send', { file: number, name, person, place, count, content: await asBase64(piece) });
      onPiece(piece.size);
    }
  };
  await Promise.all([some(), some(), some(), some()]);
}
