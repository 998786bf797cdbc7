/**
 * An operator's retry of a whole task, page by page. A retry names the attempt that failed, so a retry that is sent
 * twice is stale the second time. So the walk may start again at any time: it does after its last page, and it is done
 * when a walk from the start finds nothing.
 */

/**
 * What a page means. `after` is the index that the page starts after, undefined at the start. Returns where the next
 * page starts after, and whether the request is done.
 */
export function concludePage(
  page: readonly { index: number }[],
  { pageSize, after }: { pageSize: number; after: number | undefined },
): { next: number | undefined; isDone: boolean } {
  return {
    next: page.length === pageSize ? page.at(-1)!.index : undefined,
    isDone: page.length === 0 && after === undefined,
  };
}
