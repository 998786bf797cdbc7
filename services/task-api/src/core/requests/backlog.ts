/** How long the queue of state updates is, and how long an update waits until it is applied. */
export interface UpdateBacklog {
  /** Envelopes that are ready in the queue. */
  messages: number;
  /** Seconds. This includes updates that a state-updater holds, which the queue does not show. */
  lagSeconds: number;
}

export interface BacklogLimits {
  maxMessages: number;
  maxLagSeconds: number;
}

/** Why no new task is accepted, and which limit is passed; undefined while the backlog is within both limits. */
export function findPassedLimit(
  { messages, lagSeconds }: UpdateBacklog,
  { maxMessages, maxLagSeconds }: BacklogLimits,
): { detail: string; limit: number } | undefined {
  if (messages > maxMessages) {
    const detail = `${messages} state updates wait in the queue; the limit is ${maxMessages}. Try again later`;
    return { detail, limit: maxMessages };
  }
  if (lagSeconds > maxLagSeconds) {
    const detail =
      `state updates wait ${Math.round(lagSeconds)} s until they are applied; the limit is ${maxLagSeconds} s. Try ` +
      'again later';
    return { detail, limit: maxLagSeconds };
  }
  return undefined;
}
