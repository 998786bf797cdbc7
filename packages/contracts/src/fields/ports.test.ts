import fc from 'fast-check';
import { normalizePorts, parsePorts, portsSchema, toPortsText } from './ports';

it('reads lists and ranges, in any order, without repeats', () => {
  expect(parsePorts('80, 22 8000-8002,80')).toEqual([22, 80, 8000, 8001, 8002]);
});

it.each(['', '0', '65536', '80-22', '22-', 'sshd', 'constructor', '1-70000', '-5', '1e3'])('refuses %p', (text) => {
  expect(() => parsePorts(text)).toThrow(RangeError);
  expect(portsSchema.safeParse(text).success).toBe(false);
});

it('names the entry at fault', () => {
  expect(() => parsePorts('22,ssh,80')).toThrow('"ssh"');
});

it('takes text or numbers from a client, and keeps compact text', () => {
  expect(portsSchema.parse([80, 22, 23, 24])).toBe('22-24,80');
  expect(portsSchema.parse('22,23,24,80')).toBe('22-24,80');
});

it('takes names from a client, and gives nodes numbers', () => {
  expect(portsSchema.parse('ssh,HTTPS 8000-8010')).toBe('22,443,8000-8010');
  expect(portsSchema.parse('-')).toBe('1-65535');
  expect(parsePorts(portsSchema.parse('top-100'))).toHaveLength(100);
  expect(() => parsePorts('ssh')).toThrow('"ssh"');
});

it('gives the same ports back from their text', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1 }), (ports) => {
      const sorted = [...ports].sort((a, b) => a - b);
      expect(parsePorts(toPortsText(sorted))).toEqual(sorted);
    }),
  );
});

it('merges ranges without counting their ports: many full ranges cost no more than their text', () => {
  const toMs = (entry: string) => {
    const text = `${entry},`.repeat(249);
    const tookMs = Array.from({ length: 20 }, () => {
      const begun = performance.now();
      expect(normalizePorts(text)).toBe(entry);
      return performance.now() - begun;
    });
    // The best of them: in any other the machine may have done something else.
    return Math.min(...tookMs);
  };
  toMs('2-3');
  // One by one they would cost more than 10,000 times as much.
  expect(toMs('1-65535')).toBeLessThan(100 * toMs('2-3'));
});

it('merges as a set of numbers would', () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(range, { minLength: 1 }), (ranges) => {
      const ports = new Set(ranges.flatMap(([first, more]) => Array.from({ length: more + 1 }, (_, n) => first + n)));
      const text = ranges.map(([first, more]) => `${first}-${first + more}`).join(' ');
      expect(parsePorts(text)).toEqual([...ports].sort((a, b) => a - b));
      expect(normalizePorts(text)).toBe(toPortsText(parsePorts(text)));
    }),
  );
});
