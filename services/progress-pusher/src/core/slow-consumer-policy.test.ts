import { decideSend, MAX_BUFFERED_BYTES, MAX_SLOW_MS } from './slow-consumer-policy';

it.each([
  [0, undefined, 'send'],
  [MAX_BUFFERED_BYTES, undefined, 'send'],
  [MAX_BUFFERED_BYTES, 0, 'send'],
  [MAX_BUFFERED_BYTES + 1, undefined, 'hold'],
  [MAX_BUFFERED_BYTES + 1, 1, 'hold'],
  [MAX_BUFFERED_BYTES + 1, 0, 'cut'],
] as const)('%d bytes unsent, slow since %s: %s', (bufferedBytes, slowSince, verdict) => {
  expect(decideSend({ bufferedBytes, slowSince }, MAX_SLOW_MS)).toBe(verdict);
});
