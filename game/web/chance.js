// Numbers that look random and are the same in the window: as game/look/chance.py has them, bit for bit.

// The first numbers of a stream, 0..1 without 1.
export function shares(stream, count) {
  return Float64Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b9) + Math.imul(stream, 0x85ebca6b)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  });
}

// Numbers around 0, most of them near: the deviation is 1, none is beyond 3.5.
export function bell(stream, count) {
  const four = shares(stream, 4 * count);
  return Float64Array.from({ length: count }, (_, index) => {
    const sum = four[4 * index] + four[4 * index + 1] + four[4 * index + 2] + four[4 * index + 3];
    return (sum - 2) * Math.sqrt(3);
  });
}
