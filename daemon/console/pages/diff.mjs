// Which characters two values differ in. Pure functions.

// Longest common subsequence over characters, as pieces { text, same } of each side in order. Values
// of records are short; beyond `most` characters the whole is one difference.
export function difference(left, right, most = 200) {
  const a = [...left], b = [...right];
  if (left === right) return { left: [{ text: left, same: true }], right: [{ text: right, same: true }] };
  if (a.length > most || b.length > most) return { left: [{ text: left, same: false }], right: [{ text: right, same: false }] };
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pieces = { left: [], right: [] };
  const add = (side, text, same) => {
    const last = pieces[side].at(-1);
    if (last?.same === same) last.text += text;
    else pieces[side].push({ text, same });
  };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add('left', a[i++], true);
      add('right', b[j++], true);
    } else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) add('left', a[i++], false);
    else add('right', b[j++], false);
  }
  return pieces;
}
