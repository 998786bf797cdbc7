import { type Refusal, toRefusal } from '@cyberstroll/contracts';
import type { Registry } from './metrics';
import { within } from './timers';

/** Throws or rejects if a dependency is not usable. Must answer within about a second. */
export type ReadinessCheck = () => Promise<void> | void;

export interface Readiness {
  /** From now on `/readyz` answers 503. Called first when a service stops. */
  drain(): void;
  /** `{status, checks: {<name>: 'ok' | <what is wrong>}}`. */
  report(): Promise<{ ready: boolean; checks: Record<string, string> }>;
}

export function createReadiness(checks: Record<string, ReadinessCheck>, timeoutMs = 1_000): Readiness {
  let draining = false;
  const ask = async (check: ReadinessCheck): Promise<string> => {
    try {
      await within((async () => check())(), timeoutMs, () => new Error('no answer'));
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    drain() {
      draining = true;
    },
    async report() {
      const names = Object.keys(checks);
      const answers = await Promise.all(names.map((name) => ask(checks[name]!)));
      const result = Object.fromEntries(names.map((name, i) => [name, answers[i]!]));
      if (draining) result['service'] = 'draining';
      return { ready: Object.values(result).every((answer) => answer === 'ok'), checks: result };
    },
  };
}

/** Answers `/livez` (the process only), `/readyz` (each dependency) and `/metrics`; undefined for every other path. */
export function createHealthHandler(
  readiness: Readiness,
  metrics: Registry,
): (path: string) => (() => Promise<HealthAnswer | Refusal>) | undefined {
  const json = (status: number, body: unknown): HealthAnswer => ({
    status,
    type: 'application/json',
    body: JSON.stringify(body),
  });
  const paths: Record<string, () => Promise<HealthAnswer | Refusal>> = {
    '/livez': async () => json(200, { status: 'ok' }),
    async '/readyz'() {
      const { ready, checks } = await readiness.report();
      return json(ready ? 200 : 503, { status: ready ? 'ok' : 'unavailable', checks });
    },
    '/metrics': () =>
      metrics.metrics().then(
        (body) => ({ status: 200, type: metrics.contentType, body }),
        // The path needs no key, so the cause of the failure must not appear there.
        () => METRICS_UNREADABLE,
      ),
  };
  return (path) => (Object.hasOwn(paths, path) ? paths[path] : undefined);
}

const METRICS_UNREADABLE = toRefusal('internal_error', { detail: 'the metrics cannot be read' });

export interface HealthAnswer {
  status: number;
  type: string;
  body: string;
}
