import { createTaskBodySchema } from './task';
import { MAX_EXCLUDE_TEXT, MAX_TARGET_TEXT } from './task-shape';

const BODY = { task_target: '127.0.0.1', task_initiator: 'me', scan: { ports: '22' } };
const config = (change: object) => ({ config: change });
const scan = (ports: unknown) => ({ scan: { ports } });
const options = (given: object) => ({ scan: { method: 'nuclei', options: given } });
const nested = (levels: number): object => (levels > 1 ? { in: nested(levels - 1) } : {});
const codes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`CODE_${n}`, true]));
const labels = (count: number) => Array.from({ length: count }, (_, n) => `label ${n}`);
const oddPorts = (count: number) => Array.from({ length: count }, (_, n) => 2 * n + 1);
const faultsOf = (body: object) =>
  createTaskBodySchema.safeParse(body).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('every field of a task’s body has a cap', () => {
  it.each<[field: string, largest: object, larger: object]>([
    ['task_target', { task_target: '1'.repeat(MAX_TARGET_TEXT) }, { task_target: '1'.repeat(MAX_TARGET_TEXT + 1) }],
    [
      'exclude_target',
      { exclude_target: '1'.repeat(MAX_EXCLUDE_TEXT) },
      { exclude_target: '1'.repeat(MAX_EXCLUDE_TEXT + 1) },
    ],
    ['task_initiator', { task_initiator: '张'.repeat(100) }, { task_initiator: '张'.repeat(101) }],
    ['task_type', { task_type: '扫'.repeat(100) }, { task_type: '扫'.repeat(101) }],
    ['task_category', { task_category: '夜'.repeat(100) }, { task_category: '夜'.repeat(101) }],
    ['name', { name: '名'.repeat(200) }, { name: '名'.repeat(201) }],
    ['labels', { labels: labels(20) }, { labels: labels(21) }],
    ['labels.0', { labels: ['签'.repeat(100)] }, { labels: ['签'.repeat(101)] }],
    ['labels', { labels: ['\u00e9', 'E'] }, { labels: ['\u00e9', 'e\u0301'] }],
    // 511 odd ports are 1,999 characters.
    ['scan.ports', scan(oddPorts(511)), scan(oddPorts(512))],
    ['scan.ports', scan(oddPorts(511).join()), scan(oddPorts(512).join())],
    ['scan.ports', scan(Array(65_535).fill(1)), scan(Array(65_536).fill(1))],
    ['scan.options', options({ o: 'x'.repeat(16_376) }), options({ o: 'x'.repeat(16_377) })],
    ['scan.options', options(nested(8)), options(nested(9))],
    ['scan.options', options({ 'a.b': { c$: 1 } }), options({ a: [{ $ref: 1 }] })],
    ['metadata', { metadata: { m: 'x'.repeat(4_088) } }, { metadata: { m: 'x'.repeat(4_089) } }],
    ['config.max_retries', config({ max_retries: 100 }), config({ max_retries: 101 })],
    ['config.retry_delay', config({ retry_delay: 86_400 }), config({ retry_delay: 86_401 })],
    ['config.max_retry_delay', config({ max_retry_delay: 86_400 }), config({ max_retry_delay: 86_401 })],
    ['config.timeout', config({ timeout: 31_536_000 }), config({ timeout: 31_536_001 })],
    ['config.subtask_timeout', config({ subtask_timeout: 86_400 }), config({ subtask_timeout: 86_401 })],
    ['config.priority', config({ priority: 10 }), config({ priority: 11 })],
    ['config.pool', config({ pool: 'p'.repeat(50) }), config({ pool: 'p'.repeat(51) })],
    ['config.order', config({ order: 'sequential' }), config({ order: 'sideways' })],
    ['config.retryable', config({ retryable: codes(50) }), config({ retryable: codes(51) })],
    [
      `config.retryable.${'A'.repeat(51)}`,
      config({ retryable: { ['A'.repeat(50)]: true } }),
      config({ retryable: { ['A'.repeat(51)]: true } }),
    ],
    ['config.error_threshold', config({ error_threshold: 2 ** 32 }), config({ error_threshold: 2 ** 32 + 1 })],
    [
      'error_info.error_threshold',
      { error_info: { error_threshold: '100%' } },
      { error_info: { error_threshold: '101%' } },
    ],
  ])('%s', (field, largest, larger) => {
    expect(faultsOf({ ...BODY, ...largest })).toBeUndefined();
    expect(faultsOf({ ...BODY, ...larger })).toEqual([expect.stringMatching(`^${field}: `)]);
  });
});

it('says how long merged ports are, and what is allowed', () => {
  expect(faultsOf({ ...BODY, ...scan(oddPorts(32_768)) })).toEqual([
    'scan.ports: is 191,052 characters long as merged ranges, and 2,000 are allowed: name fewer ranges',
  ]);
});

it('a scan by connect or nmap needs ports; by another method it may touch any, unless it names some', () => {
  const of = (how: object) => createTaskBodySchema.safeParse({ ...BODY, scan: how }).data?.scan.ports;
  expect(faultsOf({ ...BODY, scan: { method: 'nmap' } })).toEqual(['scan.ports: is required']);
  expect([of({ method: 'nuclei' }), of({ method: 'nuclei', ports: '443,80' })]).toEqual(['1-65535', '80,443']);
});

it('refuses __proto__ among the retryable codes by name', () => {
  const body = JSON.parse('{"config":{"retryable":{"__proto__":true,"TIMEOUT":true}}}');
  expect(faultsOf({ ...BODY, ...body })).toEqual(['config.retryable.__proto__: is not an error code']);
});

describe('error_threshold', () => {
  const thresholdOf = (change: object) => createTaskBodySchema.parse({ ...BODY, ...change }).error_threshold;

  it('may be in error_info, as in the contract, in config, or in both if they are equal', () => {
    expect(thresholdOf({ error_info: { error_threshold: 3 } })).toBe(3);
    expect(thresholdOf({ config: { error_threshold: '10%' } })).toBe('10%');
    expect(thresholdOf({ error_info: { error_threshold: 0 }, config: { error_threshold: 0 } })).toBe(0);
    expect(thresholdOf({ error_info: {} })).toBeUndefined();
  });

  it('is refused where the two differ, and both are named', () => {
    expect(faultsOf({ ...BODY, error_info: { error_threshold: 3 }, config: { error_threshold: '10%' } })).toEqual([
      'error_info.error_threshold: is 3, and config.error_threshold is "10%": give one of the two',
    ]);
  });

  it('is all of error_info that is the client’s', () => {
    expect(faultsOf({ ...BODY, error_info: { error_count: 0 } })).toEqual([expect.stringContaining('error_count')]);
  });
});
