/** A small seeded generator: the same seed and stream give the same numbers, on every machine. */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** `stream` tells apart the generators of one seed: one of them may draw more without moving the others. */
  constructor(seed: number, stream: string) {
    this.#a = hash(stream, 0x811c9dc5 ^ seed);
    this.#b = hash(stream, (0x9e3779b9 + Math.floor(seed / 2 ** 32)) | 0);
    this.#c = hash(stream, seed);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A whole number from 0 to 2^32 - 1 (the sfc32 generator). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0 up to, but not, 1. */
  float(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.float() * limit);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A UUID of version 4, in its text form. */
  uuid(): string {
    const b = this.uint32();
    const c = this.uint32();
    const version = (b & 0xffff0fff) | 0x4000;
    const variant = (c & 0x3fffffff) | 0x80000000;
    const middle = `${half(version >>> 16)}-${half(version)}-${half(variant >>> 16)}-${half(variant)}`;
    return `${hex(this.uint32())}-${middle}${hex(this.uint32())}`;
  }
}

/** Picks from 0 to `size` - 1 by Zipf's law: number k comes up in proportion to 1 / (k + 1). */
export class Zipf {
  readonly #cumulative: Float64Array;

  constructor(size: number) {
    this.#cumulative = new Float64Array(size);
    let sum = 0;
    for (let k = 0; k < size; k++) this.#cumulative[k] = sum += 1 / (k + 1);
  }

  next(random: Random): number {
    const target = random.float() * this.#cumulative.at(-1)!;
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const byteHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function half(value: number): string {
  return byteHex[(value >>> 8) & 0xff]! + byteHex[value & 0xff]!;
}

function hex(value: number): string {
  return half(value >>> 16) + half(value);
}

/** FNV-1a over the text's code units, finished as murmur3 finishes. */
function hash(text: string, start: number): number {
  let h = start | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
