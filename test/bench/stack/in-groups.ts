/** WebSockets that are opened, and tasks that are created, at once. */
const AT_ONCE = 50;

/** The results of `one` for each number below `count`, some of them at once. */
export async function inGroups<Result>(count: number, one: (at: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - results.length) }, (_, i) => results.length + i);
    results.push(...(await Promise.all(some.map(one))));
  }
  return results;
}
