import { type Diagnosis, fail, ok } from './diagnosis';

const TIMEOUT_MS = 5_000;

/** Whether the service at `http://host:port` is ready. */
export async function inspectService(url: string): Promise<Diagnosis> {
  const check = `service ${url}`;
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return ok(check, 'ready');
    const body = (await response.text()).slice(0, 500);
    return fail(check, `not ready (${response.status}): ${body}`, 'mend what it names; while it drains, wait');
  } catch (error) {
    const { message } = ((error as Error).cause ?? error) as Error;
    return fail(check, `no answer: ${message}`, 'start it, or look why it ended: its log, and `LOG_LEVEL=debug`');
  }
}
