import { createDepthReadings } from './depth-readings';

const SECOND = 1_000;
const NOTHING = [0, 0] as const;

/** Looks at one queue: `[seconds, messages, consumers]` each. */
function look(...looks: [seconds: number, messages: number, consumers: number][]) {
  const read = createDepthReadings();
  return looks.map(([seconds, messageCount, consumerCount]) => {
    const { known, latest } = read('q', { messageCount, consumerCount }, seconds * SECOND);
    return [known, latest];
  });
}

it('knows a depth by its messages or its consumers', () => {
  expect(look([0, 5, 0], [1, 7, 2], [2, 0, 1])).toEqual([
    [5, 5],
    [7, 7],
    [0, 0],
  ]);
});

it('takes 0 messages and 0 consumers for unknown, however often, and keeps the last known depth', () => {
  expect(look([0, 5, 2], [1, ...NOTHING], [30, ...NOTHING], [59, ...NOTHING], [60, 4, 2], [61, ...NOTHING])).toEqual([
    [5, 5],
    [undefined, 5],
    [undefined, 5],
    [undefined, 5],
    [4, 4],
    [undefined, 4],
  ]);
});

it('shows 0 before anything was known, and after 60 s of looks without an answer', () => {
  expect(look([0, ...NOTHING])).toEqual([[undefined, 0]]);
  expect(look([0, 5, 0], [500, ...NOTHING], [559, ...NOTHING], [560, ...NOTHING])).toEqual([
    [5, 5],
    [undefined, 5],
    [undefined, 5],
    [undefined, 0],
  ]);
});

it('keeps the readings of each queue separately', () => {
  const read = createDepthReadings();
  read('a', { messageCount: 3, consumerCount: 0 }, 0);
  expect(read('b', { messageCount: 0, consumerCount: 0 }, 1)).toEqual({ known: undefined, latest: 0 });
  expect(read('a', { messageCount: 0, consumerCount: 0 }, 1)).toEqual({ known: undefined, latest: 3 });
});
