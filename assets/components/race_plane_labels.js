// Places of the names on the plane: beside their marks, without covering others; names without room are only in the key.

const GAP = 13; // pixels from a mark's middle to its name
const WAYS = [[1, 0], [-1, 0], [0, -1], [0, 1], [0.8, -0.8], [-0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]];

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const around = ({ x, y }, half) => ({ left: x - half, right: x + half, top: y - half, bottom: y + half });

/** The box of a name ``away`` pixels from a mark in a direction. */
function boxBeside({ x, y }, [dx, dy], away, width, height) {
  const middleX = x + dx * away + (Math.sign(dx) * width) / 2;
  const middleY = y + dy * (away + height / 3);
  return { left: middleX - width / 2, right: middleX + width / 2, top: middleY - height / 2, bottom: middleY + height / 2 };
}

/**
 * For each spot {x, y, width} the box of its name, or null.
 *
 * Places near the mark are tried first, farther ones get a line; single runs are covered only if nothing else is free.
 */
function placeNames(spots, marks, runs, area, height) {
  const solid = marks.map((mark) => ({ x: mark.x, y: mark.y, box: around(mark, 9) }));
  const faint = runs.map((run) => around(run, 4));
  const taken = [];
  const fits = (box, spot, clear) =>
    box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom
    && solid.every((mark) => (mark.x === spot.x && mark.y === spot.y) || !overlap(mark.box, box))
    && taken.every((other) => !overlap(other, box)) && (!clear || faint.every((run) => !overlap(run, box)));
  const place = (spot) => {
    for (const [away, clear] of [[GAP, true], [2.2 * GAP, true], [GAP, false], [2.4 * GAP, false], [4 * GAP, false]]) {
      for (const way of WAYS) {
        const box = boxBeside(spot, way, away, spot.width, height);
        if (fits(box, spot, clear)) return { ...box, far: away > GAP };
      }
    }
    return null;
  };
  return spots.map((spot) => {
    const box = place(spot);
    if (box) taken.push(box);
    return box;
  });
}
