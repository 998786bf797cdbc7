/** Before every time. A comparison with it has bounds in an index, and says that the field is there; `$exists` has none. */
export const EVER = new Date(0);

/** One of these values, in the order of an index. SecantusDB has bounds for the field behind only if there is one. */
export const anyOf = (values: readonly string[]) => (values.length === 1 ? values[0]! : { $in: [...values].sort() });

/**
 * A filter that an index answers by `first`, and that `rest` tests what was found by. MongoDB sees one filter, whatever
 * its parts. SecantusDB finds by one part alone, and only if a field is in two of them: so `first` is in both.
 */
export const indexFirst = <First extends object, Rest extends object>(first: First, rest: Rest) => ({
  $and: [first, { ...first, ...rest }],
});
