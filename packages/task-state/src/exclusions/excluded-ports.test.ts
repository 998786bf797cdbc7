import { parseTargets } from '@cyberstroll/targets';
import {
  countLostProbes,
  createPortsLeftOut,
  findLostPorts,
  toExcludedControl,
  toExcludePorts,
  toPortsExclusions,
} from './excluded-ports';
import { takeOutExcluded, toExcludedSet } from './exclusions';

const one = (exclusion_id: string, target: string, ports?: string) => ({
  exclusion_id,
  target,
  reason: 'r',
  set: parseTargets(target),
  ...(ports !== undefined && { ports }),
});

it('excludes ports from a task that has others, too, and the whole address from one that has no other', () => {
  const exclusions = [one('a', '10.0.0.0/30'), one('b', '10.0.1.0/24', '20-25'), one('c', '10.0.2.1', '9100')];
  const some = toPortsExclusions(exclusions, '22-23,80');
  expect(some.whole).toEqual([exclusions[0]]);
  expect(findLostPorts(some, parseTargets('10.0.0.0/23'))).toEqual([
    { exclusion_id: 'b', target: '10.0.1.0/24', reason: 'r', count: 256, ports: '22-23' },
  ]);
  expect(findLostPorts(some, parseTargets('10.0.2.1'))).toEqual([]);
  const all = toPortsExclusions(exclusions, '22');
  expect(toExcludedSet(all.whole).toText()).toBe('10.0.0.0/30,10.0.1.0/24');
  expect(all.whole.map(({ exclusion_id }) => exclusion_id)).toEqual(['a', 'b']);
});

it('counts each lost port of an address once, whichever exclusions name it', () => {
  const exclusions = [one('a', '10.0.0.0/30', '22-23'), one('b', '10.0.0.2-5', '23,80')];
  const ofPorts = toPortsExclusions(exclusions, '22-23,80,443');
  // 4 addresses lose 22, 6 lose 23, and 4 lose 80.
  expect(countLostProbes(ofPorts, parseTargets('10.0.0.0/24'))).toBe(14n);
  expect(countLostProbes(ofPorts, parseTargets('10.0.0.5'))).toBe(2n);
});

it('excludes an address as a whole whose ports several exclusions take together', () => {
  const exclusions = [one('a', '10.0.0.0/24', '22'), one('b', '10.0.0.7-9', '80'), one('c', '10.0.0.8', '443')];
  const { whole } = toPortsExclusions(exclusions, '22,80');
  expect(toExcludedSet(whole).toText()).toBe('10.0.0.7-9');
  expect(takeOutExcluded(parseTargets('10.0.0.9-10'), whole).by).toEqual([
    { exclusion_id: 'a', target: '10.0.0.0/24', reason: 'r', count: 1 },
    { exclusion_id: 'b', target: '10.0.0.7-9', reason: 'r', count: 1 },
  ]);
  expect(toExcludedSet(toPortsExclusions(exclusions, '22,80,443').whole).toText()).toBe('10.0.0.8');
  expect(toPortsExclusions(exclusions, '22,80,81').whole).toEqual([]);
});

it('says to a job the ports that its own addresses lose', () => {
  const exclusions = [one('a', '10.0.0.0/30'), one('b', '10.0.1.0/24', '22,80'), one('c', '2001:db8::/64', '22')];
  const excluded = toPortsExclusions(exclusions, '1-50');
  expect(toExcludePorts(excluded, ['10.0.1.9', '10.0.2.1'])).toEqual({
    exclude_ports: [{ target: '10.0.1.9', ports: '22' }],
  });
  expect(toExcludePorts(excluded, ['10.0.2.1'])).toEqual({});
});

it('names to nodes the newest exclusions that fit, and the time before which jobs may have addresses of others', () => {
  const changed = (each: ReturnType<typeof one>, changed_time: number) => ({
    ...each,
    changed_time: new Date(changed_time),
  });
  const [a, b, c] = [one('a', '10.0.0.0/30'), one('b', '10.0.1.0/24', '22,80'), one('c', '2001:db8::/64', '22')];
  expect(toExcludedControl([changed(a, 1), changed(b, 3), changed(c, 2)])).toEqual({
    control: {
      state: 'excluded',
      exclude_target: '10.0.0.0/30',
      exclude_ports: [
        { target: '10.0.1.0/24', ports: '22,80' },
        { target: '2001:db8::/64', ports: '22' },
      ],
    },
  });
  expect(toExcludedControl([])).toEqual({ control: { state: 'excluded' } });
  const addresses = (count: number) => Array.from({ length: count }, (_, n) => `10.${n >> 7}.${(2 * n) % 256}.1`);
  const large = one('d', addresses(1_000).join());
  const control = { state: 'excluded', exclude_target: '10.0.0.0/30' };
  // The newer one takes the room of the larger one.
  expect(toExcludedControl([changed(large, 1_000), changed(a, 2_000)])).toEqual({ control, jobs_since: 3_000 });
  const tooLarge = one('e', addresses(1_001).join());
  expect(toExcludedControl([changed(a, 1_000), changed(tooLarge, 2_000)])).toEqual({ control, jobs_since: 4_000 });
});

it('a scan has left out the ports of the exclusions of its time', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute));
  const hours = [{ time_zone: 'UTC', days: ['sat' as const], from: '12:20', to: '12:40' }];
  const leftOut = createPortsLeftOut([
    { target: '10.0.0.0/30', ports: '22', start: at(10), until: at(30) },
    { target: '10.0.0.1', ports: '80-81', start: at(0), until: at(59), hours },
  ]);
  const find = (ip: string, sent: number, over: number) => [
    ...leftOut(ip, { created_time: at(sent), completed_time: at(over) }),
  ];
  expect(find('10.0.0.2', 0, 9)).toEqual([]);
  // The job was sent before the exclusion ended, or was still scanned when it began.
  expect([find('10.0.0.2', 29, 45), find('10.0.0.2', 5, 10)]).toEqual([[22], [22]]);
  expect(find('10.0.0.2', 30, 45)).toEqual([]);
  expect(find('10.0.0.1', 19, 21)).toEqual([22, 80, 81]);
  expect(find('10.0.0.1', 41, 42)).toEqual([]);
  expect(find('10.0.1.1', 19, 21)).toEqual([]);
});
