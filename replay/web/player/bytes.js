// Bytes as a recording holds them: base64, checksums, deflated data, MessagePack. Every limit is held while reading.

export class ReplayError extends Error {}

export function fromBase64(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index++) bytes[index] = raw.charCodeAt(index);
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes, before = 0) {
  let value = ~before;
  for (let index = 0; index < bytes.length; index++) value = CRC_TABLE[(value ^ bytes[index]) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

export function sameBytes(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
