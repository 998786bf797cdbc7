import { toWindow } from './row-window';

const box = { rowHeight: 30, height: 600 };

it('a list shows the rows at its place, and some above and below', () => {
  expect(toWindow({ ...box, top: 3_000, count: 100_000 })).toEqual({
    first: 90,
    end: 130,
    offset: 2_700,
    total: 3_000_000,
  });
});

it.each([100_000, 16_777_216])('the first and the last of %i rows can be scrolled to', (count) => {
  expect(toWindow({ ...box, top: 0, count }).first).toBe(0);
  const { total } = toWindow({ ...box, top: 0, count });
  const { end, first, offset } = toWindow({ ...box, top: total - box.height, count });
  expect(end).toBe(count);
  expect(offset + (end - first) * box.rowHeight).toBeCloseTo(total, 0);
});
