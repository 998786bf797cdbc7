import { type Diagnosis, fail, ok, warn } from './diagnosis';
import type { ReadinessReport } from './health';

const TIMEOUT_MS = 5_000;

/** Whether the service at `http://host:port` is ready. */
export async function inspectService(url: string): Promise<Diagnosis> {
  const check = `service ${url}`;
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.text()).slice(0, 500);
    if (!response.ok) {
      return fail(check, `not ready (${response.status}): ${body}`, 'correct what it names; while it drains, wait');
    }
    const { status, checks } = JSON.parse(body) as ReadinessReport;
    if (status === 'ok') return ok(check, 'ready');
    return warn(check, `${status}: ${JSON.stringify(checks)}`, 'correct what it names: until then it does what it can');
  } catch (error) {
    const { message } = ((error as Error).cause ?? error) as Error;
    return fail(check, `no answer: ${message}`, 'start it, or look why it ended: its log, and `LOG_LEVEL=debug`');
  }
}
