/**
 * A map that drops its oldest entries. `set` makes an entry the newest one; `get` does not change the order. `limit`
 * bounds the sum of the weights of all entries. Without `weigh` each entry weighs 1, so `limit` bounds their number.
 * The newest entry always stays.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #limit: number;
  readonly #weigh: (value: Value) => number;
  #weight = 0;
  /** Continues at the oldest entry. A new iterator would first pass the places of the entries that were dropped. */
  readonly #oldest = this.keys();

  constructor(limit: number, weigh: (value: Value) => number = () => 1) {
    super();
    this.#limit = limit;
    this.#weigh = weigh;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    this.#weight += this.#weigh(value);
    while (this.#weight > this.#limit && this.size > 1) this.delete(this.#oldest.next().value!);
    return this;
  }

  override delete(key: Key): boolean {
    if (!this.has(key)) return false;
    this.#weight -= this.#weigh(this.get(key)!);
    return super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#weight = 0;
  }
}
