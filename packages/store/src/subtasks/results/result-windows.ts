/**
 * A list of results is read in windows: parts of its order that are bounded at both ends. Not every server stops at the
 * limit of a query, and such a server would evaluate all that comes after it, again for each next query. Positions are
 * whole numbers; a list in descending order has the positions of falling values.
 */

/** Positions from `first` to `last`, both included. */
export interface Window {
  first: bigint;
  last: bigint;
}

/**
 * Documents that a window should make the server look at: few, so that other requests wait briefly, and enough for what
 * a query costs besides.
 */
export const DOCUMENTS = 2_000;
/** How much narrower, and how much wider, the next window may be at most. */
const MAX_NARROWING = 64n;
const MAX_WIDENING = 4n;

/** The width of the window after one of `width` positions in which `count` results were found. */
export function toNextWidth(width: bigint, count: number, widening = MAX_WIDENING): bigint {
  const [least, most] = [width / MAX_NARROWING, width * widening];
  const wanted = count === 0 ? most : (width * BigInt(DOCUMENTS)) / BigInt(count);
  const within = wanted < least ? least : wanted > most ? most : wanted;
  return within < 1n ? 1n : within;
}

/** How wide the next window is, and how long it may take. */
export interface Pace {
  readonly width: bigint;
  readonly withinMs: number;
  /** `count` results were found in `width` positions, which took `tookMs`. */
  noteFound(width: bigint, count: number, tookMs: number): void;
  /** The window took too long. Returns false if it can be neither narrower nor slower. */
  noteTooSlow(): boolean;
}

const FIRST_WITHIN_MS = 1_000;
/** After one that took too long, this many windows are no wider than the last one that did not. */
const STEADY_WINDOWS = 16;

/**
 * How many documents a window makes the server look at is known only by the time. One that takes too long is narrowed
 * to what the last one was. If that does not help, the server itself is slow: then the next ones may take longer, up to
 * `mostMs`. Not every server looks at the time while it checks documents. So a window that was answered too late makes
 * the next one narrower too, unless the wider windows are what saves time: some servers need as long for each.
 */
export function createPace(firstWidth: bigint, mostMs: number): Pace {
  let width = firstWidth;
  let withinMs = FIRST_WITHIN_MS;
  let steady = 0;
  let tooSlow = 0;
  let lastPerMs = 0;
  return {
    get width() {
      return width;
    },
    get withinMs() {
      return withinMs;
    },
    noteFound(read, count, tookMs) {
      const perMs = Number(read) / tookMs;
      const isLate = tookMs > withinMs && perMs < 2 * lastPerMs;
      lastPerMs = perMs;
      tooSlow = 0;
      if (isLate && width > firstWidth) {
        width /= MAX_WIDENING;
        steady = STEADY_WINDOWS;
      } else {
        width = toNextWidth(read, count, steady > 0 ? 1n : MAX_WIDENING);
        steady = Math.max(0, steady - 1);
      }
    },
    noteTooSlow() {
      tooSlow += 1;
      steady = STEADY_WINDOWS;
      const [narrower, longer] = [width / (tooSlow === 1 ? MAX_WIDENING : 2n), Math.min(mostMs, withinMs * 2)];
      if (width === 1n && withinMs === mostMs) return false;
      width = narrower < 1n ? 1n : narrower;
      if (tooSlow > 1) withinMs = longer;
      return true;
    },
  };
}

/** The window of this width at the beginning of a range. */
export const toWindow = ({ first, last }: Window, width: bigint): Window => ({
  first,
  last: first + width - 1n < last ? first + width - 1n : last,
});

const IPV4_COUNT = 2n ** 32n;
/** The last position of an address. */
export const LAST_ADDRESS = IPV4_COUNT + 2n ** 128n - 1n;

/** Where an address is in the order of addresses, by its key: IPv4 before IPv6. */
export function toAddressPosition(key: string): bigint {
  const value = BigInt(`0x${key.slice(1)}`);
  return key.startsWith('4') ? value : IPV4_COUNT + value;
}

/** The key of the address at a position. */
export const fromAddressPosition = (position: bigint): string =>
  position < IPV4_COUNT
    ? `4${position.toString(16).padStart(8, '0')}`
    : `6${(position - IPV4_COUNT).toString(16).padStart(32, '0')}`;
