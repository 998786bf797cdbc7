/** Before every time. A comparison with it demands the field, and has bounds in an index; `$exists` has none. */
export const EVER = new Date(0);

/** One of these values, in the order of an index. SecantusDB has bounds for the field behind only if there is one. */
export const anyOf = (values: readonly string[]) => (values.length === 1 ? values[0]! : { $in: [...values].sort() });

/**
 * The filter of documents that match each of these. An index has the fields of `first`. To MongoDB all are fields side
 * by side. SecantusDB has bounds for one part of a filter, and puts the parts together if it can; then it takes one
 * field, or reads the whole collection. What stands behind an `$or` it leaves apart: so it finds by `first`.
 */
export function indexFirst<First extends object>(first: First, ...others: object[]): First & { $and?: object[] } {
  const given = others.filter((each) => Object.keys(each).length > 0);
  const behind = given.map((each) => ('$or' in each ? each : { $or: [each] }));
  return behind.length === 0 ? first : { ...first, $and: behind };
}
