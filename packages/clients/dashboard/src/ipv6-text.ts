/**
 * In place of ipaddr.js (see vite.config.mts); the packages that run here use nothing else of it. A browser knows the
 * shortest form of an IPv6 address (RFC 5952), since it writes hosts of URLs so.
 */
export class IPv6 {
  readonly #parts: readonly number[];

  /** Eight groups of 16 bits. */
  constructor(parts: readonly number[]) {
    this.#parts = parts;
  }

  toRFC5952String(): string {
    const groups = this.#parts.map((part) => part.toString(16));
    return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  }
}
