/** Before every time. A comparison with it demands the field, and has bounds in an index; `$exists` has none. */
export const EVER = new Date(0);

/** One of these values, in the order of an index. For one value SecantusDB can also use the next field of the index. */
export const anyOf = (values: readonly string[]) => (values.length === 1 ? values[0]! : { $in: [...values].sort() });

/**
 * The filter of documents that match all of these. An index has the fields of `first`. To MongoDB it is the same filter
 * as one with all fields side by side. Of such a one SecantusDB would use one field, or read the whole collection. It
 * leaves apart what stands behind an `$or`. So it finds documents by `first`, and tests them by the others.
 */
export function indexFirst<First extends object>(first: First, ...others: object[]): First & { $and?: object[] } {
  const given = others.filter((each) => Object.keys(each).length > 0);
  const behind = given.map((each) => ('$or' in each ? each : { $or: [each] }));
  return behind.length === 0 ? first : { ...first, $and: behind };
}
