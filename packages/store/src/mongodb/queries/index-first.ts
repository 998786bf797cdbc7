/** Before every time. A comparison with it has bounds in an index, and says that the field is there; `$exists` has none. */
export const EVER = new Date(0);

/**
 * A filter that an index answers by `first`, and that `rest` tests what was found by. MongoDB sees one filter, whatever
 * its parts. SecantusDB finds by one part alone, and only if a field is in two of them: so `first` is in both.
 */
export const indexFirst = <First extends object, Rest extends object>(first: First, rest: Rest) => ({
  $and: [first, { ...first, ...rest }],
});
