/** `count` consecutive indexes from `first`. */
export const toIndexes = ({ first_index, count }: { first_index: number; count: number }): number[] =>
  Array.from({ length: count }, (_, i) => first_index + i);
