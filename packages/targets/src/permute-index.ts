/**
 * A permutation of [0, count) that needs no storage: position = (stride · index + offset) mod count. The stride is
 * coprime to the count, so it is a bijection, and close to count / golden ratio: of all strides that one keeps any few
 * consecutive indexes farthest apart, so a scan in index order visits networks in turn and never hammers one of them.
 *
 * It is a spreading order, no secret: whoever knows a few positions knows them all.
 */
export type Permutation = ReturnType<typeof restorePermutation>;

/**
 * position = (stride · index + offset) mod count, and index = inverse · (position − offset) mod count. All numbers are
 * less than the count.
 */
export interface PermutationParameters {
  readonly stride: number;
  readonly inverse: number;
  readonly offset: number;
}

export const MAX_PERMUTED_COUNT = 2 ** 32;

const INVERSE_GOLDEN_RATIO = 0.618_033_988_749_894_9;
const MAX_STRIDE_SHIFT = 64;

/** `count` is a whole number of 1 to 2³², `seed` any safe integer; a RangeError else. Build once, then use often. */
export function createPermutation(count: number, seed: number): Permutation {
  const { stride, offset } = toParameters(count, seed);
  return restorePermutation(count, { stride, offset, inverse: toInverse(stride, count) });
}

/** The permutation with these parameters, which are those of another one. */
export function restorePermutation(count: number, { stride, inverse, offset }: PermutationParameters) {
  return {
    stride,
    inverse,
    offset,
    /** index → position; both within [0, count). */
    permute(index: number): number {
      checkBounds(index, count);
      return (multiplyModulo(stride, index, count) + offset) % count;
    },
    /** position → index. */
    unpermute(position: number): number {
      checkBounds(position, count);
      return multiplyModulo(inverse, position >= offset ? position - offset : position + count - offset, count);
    },
  };
}

function toParameters(count: number, seed: number): { stride: number; offset: number } {
  if (!Number.isInteger(count) || count < 1 || count > MAX_PERMUTED_COUNT) {
    throw new RangeError(`a permutation of ${count}: the count is a whole number of 1 to 2^32`);
  }
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is not a safe integer`);
  return { stride: toStride(count, mix(seed, 1)), offset: mix(seed, 2) % count };
}

function checkBounds(n: number, count: number): void {
  if (!Number.isInteger(n) || n < 0 || n >= count) throw new RangeError(`${n} is not within [0, ${count})`);
}

/** a · b mod m, exact for a, b < m ≤ 2³²: no product here exceeds 2⁴⁹. */
function multiplyModulo(a: number, b: number, m: number): number {
  if (m <= 0x400_0000) return (a * b) % m;
  const high = b >>> 16;
  const low = b & 0xffff;
  return (((a * high) % m) * 0x1_0000 + a * low) % m;
}

/**
 * Small shifts only: a stride further from the golden ratio would bring some indexes a few steps apart close together.
 */
function toStride(count: number, random: number): number {
  const shift = random % (Math.min(MAX_STRIDE_SHIFT, Math.floor(count / 4096)) + 1);
  const wanted = Math.round(count * INVERSE_GOLDEN_RATIO) + shift;
  for (let distance = 0; ; distance++) {
    if (wanted - distance >= 0 && greatestCommonDivisor(wanted - distance, count) === 1) return wanted - distance;
    if (wanted + distance < count && greatestCommonDivisor(wanted + distance, count) === 1) return wanted + distance;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y !== 0) {
    const rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}

/** The inverse of a modulo m, by the extended Euclidean algorithm; every intermediate stays within ±m. */
function toInverse(a: number, m: number): number {
  let [previous, remainder] = [m, a];
  let [previousFactor, factor] = [0, 1];
  while (remainder !== 0) {
    const quotient = Math.floor(previous / remainder);
    [previous, remainder] = [remainder, previous - quotient * remainder];
    [previousFactor, factor] = [factor, previousFactor - quotient * factor];
  }
  return previousFactor < 0 ? previousFactor + m : previousFactor;
}

/** 32 well mixed bits of a seed (the finaliser of MurmurHash3 over both of its words). */
function mix(seed: number, salt: number): number {
  const high = Math.floor(seed / 0x1_0000_0000);
  return finalise((finalise((seed ^ Math.imul(salt, 0x9e37_79b9)) | 0) ^ high) | 0) >>> 0;
}

function finalise(bits: number): number {
  const once = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2_ae35);
  return twice ^ (twice >>> 16);
}
