import type { Frame } from './task-channel';

/** Frames that are sent together, one of each task. */
export type Batch = readonly Frame[];

const messages = new WeakMap<Batch, Buffer>();
const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((text) => Buffer.from(text));

/** A batch as a JSON array of progress updates: made once, however many subscribers get it. */
export function toMessage(batch: Batch): Buffer {
  const known = messages.get(batch);
  if (known) return known;
  const parts = batch.flatMap(({ bytes }, i) => [i === 0 ? OPEN! : COMMA!, bytes]);
  const message = Buffer.concat([...(parts.length > 0 ? parts : [OPEN!]), CLOSE!]);
  messages.set(batch, message);
  return message;
}
