import { fromPainted, paintBetween, readWindowLines, toPainted, toWindowLines } from './window-lines';

const ZONE = 'Europe/Berlin';

it.each([
  ['nights', ['mon-fri 22:00-06:00 Europe/Berlin'], 40],
  ['a night over the end of the week', ['sun 20:00-05:00 Europe/Berlin'], 9],
  ['whole days', ['mon,wed 00:00-00:00 Europe/Berlin'], 48],
  ['more than a day, cut at midnights', ['sat 02:00-00:00 Europe/Berlin', 'sun 00:00-00:00 Europe/Berlin'], 46],
  ['all of the week', ['mon-sun 00:00-00:00 Europe/Berlin'], 168],
  ['nothing', [], 0],
])('lines of whole hours are painted, and painted hours are these lines: %s', (_, lines, count) => {
  const painted = toPainted(lines.join('\n'), ZONE);
  expect([painted.hours.size, painted.rest]).toEqual([count, []]);
  expect(fromPainted(painted, ZONE).split('\n').filter(Boolean)).toEqual(lines);
});

it.each(['mon 22:30-06:00 Europe/Berlin', 'mon 22:00-06:00 UTC', 'often'])(
  'a line that the grid cannot show stays as it is: %s',
  (line) => {
    const painted = toPainted(`${line}\nmon 01:00-02:00 Europe/Berlin`, ZONE);
    expect(painted).toEqual({ hours: new Set([1]), rest: [line] });
    expect(fromPainted(painted, ZONE)).toBe(`mon 01:00-02:00 Europe/Berlin\n${line}`);
  },
);

it('windows come back from their lines, and a line that cannot be read goes to the API', () => {
  const window = { days: ['fri' as const, 'sat' as const], from: '22:15', to: '06:00', time_zone: ZONE };
  expect(readWindowLines(`${toWindowLines([window])}\n\noften`)).toEqual([window, 'often']);
});

it('a drag paints the rectangle between its ends, or clears it if its first hour was painted', () => {
  const painted = paintBetween(new Set(), 25, 48);
  expect([...painted].sort((a, b) => a - b)).toEqual([24, 25, 48, 49]);
  expect(paintBetween(painted, 24, 48)).toEqual(new Set([25, 49]));
});
