/**
 * The items of an answer. One that says the same as in the answer before is the same object, so that its row is not
 * drawn again.
 */
export function keepEqual<Item>(before: readonly Item[], read: readonly Item[], toKey: (item: Item) => string): Item[] {
  const known = new Map(before.map((item) => [toKey(item), item]));
  return read.map((item) => {
    const old = known.get(toKey(item));
    return old !== undefined && JSON.stringify(old) === JSON.stringify(item) ? old : item;
  });
}
