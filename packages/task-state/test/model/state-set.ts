/** States by number, in the order in which they were found. */
export interface StateSet {
  size(): number;
  /** The number of a state, which is new if it equals the size before. */
  add(state: Int32Array): number;
  /** A view that is valid until the next call of `get`. */
  get(number: number): Int32Array;
}

/** A hash table with open addresses over arrays of numbers: no object for a state, nothing to collect. */
export function createStateSet(words: number): StateSet {
  let all = new Int32Array(words << 16);
  let size = 0;
  /** The number of a state plus one, at its hash or behind it. */
  let slots = new Int32Array(1 << 18);
  const copy = new Int32Array(words);

  /** Its slot, or the free one where it belongs. */
  function findSlot(states: Int32Array, first: number): number {
    const mask = slots.length - 1;
    let slot = hash(states, first, words) & mask;
    for (let number = slots[slot]!; number !== 0; number = slots[slot]!) {
      if (isEqual(all, (number - 1) * words, states, first, words)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  function growSlots(): void {
    slots = new Int32Array(slots.length * 4);
    for (let number = 0; number < size; number++) slots[findSlot(all, number * words)] = number + 1;
  }

  return {
    size: () => size,
    add(state) {
      const slot = findSlot(state, 0);
      if (slots[slot] !== 0) return slots[slot]! - 1;
      all = withRoom(all, (size + 1) * words);
      all.set(state, size * words);
      slots[slot] = ++size;
      if (size * 2 > slots.length) growSlots();
      return size - 1;
    },
    get(number) {
      for (let i = 0; i < words; i++) copy[i] = all[number * words + i]!;
      return copy;
    },
  };
}

function hash(states: Int32Array, first: number, words: number): number {
  let mixed = 0x9e3779b9;
  for (let i = first; i < first + words; i++) {
    mixed = Math.imul(mixed ^ states[i]!, 0x85ebca6b);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 13;
  }
  return mixed;
}

function isEqual(a: Int32Array, firstA: number, b: Int32Array, firstB: number, words: number): boolean {
  for (let i = 0; i < words; i++) if (a[firstA + i] !== b[firstB + i]) return false;
  return true;
}

/** The array, or a larger one with the same content, so that it has this place. */
export function withRoom(array: Int32Array<ArrayBuffer>, place: number): Int32Array<ArrayBuffer> {
  if (place < array.length) return array;
  const larger = new Int32Array(Math.max(place + 1, Math.ceil(array.length * 1.5)));
  larger.set(array);
  return larger;
}
