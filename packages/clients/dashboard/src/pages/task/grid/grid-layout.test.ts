import {
  countCells,
  findCell,
  findNamedRows,
  findOutline,
  layOut,
  moveCell,
  selectRectangle,
  splitByRow,
  toNextZoom,
  toRuns,
} from './grid-layout';

it.each([
  [65_536, 1_440, { columns: 256, size: 5 }],
  [65_536, 690, { columns: 256, size: 2 }],
  [65_536, 358, { columns: 128, size: 2 }],
  [1_024, 1_440, { columns: 64, size: 22 }],
  [1_024, 690, { columns: 32, size: 21 }],
  [256, 358, { columns: 16, size: 22 }],
  [1, 358, { columns: 1, size: 32 }],
])('%i cells fit a box of %i px', (cells, width, expected) => {
  const layout = layOut(cells, width);
  expect(layout).toMatchObject(expected);
  expect(layout.columns * layout.size).toBeLessThanOrEqual(width);
});

it('finds the cell under a point, and none outside or after the last', () => {
  const layout = { columns: 16, rows: 16, size: 10, cells: 250 };
  expect(findCell(layout, 0, 0)).toBe(0);
  expect(findCell(layout, 15, 11)).toBe(17);
  expect([findCell(layout, 160, 0), findCell(layout, -1, 5), findCell(layout, 159, 159)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('arrows move by a cell or a row, and stop at the edges', () => {
  const layout = { columns: 16, rows: 16, size: 10, cells: 250 };
  const moves = ['ArrowRight', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'Home', 'End', 'a'];
  expect(moves.map((key) => moveCell(layout, 17, key))).toEqual([18, 33, 1, 16, 0, 249, 17]);
  expect(['ArrowUp', 'ArrowLeft'].map((key) => moveCell(layout, 0, key))).toEqual([0, 0]);
});

it('a rectangle selects the same cells from any two corners', () => {
  const layout = { columns: 16, rows: 16, size: 10, cells: 256 };
  const runs = [
    [17, 20],
    [33, 36],
  ];
  for (const [one, other] of [
    [17, 35],
    [35, 17],
    [19, 33],
    [33, 19],
  ] as const) {
    expect(selectRectangle(layout, one, other)).toEqual(runs);
  }
  expect(countCells(selectRectangle(layout, 17, 35))).toBe(6);
  expect(selectRectangle(layout, 0, 31)).toEqual([[0, 32]]);
});

it('neighbours make a run', () => {
  expect(toRuns([1, 2, 3, 7, 9, 10])).toEqual([
    [1, 4],
    [7, 8],
    [9, 11],
  ]);
});

it('cells have one outline: no edge is between two of them', () => {
  // Rows of 4: the cells 1, 2, 5, 6 are a square; 7 and 8 touch by number alone.
  const square = [
    [1, 3],
    [5, 7],
  ] as const;
  expect(findOutline(square, 4)).toEqual([
    [1, 0, 3, 0],
    [1, 0, 1, 1],
    [3, 0, 3, 1],
    [1, 2, 3, 2],
    [1, 1, 1, 2],
    [3, 1, 3, 2],
  ]);
  expect(splitByRow([[7, 9]], 4)).toEqual([
    [7, 8],
    [8, 9],
  ]);
  expect(findOutline([[7, 9]], 4)).toHaveLength(8);
});

it('rows have names as far apart as a name is high', () => {
  const ofSlash16 = findNamedRows({ columns: 256, rows: 256, size: 3, cells: 65_536 });
  expect(ofSlash16).toHaveLength(32);
  expect(ofSlash16[1]).toEqual({ row: 8, cell: 8 * 256 });
  expect(findNamedRows({ columns: 16, rows: 16, size: 32, cells: 256 })).toHaveLength(16);
});

it('cells are shown up to four times as large', () => {
  expect([toNextZoom(1, true), toNextZoom(2, true), toNextZoom(4, true), toNextZoom(1, false)]).toEqual([2, 4, 4, 1]);
  expect(layOut(65_536, 800, 4)).toMatchObject({ columns: 256, size: 12 });
});
