/** The whole numbers from 0 to `count` - 1: the indexes of `count` subtasks, or `count` turns of a loop. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
