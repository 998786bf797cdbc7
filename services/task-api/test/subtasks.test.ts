import { toUpdate } from '@cyberstroll/testkit';
import { type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
let store: Fixture['store'];
beforeAll(async () => {
  fixture = await setup();
  ({ api, store } = fixture);
});
afterAll(() => fixture?.cleanup());

describe('the subtasks of a /8', () => {
  const ports: Record<number, number[]> = { 5: [22, 80], 4000000: [], 16000000: [443] };
  let taskId: string;
  beforeAll(async () => {
    const body = newTask({ task_target: '127.0.0.0/8', config: { order: 'sequential' } });
    taskId = (await api('POST', '/api/tasks', { body })).body.task_id;
    await store.tasks.updateTaskStatus(taskId, 'QUEUED', 'test');
    for (const index of Object.keys(ports).map(Number)) {
      await store.chunks.openChunk({ task_id: taskId, first_index: index, count: 1, now: new Date() });
    }
    await store.subTasks.batchUpdateSubTasks(
      Object.entries(ports).map(([index, open_ports]) => ({
        sender: { node_id: 'node-1', instance_id: 'node-1-a' },
        update: toUpdate(taskId, Number(index), {
          status: 'COMPLETED',
          scan_result: { open_ports, services: [], response_time: 1 },
        }),
      })),
    );
  });
  const list = async (query: string) => (await api('GET', `/api/tasks/${taskId}/subtasks?${query}`)).body;
  const ips = ({ items }: { items: { ip: string }[] }) => items.map(({ ip }) => ip);

  it('are listed by open port, status and address, each complete list in one answer', async () => {
    const open = await list('has_open_ports=true');
    expect(open).toMatchObject({ items: [{ scan_result: { open_ports: [22, 80] } }, { ip: '127.244.36.0' }] });
    for (const internal of ['lease_id', 'has_open_ports']) expect(open.items[0]).not.toHaveProperty(internal);
    expect(ips(await list('status=COMPLETED'))).toEqual(['127.0.0.5', '127.61.9.0', '127.244.36.0']);
    expect(ips(await list('has_open_ports=true&status=FAILED'))).toEqual([]);
    expect(await list('ip=127.61.9.0')).toMatchObject({ items: [{ index: 4_000_000, status: 'COMPLETED' }] });
    expect(await list('ip=127.0.0.6&status=PENDING')).toMatchObject({ items: [{ index: 6 }] });
    expect(ips(await list('status=COMPLETED&status=FAILED'))).toEqual(['127.0.0.5', '127.61.9.0', '127.244.36.0']);
    expect(ips(await list('target=127.61.9.0/31&status=COMPLETED'))).toEqual(['127.61.9.0']);
    expect(ips(await list('sort=address&target=127.61.9.0,127.0.0.9&limit=2'))).toEqual(['127.0.0.9', '127.61.9.0']);
    expect(ips(await list('error_code=NODE_LOST'))).toEqual([]);
    expect(ips(await list('node_id=node-1'))).toEqual([]);
    for (const whole of [open, await list('ip=127.61.9.0'), await list('ip=10.0.0.1')]) {
      expect(whole).not.toHaveProperty('next_cursor');
    }
  });

  it('come in pages of the limit, without overlap', async () => {
    const first = await list('has_open_ports=true&limit=1');
    expect(ips(first)).toEqual(['127.0.0.5']);
    const last = await list(`has_open_ports=true&limit=1&cursor=${first.next_cursor}`);
    expect(last).toEqual({ items: [expect.objectContaining({ ip: '127.244.36.0' })] });
    // A list begins at any index.
    expect(await list('from=4000000&limit=1')).toMatchObject({ items: [{ index: 4_000_000, ip: '127.61.9.0' }] });
    expect(ips(await list('from=4000000&has_open_ports=true'))).toEqual(['127.244.36.0']);
    // A cursor continues its own list alone.
    const refused = { status: 400, code: 'invalid_query', field: 'cursor' };
    for (const filter of ['', '&status=COMPLETED', '&has_open_ports=true&ip=127.0.0.5']) {
      expect(await list(`cursor=${first.next_cursor}${filter}`)).toMatchObject(refused);
    }
    const { task_id: other } = (await api('POST', '/api/tasks', { body: newTask() })).body;
    const path = `/api/tasks/${other}/subtasks?has_open_ports=true&cursor=${first.next_cursor}`;
    expect((await api('GET', path)).body).toMatchObject(refused);
  });

  it.each(['127.0.0.0/40', '127.0.0.0/8'])('refuses the target %s', async (target) => {
    const answer = await api('GET', `/api/tasks/${taskId}/subtasks?target=${target}`, { key: KEYS.viewer });
    expect(toProblemOf(answer, 422, 'invalid_targets').field).toBe('target');
  });
});
