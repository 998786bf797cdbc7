import { ExcludedNow } from './excluded';

it('holds for 30 s without a repeat, until another message replaces it, and stays if one cannot be read', () => {
  const excluded = new ExcludedNow();
  const left = (ip: string, now: number) => excluded.portsLeft(ip, [22, 80], now);
  const message = { exclude_target: '10.0.0.1', exclude_ports: [{ target: '10.0.0.2', ports: '80-90' }] };
  expect(excluded.note(message, 0)).toBe(true);
  expect(excluded.note(message, 1_000)).toBe(false);
  expect(() => excluded.note({ exclude_target: 'all of ours' }, 2_000)).toThrow();
  expect(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip) => left(ip, 30_999))).toEqual([[], [22], [22, 80]]);
  expect(left('10.0.0.1', 31_000)).toEqual([22, 80]);
  expect(excluded.note(message, 40_000)).toBe(true);
  expect(excluded.note({}, 40_001)).toBe(true);
  expect(left('10.0.0.1', 40_002)).toEqual([22, 80]);
});
