import { createHttpServer } from '../http/http-server';
import { addReadyGauge, createReadiness, type Readiness } from './health';
import { createMetrics, Gauge } from './metrics';

async function withServer(readiness: Readiness, ask: (url: string) => Promise<void>) {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, readiness, metrics: createMetrics('test') });
  await server.start();
  try {
    await ask(`http://127.0.0.1:${server.port()}`);
  } finally {
    await server.stop();
  }
}

const bad = () => Promise.reject(new Error('out of reach'));
const good = () => undefined;

it('says that it lives whatever its dependencies do, and which of them is not ready', async () => {
  const readiness = createReadiness({ needs: { good, bad, mute: () => new Promise(() => undefined) } }, 20);
  await withServer(readiness, async (url) => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      checks: { good: 'ok', bad: 'out of reach', mute: 'no answer' },
    });
  });
});

it('is ready, but degraded, without what it only uses', async () => {
  await withServer(createReadiness({ needs: { good }, uses: { bad } }), async (url) => {
    const response = await fetch(`${url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'degraded', checks: { good: 'ok', bad: 'out of reach' } },
    ]);
  });
  await withServer(createReadiness({ needs: { bad }, uses: { good } }), async (url) =>
    expect((await fetch(`${url}/readyz`)).status).toBe(503),
  );
});

it('is not ready while it drains', async () => {
  const readiness = createReadiness({ needs: { good } });
  await withServer(readiness, async (url) => {
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    readiness.drain();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});

it('shows metrics by the project’s prefix, and nothing else', async () => {
  await withServer(createReadiness({ needs: {} }), async (url) => {
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('cyberstroll_process_cpu_seconds_total');
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });
});

it('shows in a metric which check is not ready', async () => {
  const readiness = createReadiness({ needs: { good }, uses: { bad } });
  const metrics = createMetrics('test');
  addReadyGauge(metrics, readiness);
  const read = async () =>
    (await metrics.getSingleMetric('cyberstroll_ready')!.get()).values.map(({ labels, value }) => [
      labels['check'],
      value,
    ]);
  expect(await read()).toEqual([
    ['service', 1],
    ['good', 1],
    ['bad', 0],
  ]);
  readiness.drain();
  expect(await read()).toContainEqual(['service', 0]);
});

it('answers 500 where a metric cannot be read', async () => {
  const metrics = createMetrics('test');
  new Gauge({
    name: 'cyberstroll_bad',
    help: 'Cannot be read',
    registers: [metrics],
    collect: () => Promise.reject(new Error('out of reach')),
  });
  const server = createHttpServer({ host: '127.0.0.1', port: 0, readiness: createReadiness({ needs: {} }), metrics });
  await server.start();
  const answer = await fetch(`http://127.0.0.1:${server.port()}/metrics`);
  expect([answer.status, await answer.json()]).toEqual([
    500,
    expect.objectContaining({
      code: 'internal_error',
      detail: 'unexpected error in the service: the metrics cannot be read',
    }),
  ]);
  await server.stop();
});
