import { type Refusal, toRefusal } from '@cyberstroll/contracts';
import { within } from '../timers';
import { Gauge, type Registry } from './metrics';

/** Throws or rejects if a dependency is not usable. Must answer within about a second. */
export type ReadinessCheck = () => Promise<void> | void;

/** What a service depends on, by name. */
export interface Dependencies {
  /** Without one of these it cannot do its work: it is `unavailable`, and gets no requests. */
  needs: Record<string, ReadinessCheck>;
  /** Without one of these it does what it can: it is `degraded`, and gets requests all the same. */
  uses?: Record<string, ReadinessCheck>;
}

export interface ReadinessReport {
  status: 'ok' | 'degraded' | 'unavailable';
  /** `ok` or what is wrong, by dependency; `service` is there only while it drains. */
  checks: Record<string, string>;
}

export type Readiness = ReturnType<typeof createReadiness>;

/** The longest time that an answer of `/readyz` takes, in milliseconds: what has not said by then is not there. */
export const ANSWERS_WITHIN_MS = 1_000;

export function createReadiness({ needs, uses = {} }: Dependencies, timeoutMs = ANSWERS_WITHIN_MS) {
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
    /** From now on `/readyz` answers 503. Called first when a service stops. */
    drain(): void {
      draining = true;
    },
    async report(): Promise<ReadinessReport> {
      const all = Object.entries({ ...needs, ...uses });
      const answers = await Promise.all(all.map(async ([name, check]) => [name, await ask(check)] as const));
      const checks: Record<string, string> = Object.fromEntries(answers);
      if (draining) checks['service'] = 'draining';
      const failed = Object.keys(checks).filter((name) => checks[name] !== 'ok');
      if (failed.some((name) => !Object.hasOwn(uses, name))) return { status: 'unavailable', checks };
      return { status: failed.length > 0 ? 'degraded' : 'ok', checks };
    },
  };
}

/** The result of `/readyz` as a metric. It is checked when the metrics are read. */
export function addReadyGauge(registry: Registry, readiness: Readiness): void {
  new Gauge({
    name: 'cyberstroll_ready',
    help: 'Whether what the service depends on can be used (1), by what it is; `service` itself is 0 while it stops',
    labelNames: ['check'],
    registers: [registry],
    async collect() {
      const { checks } = await readiness.report();
      for (const [check, answer] of Object.entries({ service: 'ok', ...checks })) {
        this.set({ check }, answer === 'ok' ? 1 : 0);
      }
    },
  });
}

/**
 * Answers `/livez` (the process only), `/readyz` (each dependency; 503 where it is unavailable) and `/metrics`;
 * undefined for every other path.
 */
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
      const report = await readiness.report();
      return json(report.status === 'unavailable' ? 503 : 200, report);
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
