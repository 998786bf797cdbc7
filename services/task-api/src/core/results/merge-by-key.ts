/**
 * Two lists in ascending order of their keys, as pairs in this order: what both have under one key is one pair. Each
 * list is read only as far as it is needed.
 */
export async function* mergeByKey<Item>(
  left: AsyncIterable<Item>,
  right: AsyncIterable<Item>,
  toKey: (item: Item) => string,
): AsyncGenerator<{ left?: Item; right?: Item }> {
  const readers = [left, right].map((list) => list[Symbol.asyncIterator]()) as [
    AsyncIterator<Item>,
    AsyncIterator<Item>,
  ];
  const read = async (reader: AsyncIterator<Item>) => {
    const { done, value } = await reader.next();
    return done ? undefined : { item: value, key: toKey(value) };
  };
  try {
    let [a, b] = await Promise.all(readers.map(read));
    while (a || b) {
      const [isLeft, isRight] = [a && (!b || a.key <= b.key), b && (!a || b.key <= a.key)];
      yield { ...(isLeft && { left: a!.item }), ...(isRight && { right: b!.item }) };
      [a, b] = await Promise.all([isLeft ? read(readers[0]) : a, isRight ? read(readers[1]) : b]);
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return?.()));
  }
}
