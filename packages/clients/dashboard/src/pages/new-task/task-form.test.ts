import type { Task } from '@cyberstroll/client';
import { normalizePorts, parsePorts } from '@cyberstroll/contracts';
import { PORT_PRESETS, sortFaults, toBody, toCliText, toFirstValues, toValuesOf } from './task-form';

const rules = {
  'config.priority': { default: 5 },
  task_type: { default: 'port_scan' },
  'config.order': { default: 'permuted' },
};
const first = toFirstValues(rules, 'otto');
const ID = 'a'.repeat(24);

it('the body has what must be there and what was changed, and nothing else', () => {
  const targets = '10.0.0.0/24\n10.1.0.1';
  expect(toBody({ ...first, targets }, first, {})).toEqual({
    task_target: targets,
    task_initiator: 'otto',
    scan: { ports: PORT_PRESETS.top_20 },
  });
  const changes = {
    priority: '9',
    labels: 'night shift, 夜间',
    error_threshold: '10%',
    retryable: 'TIMEOUT=no',
    name: ' a ',
  };
  const body = toBody({ ...first, targets, ...changes, method: 'nmap' }, first, {});
  expect(body).toMatchObject({
    name: 'a',
    labels: ['night shift', '夜间'],
    config: { priority: 9, retryable: { TIMEOUT: false } },
    scan: { method: 'nmap' },
    error_info: { error_threshold: '10%' },
  });
});

it('another method may name no ports, and has options as JSON; what is no JSON goes as it is', () => {
  const toScan = (options: string) =>
    toBody({ ...first, targets: '10.0.0.1', ports: '', method: 'x', options }, first, {}).scan;
  expect(toScan('{"rate": 5}')).toEqual({ method: 'x', options: { rate: 5 } });
  expect(toScan('{rate')).toEqual({ method: 'x', options: '{rate' });
});

it('scanning again gives only what differs from the other task', () => {
  const task = {
    task_id: ID,
    name: 'old',
    labels: ['a'],
    task_category: 'c',
    task_type: 't',
    progress: { total_targets: 9 },
    scan: { ports: '22', method: 'connect' },
    config: {
      priority: 8,
      max_retries: 1,
      retry_delay: 1,
      max_retry_delay: 2,
      subtask_timeout: 3,
      timeout: 4,
      pool: 'p',
      order: 'sequential',
      retryable: { TIMEOUT: false },
    },
    error_info: { error_threshold: 9 },
  } as unknown as Task;
  const old = toValuesOf(task, first);
  expect(old).toMatchObject({ priority: '8', retryable: 'TIMEOUT=no', error_threshold: '', labels: 'a' });
  const origin = { from_task: ID, only: 'failed' as const };
  expect(toBody(old, old, origin)).toEqual({ ...origin, task_initiator: 'otto' });
  const changed = { ...old, labels: '', ports: '80', targets: 'not sent' };
  expect(toBody(changed, old, origin)).toEqual({
    ...origin,
    task_initiator: 'otto',
    labels: [],
    scan: { ports: '80' },
  });
  expect(toCliText({ ...old, ports: '80' }, old, origin)).toBe(
    `cyberstroll task create --from ${ID} --only failed --ports 80 --initiator otto`,
  );
});

it('the pace goes into the configuration, and as options to the command line', () => {
  const windows = 'mon 22:00-06:00 UTC\nsat 00:00-00:00 UTC';
  const values = {
    ...first,
    targets: '::1',
    ports: '22',
    max_starts_per_second: '0.5',
    per_prefix: '4/24/64',
    windows,
  };
  expect(toBody(values, first, {})).toMatchObject({
    config: {
      max_starts_per_second: 0.5,
      per_prefix: { max_concurrent: 4, ipv4_length: 24, ipv6_length: 64 },
      windows: [{ days: ['mon'], from: '22:00', to: '06:00', time_zone: 'UTC' }, { days: ['sat'] }],
    },
  });
  expect(toCliText(values, first, {})).toContain(
    " --per-prefix 4/24/64 --window 'mon 22:00-06:00 UTC' --window 'sat 00:00-00:00 UTC'",
  );
});

it('what cannot be read goes to the API as it is, which says what is wrong with it', () => {
  const body = toBody({ ...first, targets: 'x', priority: 'much', retryable: 'TIMEOUT=perhaps' }, first, {});
  expect(body).toMatchObject({ config: { priority: 'much', retryable: { TIMEOUT: 'perhaps' } } });
});

it('the command line gets each target as a word of its own', () => {
  const values = { ...first, targets: '10.0.0.1, 10.0.0.2\n::1', ports: '22', labels: 'a b,c', max_retries: '0' };
  expect(toCliText(values, first, {})).toBe(
    "cyberstroll task create 10.0.0.1 10.0.0.2 ::1 --ports 22 --label 'a b' --label c --initiator otto --max-retries 0",
  );
});

it('what the API says of a field stands beside it', () => {
  const faults = [
    { field: 'task_target', message: 'a' },
    { field: 'labels.0', message: 'b' },
    { field: 'config.error_threshold', message: 'c' },
    { field: 'config.retryable.x', message: 'd' },
    { field: 'somewhere', message: 'e' },
    { message: 'f' },
  ];
  const sorted = { targets: 'a', labels: 'b', error_threshold: 'c', retryable: 'd', '': 'e; f' };
  expect(sortFaults(faults)).toEqual(sorted);
});

it('the presets have the ports that their names promise', () => {
  const counts = Object.values(PORT_PRESETS).map((ports) => parsePorts(normalizePorts(ports)).length);
  expect(counts).toEqual([20, 100, 14, 65_535]);
});
