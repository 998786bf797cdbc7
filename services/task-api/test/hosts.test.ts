import { eventually } from '@cyberstroll/testkit';
import { openStream } from './api-client';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let taskId: string;
beforeAll(async () => {
  fixture = await setup();
  taskId = await fixture.runningTask(['COMPLETED', 'COMPLETED', 'FAILED'], {
    task_target: '127.0.0.0/30',
    labels: ['office'],
    config: { max_retries: 0, order: 'sequential' },
  });
  while (await fixture.store.inventory.followOnce());
});
afterAll(() => fixture?.testbed.cleanup());

const get = async (path: string) => (await fixture.api('GET', path)).body;

it('lists hosts and services, page by page', async () => {
  const { items, next_cursor } = await get('/api/hosts?port=80&label=office&limit=1');
  expect(items).toMatchObject([{ ip: '127.0.0.0', services: [{ port: 80, state: 'open', task_id: taskId }] }]);
  const next = await get(`/api/hosts?port=80&label=office&limit=1&cursor=${next_cursor}`);
  expect(next.items.map(({ ip }: { ip: string }) => ip)).toEqual(['127.0.0.1']);
  expect((await get('/api/services?limit=5')).items).toMatchObject([
    { ip: '127.0.0.0', port: 80, protocol: 'tcp' },
    { ip: '127.0.0.1', port: 80, protocol: 'tcp' },
  ]);
  const other = await fixture.api('GET', `/api/hosts?port=81&cursor=${next_cursor}`);
  expect(other).toMatchObject({ status: 400, body: { code: 'invalid_query', field: 'cursor' } });
});

it('shows one host with its findings, and answers 404 for an address where nothing was found', async () => {
  expect(await get('/api/hosts/127.0.0.1')).toMatchObject({
    findings: [{ finding_id: 'old-tls', state: 'open', method: 'connect' }],
  });
  for (const ip of ['127.0.0.2', 'nonsense', '127.0.0.0%2F24']) {
    expect(await fixture.api('GET', `/api/hosts/${ip}`)).toMatchObject({
      status: 404,
      body: { code: 'host_not_found' },
    });
  }
});

it('lists changes after a number', async () => {
  const { items, next, is_complete } = await get('/api/changes?kind=port_opened&kind=finding_new');
  expect(items.map(({ ip, kind }: { ip: string; kind: string }) => `${ip} ${kind}`)).toEqual([
    '127.0.0.0 port_opened',
    '127.0.0.0 finding_new',
    '127.0.0.1 port_opened',
    '127.0.0.1 finding_new',
  ]);
  expect(is_complete).toBe(true);
  expect(await get(`/api/changes?from=${items[1].change}&limit=1&kind=port_opened`)).toMatchObject({
    items: [{ ip: '127.0.0.1' }],
  });
  expect(await get(`/api/changes?from=${next}`)).toEqual({ items: [], next, is_complete: true });
});

const follow = (path: string, id?: string) =>
  openStream(fixture.service.port(), path, { headers: { ...(id && { 'last-event-id': id }) } });

it('streams changes as they come, and continues after the last one that a client has', async () => {
  const { items } = await get('/api/changes?kind=port_opened');
  const [first, second] = items;
  const old = await follow('/api/changes/events?kind=port_opened', String(first.change));
  await eventually(() => expect(old.text).toContain(`id: ${second.change}\nevent: change\ndata: {`));
  const fresh = await follow('/api/changes/events?kind=port_opened');
  await eventually(() => expect(fresh.text).toContain('retry: '));

  await fixture.runningTask(['COMPLETED'], { task_target: '127.0.1.0', config: { order: 'sequential' } });
  while (await fixture.store.inventory.followOnce());
  const ofStream = ({ text }: { text: string }) =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!).ip);
  await eventually(() => expect(ofStream(old)).toEqual(['127.0.0.1', '127.0.1.0']));
  await eventually(() => expect(ofStream(fresh)).toEqual(['127.0.1.0']));
  old.close();
  fresh.close();
  await eventually(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${fixture.service.port()}/metrics`)).text();
    expect(/^cyberstroll_event_streams\S* (\d+)$/m.exec(metrics)?.[1]).toBe('0');
  });
});
