/** Labels with these added, at the end, and without those removed. */
export const editLabels = (
  labels: readonly string[],
  { add = [], remove = [] }: { add?: readonly string[] | undefined; remove?: readonly string[] | undefined },
): string[] => [...new Set([...labels, ...add])].filter((label) => !remove.includes(label));
