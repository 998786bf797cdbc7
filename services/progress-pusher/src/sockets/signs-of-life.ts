import { type Component, createComponent, within } from '@cyberstroll/runtime';
import type { WebSocket } from 'ws';

/** Milliseconds between two signs, as the README says. */
const SIGN_MS = 2_000;
/** The store has this many milliseconds to answer. */
const ANSWER_MS = 1_000;
const SIGN = JSON.stringify({ type: 'alive' });

export interface SignsOfLife extends Component {
  /** Sends signs to this WebSocket until it closes. */
  add(socket: WebSocket): void;
}

/**
 * Says to those who asked for it that what they see is live: a browser sees no pings, so otherwise a page could not
 * distinguish silence from a dead connection. No sign is sent while the store, which has the truth, does not answer.
 * One question to the store serves all sockets of the replica; without sockets none is asked.
 */
export function createSignsOfLife({ checkStore }: { checkStore: () => Promise<unknown> }): SignsOfLife {
  const sockets = new Set<WebSocket>();
  let timer: NodeJS.Timeout | undefined;

  async function beat(): Promise<void> {
    const isLive = await within(checkStore(), ANSWER_MS, () => new Error('no answer')).then(
      () => true,
      () => false,
    );
    if (!isLive) return;
    for (const socket of sockets) {
      // What is not read yet is a sign already.
      if (socket.readyState === socket.OPEN && socket.bufferedAmount === 0) socket.send(SIGN);
    }
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    ...createComponent('signs of life', { stop }),
    add(socket) {
      sockets.add(socket);
      timer ??= setInterval(() => void beat(), SIGN_MS);
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) stop();
      });
    },
  };
}

/** Whether a client asks for signs: `?alive=true`. */
export const asksForSigns = (url: string): boolean => new URLSearchParams(url.split('?')[1]).get('alive') === 'true';
