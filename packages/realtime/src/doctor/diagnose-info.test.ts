import { diagnoseInfo } from './diagnose-info';

const HEALTHY = {
  redis_version: '7.2.4',
  role: 'master',
  used_memory: 1_048_576,
  maxmemory: 0,
  maxmemory_policy: 'noeviction',
};
const toInfo = (facts: object) =>
  `# Server\r\n${Object.entries(facts)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}`;
const LIMITED = { maxmemory: 10 * 1_048_576, maxmemory_policy: 'volatile-ttl' };

it.each([
  ['a Redis as it comes', {}, []],
  ['a limit with eviction', LIMITED, []],
  ['an old version', { redis_version: '6.2.14' }, [['redis version', 'fail']]],
  ['a replica', { role: 'slave' }, [['redis role', 'fail']]],
  ['a limit without eviction', { ...LIMITED, maxmemory_policy: 'noeviction' }, [['redis memory', 'warn']]],
  [
    'the same when full',
    { ...LIMITED, maxmemory_policy: 'noeviction', used_memory: 9.5 * 1_048_576 },
    [['redis memory', 'fail']],
  ],
  ['a full one that evicts', { ...LIMITED, used_memory: 9.5 * 1_048_576 }, [['redis memory', 'warn']]],
])('%s', (_name, changes, expected) => {
  const diagnoses = diagnoseInfo(toInfo({ ...HEALTHY, ...changes })).filter(({ verdict }) => verdict !== 'ok');
  expect(diagnoses.map(({ check, verdict }) => [check, verdict])).toEqual(expected);
  for (const { remedy } of diagnoses) expect(remedy).toMatch(/\w/);
});
