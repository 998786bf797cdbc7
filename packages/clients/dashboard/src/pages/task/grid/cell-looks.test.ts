import { toBlockFill, toBlockStatus, toFill } from './cell-looks';

const cell = { status: 'COMPLETED', attempt: 2, has_open_ports: true, node: 'b' } as const;
const context = { toNodeNumber: () => 1, isEnded: false };
const counts = {
  PENDING: 0,
  ASSIGNED: 0,
  SCANNING: 0,
  RETRYING: 0,
  COMPLETED: 0,
  FAILED: 0,
  TIMEOUT: 0,
  CANCELLED: 0,
};

it('a cell has the colour and the glyph of what was asked for', () => {
  expect(toFill(cell, 'state', context)).toEqual({ colour: 'state-good', glyph: '✓' });
  expect(toFill(cell, 'attempts', context)).toEqual({ colour: 'state-waiting', glyph: '2' });
  expect(toFill(cell, 'node', context)).toEqual({ colour: 'hsl(138 55% 45%)', glyph: 'B' });
  expect(toFill(cell, 'open_ports', context)).toEqual({ colour: 'accent', glyph: '●' });
  expect(toFill({ ...cell, node: undefined }, 'node', context).glyph).toBe('');
});

it('red is for FAILED alone', () => {
  const red = Object.keys(counts).filter(
    (status) => toFill({ ...cell, status: status as never }, 'state', context).colour === 'state-bad',
  );
  expect(red).toEqual(['FAILED']);
});

it('what an ended task never sent out is cancelled', () => {
  const untouched = { status: 'PENDING', attempt: 0, has_open_ports: false } as const;
  expect(toFill(untouched, 'state', context).glyph).toBe('·');
  expect(toFill(untouched, 'state', { ...context, isEnded: true }).glyph).toBe('⊘');
});

it('the glyph of a block is its trouble first, then what runs, then most of it', () => {
  const shown = (change: Partial<typeof counts>, isEnded = false) =>
    toBlockStatus({ counts: { ...counts, ...change }, open_ports: 0 }, isEnded);
  expect(shown({ COMPLETED: 200, FAILED: 1 })).toBe('FAILED');
  expect(shown({ COMPLETED: 200, SCANNING: 1, PENDING: 50 })).toBe('SCANNING');
  expect(shown({ COMPLETED: 100, PENDING: 156 })).toBe('PENDING');
  expect(shown({ COMPLETED: 100, PENDING: 156 }, true)).toBe('CANCELLED');
  expect(shown({ COMPLETED: 256 })).toBe('COMPLETED');
  expect(toBlockFill({ counts, open_ports: 3 }, 'open_ports', false).glyph).toBe('●');
});

it('a block is filled by the shares of its states; what failed is on top', () => {
  const block = { counts: { ...counts, PENDING: 128, COMPLETED: 64, SCANNING: 32, FAILED: 32 }, open_ports: 0 };
  expect(toBlockFill(block, 'state', false)).toEqual({
    colour: 'state-idle',
    glyph: '✕',
    shares: [
      { colour: 'state-good', share: 0.25 },
      { colour: 'state-working', share: 0.125 },
      { colour: 'state-bad', share: 0.125 },
    ],
  });
});

it('where failures alone are looked for, all else is pale', () => {
  const pale = { colour: 'back-sunken', glyph: '' };
  expect(toFill(cell, 'failures', context)).toEqual(pale);
  expect(toFill({ ...cell, status: 'TIMEOUT' }, 'failures', context).colour).toBe('state-late');
  const block = { counts: { ...counts, COMPLETED: 3, SCANNING: 4, FAILED: 1 }, open_ports: 0 };
  expect(toBlockFill(block, 'failures', false)).toEqual({
    colour: 'back-sunken',
    glyph: '✕',
    shares: [{ colour: 'state-bad', share: 0.125 }],
  });
});
