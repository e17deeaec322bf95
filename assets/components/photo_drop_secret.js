// The secret of this browser tab, kept over a reload.

/** The secret with which this browser tab gets its photos back after a reload or a lost line. */
const SECRET = 'dlfd-own-photos';
function remember(secret) {
  try {
    if (secret) sessionStorage.setItem(SECRET, secret);
    else sessionStorage.removeItem(SECRET);
  } catch {
    // a browser that keeps nothing: a reload then loses the photos
  }
}
function remembered() {
  try {
    return sessionStorage.getItem(SECRET);
  } catch {
    return null;
  }
}
