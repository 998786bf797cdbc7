import type { ProgressUpdate } from '@cyberstroll/client';
import { effect, signal } from '@preact/signals';
import { merge, toProgressOf } from './progress-of';

const update = (task_id: string, seq: number) => ({ task_id, seq }) as ProgressUpdate;

it('a row hears its own task alone, and the newest of it', () => {
  const heard = signal(merge(new Map(), [update('a', 1), update('b', 1)]));
  const drawn: (number | undefined)[] = [];
  const ofRow = toProgressOf(heard, 'a');
  effect(() => {
    drawn.push(ofRow.value?.seq);
  });
  for (const frame of [[update('b', 2)], [update('c', 1)], [update('b', 3), update('a', 5)], [update('a', 4)]]) {
    heard.value = merge(heard.value, frame);
  }
  expect(drawn).toEqual([1, 5]);
});
