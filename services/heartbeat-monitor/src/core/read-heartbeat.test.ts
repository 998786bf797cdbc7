import { detectChange, parseHeartbeat } from './read-heartbeat';

const node = (status: 'online' | 'busy' | 'draining' | 'offline', instance_id = 'one') => ({ status, instance_id });

describe('detectChange', () => {
  it.each([
    ['a new node', node('online'), undefined, { changed: 'online', restarted: false, event: 'node_started' }],
    ['a known node', node('online'), node('online'), { restarted: false }],
    ['a node that became busy', node('busy'), node('online'), { restarted: false }],
    [
      'a node that came back',
      node('online'),
      node('offline'),
      { changed: 'online', restarted: false, event: 'node_back' },
    ],
    ['a node that restarted', node('online', 'two'), node('online'), { restarted: true, event: 'node_restarted' }],
    [
      'a node that restarted after its goodbye',
      node('online', 'two'),
      { ...node('offline'), said_goodbye: true },
      { changed: 'online', restarted: false, event: 'node_started' },
    ],
    ['a node that drains', node('draining'), node('busy'), { changed: 'draining', restarted: false }],
    [
      'a node that left',
      node('offline'),
      node('draining'),
      { changed: 'offline', restarted: false, event: 'node_left' },
    ],
  ] as const)('of %s', (_, heartbeat, before, expected) => {
    expect(detectChange(heartbeat, before)).toEqual(expected);
  });
});

describe('parseHeartbeat', () => {
  const body = {
    node_id: 'n1',
    timestamp: 1,
    status: 'online',
    current_tasks: [],
    system_info: { cpu_usage: 1, memory_usage: 2, active_threads: 3 },
    instance_id: 'one',
    capacity: 10,
    pools: ['default'],
  };

  it('accepts a heartbeat, and ignores the fields that a newer node adds', () => {
    expect(parseHeartbeat({ ...body, colour: 'red' })).toEqual({ heartbeat: body });
  });

  it.each([
    [{ ...body, status: 'asleep' }, 'status'],
    [{ ...body, contract: 'one' }, 'contract'],
    [{ ...body, system_info: { ...body.system_info, cpu_usage: 'much' } }, 'system_info.cpu_usage'],
    [{ ...body, pools: [] }, 'pools'],
    [{ ...body, methods: ['by nmap'] }, 'methods.0'],
    ['hello', 'heartbeat'],
  ])('names the invalid field: %#', (bad, field) => {
    const parsed = parseHeartbeat(bad);
    expect('problem' in parsed && parsed.problem).toMatch(new RegExp(`^${field}: `));
  });

  const seed = {
    node_id: 'n1',
    timestamp: 1,
    status: 'online',
    current_tasks: [],
    system_info: { cpu_usage: 1, memory_usage: 2, active_threads: 3 },
  };

  it('accepts the fields of contract 5.1 alone, with defaults for the others', () => {
    expect(parseHeartbeat(seed)).toEqual({
      heartbeat: { ...seed, instance_id: 'n1', capacity: 1, pools: ['default'] },
    });
    expect(parseHeartbeat({ ...seed, contract: 1 })).toHaveProperty('heartbeat.contract', 1);
  });

  it('ignores listed entries that are no subtasks of ours', () => {
    const ours = { subtask_id: `${'a'.repeat(24)}-0`, status: 'scanning', progress: 5 };
    const current_tasks = [{ ...ours, subtask_id: 'my-own-7' }, ours];
    expect(parseHeartbeat({ ...seed, current_tasks })).toHaveProperty('heartbeat.current_tasks', [ours]);
  });

  it('names all invalid fields at once', () => {
    const parsed = parseHeartbeat({ ...seed, node_id: 7, capacity: 0, pools: ['A'] });
    const problem = 'problem' in parsed ? parsed.problem : '';
    expect(problem.split('; ').map((fault) => fault.split(':')[0])).toEqual(['node_id', 'capacity', 'pools.0']);
  });
});
