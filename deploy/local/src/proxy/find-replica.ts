const ASK_WITHIN_MS = 1_000;

/**
 * Of the replicas of a service, by their URLs, the first that is ready; if none is, the first that answers at all;
 * else undefined. One that has no other beside it is not asked. `turn` counts requests, so that replicas take turns.
 */
export async function findReplica(urls: readonly string[], turn: number): Promise<string | undefined> {
  if (urls.length < 2) return urls[0];
  const first = turn % urls.length;
  let running: string | undefined;
  for (const url of [...urls.slice(first), ...urls.slice(0, first)]) {
    const status = await askReadiness(url);
    if (status === 200) return url;
    if (status !== undefined) running ??= url;
  }
  return running;
}

async function askReadiness(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
