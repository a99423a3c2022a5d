// Records in memory by field names, from a layout that the rules themselves carry: [bytes, [[name, offset, type, shape], ...]].

const READ = {
  i1: "getInt8",
  u1: "getUint8",
  "<i2": "getInt16",
  "<u2": "getUint16",
  "<i4": "getInt32",
  "<u4": "getUint32",
  "<i8": "getBigInt64",
  "<u8": "getBigUint64",
  "<f4": "getFloat32",
  "<f8": "getFloat64",
};
const classes = new Map();

export function sizeOf(kind) {
  return typeof kind === "string" ? Number(kind.at(-1)) : kind[0];
}

// The record at `offset` of a DataView: record.field is a number (a BigInt of 64 bits), a list, or records again.
export function record(layout, view, offset = 0) {
  if (!classes.has(layout)) classes.set(layout, classOf(layout));
  return new (classes.get(layout))(view, offset);
}

function classOf(layout) {
  class Row {
    constructor(view, offset) {
      this.$view = view;
      this.$offset = offset;
    }
  }
  for (const [name, at, kind, shape] of layout[1]) {
    const read = (row) => readAt(row.$view, row.$offset + at, kind, shape);
    if (shape.length && typeof kind !== "string") {
      // Rows of an array are made once: a picture asks for them again and again.
      const key = `$${name}`;
      Object.defineProperty(Row.prototype, name, {
        get() {
          return (this[key] ??= read(this));
        },
      });
    } else {
      Object.defineProperty(Row.prototype, name, {
        get() {
          return read(this);
        },
      });
    }
  }
  return Row;
}

function readAt(view, at, kind, shape) {
  if (shape.length) {
    const step = shape.slice(1).reduce((size, length) => size * length, sizeOf(kind));
    return Array.from({ length: shape[0] }, (_, index) => readAt(view, at + index * step, kind, shape.slice(1)));
  }
  return typeof kind === "string" ? view[READ[kind]](at, true) : record(kind, view, at);
}

// Every number of a record as [path, value], in order; an array of numbers is one text.
export function* numbersOf(layout, row, prefix = "") {
  for (const [name, , kind, shape] of layout[1]) {
    const path = prefix + name;
    if (typeof kind === "string") yield [path, shape.length ? row[name].flat(Infinity).join(" ") : row[name]];
    else if (shape.length)
      for (const [index, each] of row[name].flat(Infinity).entries()) yield* numbersOf(kind, each, `${path}[${index}].`);
    else yield* numbersOf(kind, row[name], `${path}.`);
  }
}

// Whether rows of numbers hold one that is none.
export function hasNan([size, fields], rows) {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const floats = fields.filter(([, , kind]) => kind.includes("f"));
  for (const [, at, kind] of floats)
    for (let row = at; row < rows.length; row += size) if (Number.isNaN(view[READ[kind]](row, true))) return true;
  return false;
}

// A record of numbers as a plain object.
export function plainRow(layout, view, offset) {
  const row = {};
  for (const [name, at, kind] of layout[1]) row[name] = view[READ[kind]](offset + at, true);
  return row;
}
