// Memory of the English texts behind translated ones, so that switching back restores them exactly.

const TEXT = '#text';
const FIELD = '#field'; // the value of a field; any other place is an attribute's name
const MANY = 20000;

const read = (node, place) => {
  if (place === TEXT) return node.nodeValue;
  return place === FIELD ? node.value : node.getAttribute(place);
};

/** Writes text, never HTML. */
function write(node, place, value) {
  if (place === TEXT) node.nodeValue = value;
  else if (place === FIELD) node.value = value;
  else node.setAttribute(place, value);
}

class Memory {
  #kept = new WeakMap(); // node -> place -> { english, shown }
  #touched = []; // weak references, because nodes that are off the page now may be shown again after a switch

  /** The English text of a place, whether it is shown or translated. */
  english(node, place = TEXT) {
    const now = read(node, place);
    const known = this.#kept.get(node)?.get(place);
    return known?.shown === now ? known.english : now;
  }

  show(node, place, value) {
    const english = this.english(node, place);
    if (!this.#kept.has(node)) {
      this.#kept.set(node, new Map());
      this.#touched.push(new WeakRef(node));
      if (this.#touched.length > MANY) this.#touched = this.#touched.filter((each) => each.deref());
    }
    this.#kept.get(node).set(place, { english, shown: value });
    if (read(node, place) !== value) write(node, place, value);
  }

  restore() {
    for (const node of this.#touched.map((each) => each.deref()).filter(Boolean)) {
      for (const [place, { english, shown }] of this.#kept.get(node)) {
        if (read(node, place) === shown) write(node, place, english);
      }
    }
  }
}
