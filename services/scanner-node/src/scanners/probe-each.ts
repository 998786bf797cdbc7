import { setMaxListeners } from 'node:events';
import type { ScanContext } from '@cyberstroll/scanner-sdk';

/**
 * Probes each port of one address, some at once, and says how far it is. An error of one probe ends the others, and
 * rejects at once. Rejects when the scan is aborted.
 */
export async function probeEach<Probe>(
  ports: readonly number[],
  atOnce: number,
  { signal, progress }: Pick<ScanContext, 'signal' | 'progress'>,
  probe: (port: number, signal: AbortSignal) => Promise<Probe>,
): Promise<Probe[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, either);
  const probes: Probe[] = [];
  let next = 0;

  async function probeNext() {
    while (next < ports.length && !either.aborted) {
      probes.push(await probe(ports[next++]!, either));
      progress((100 * probes.length) / ports.length);
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, ports.length) }, probeNext));
  } catch (error) {
    failed.abort();
    throw error;
  }
  signal.throwIfAborted();
  return probes;
}
