import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REGISTER = join(__dirname, '../register.mjs');
const SCRIPT = join(__dirname, 'traced-script.cjs');

interface ExportedTraces {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: { name: string; traceId: string; parentSpanId?: string }[] }[];
  }[];
}

/** Runs a service's process that makes a span of a client's trace and ends. A collector keeps what it gets. */
async function run(env: Record<string, string>, args = ['--import', REGISTER, SCRIPT]) {
  const received: { path: string | undefined; body: ExportedTraces }[] = [];
  const collector = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request) raw += chunk;
    received.push({ path: request.url, body: JSON.parse(raw) });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
    });
    return { received, handedOn: stdout.split('\n')[0] };
  } finally {
    collector.close();
  }
}

const TRACE = 'c'.repeat(32);
const CLIENT = 'd'.repeat(16);

it('exports what a process records, and who it is, by the standard variables', async () => {
  const { received, handedOn } = await run({
    INSTANCE_ID: 'replica-1',
    OTEL_SERVICE_NAME: 'named',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });
  expect(received).toHaveLength(1);
  const { path, body } = received[0]!;
  expect(path).toBe('/v1/traces');
  const { resource, scopeSpans } = body.resourceSpans[0]!;
  expect(Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue]))).toMatchObject({
    'service.namespace': 'cyberstroll',
    'service.name': 'named',
    'service.instance.id': 'replica-1',
    'deployment.environment.name': 'test',
  });
  expect(scopeSpans[0]!.spans).toMatchObject([{ name: 'work', traceId: TRACE, parentSpanId: CLIENT }]);
  expect(handedOn).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(handedOn).not.toContain(CLIENT);
});

it.each([
  ['it is disabled', { OTEL_SDK_DISABLED: 'true' }, undefined],
  ['nothing is imported', {}, [SCRIPT]],
])('exports nothing where %s, and passes on the client’s traceparent', async (_, env, args) => {
  const { received, handedOn } = await run(env, args);
  expect(received).toEqual([]);
  expect(handedOn).toBe(`00-${TRACE}-${CLIENT}-01`);
});
