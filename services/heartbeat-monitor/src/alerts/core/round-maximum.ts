/**
 * The greatest value of a round of pages. While the next round is under way, that of the last counts too: so what was read some pages
 * ago is not taken for gone.
 */
export function createRoundMaximum(): (values: readonly number[], isRoundOver: boolean) => number {
  let last = 0;
  let sofar = 0;
  return (values, isRoundOver) => {
    sofar = values.reduce((greatest, value) => Math.max(greatest, value), sofar);
    if (!isRoundOver) return Math.max(last, sofar);
    last = sofar;
    sofar = 0;
    return last;
  };
}
