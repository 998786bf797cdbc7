/** Updates that wait no longer than this may be overlooked where work is repeated: the fence accepts each once. */
export const SMALL_LAG_MS = 2_000;

/**
 * Whether the updaters keep up, so that what a sweep finds undone is undone: few envelopes wait in their queues, or
 * those that wait are applied soon. Under a steady load the envelopes of a moment always wait.
 *
 * `waiting` is undefined if RabbitMQ does not know how many there are; then nothing is known. `lagSeconds` is undefined
 * if nobody measures it.
 */
export const keepUp = (
  { waiting, lagSeconds }: { waiting: number | undefined; lagSeconds: number | undefined },
  few: number,
): boolean =>
  waiting !== undefined && (waiting <= few || (lagSeconds !== undefined && lagSeconds * 1_000 < SMALL_LAG_MS));
