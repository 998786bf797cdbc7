/** How the server closes a WebSocket: the code of RFC 6455 and its reason. */
export const WEBSOCKET_CLOSES = {
  goingAway: {
    code: 1001,
    reason: 'going away',
    when: 'the replica is stopping',
    todo: 'connect again',
  },
  keyEnded: {
    code: 4401,
    reason: 'key ended',
    when: 'the API key was revoked or has expired, its secret was replaced, or the session has ended',
    todo: 'connect again with a valid key, or log in again',
  },
  badMessage: {
    code: 4400,
    reason: 'bad message',
    when: 'on the WebSocket of all tasks the client sent what does not name tasks',
    todo: 'send `{"task_ids": […]}` as text, with at most 100 ids',
  },
  tooSlow: {
    code: 1013,
    reason: 'too slow',
    when: 'the client did not read for 30 seconds while frames waited',
    todo: 'read faster or on a faster connection, then connect again; the first frame is a snapshot',
  },
} as const satisfies Record<string, { code: number; reason: string; when: string; todo: string }>;
