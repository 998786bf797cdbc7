import type { Caller, SessionRing } from '@cyberstroll/access';
import { AppError } from '@cyberstroll/runtime';
import type { Response } from 'express';

const CALLER = 'caller';

const WATCH = 'watch_key';

export const setCaller = (response: Response, caller: Caller, sessions: Pick<SessionRing, 'watch'>): void => {
  response.locals[CALLER] = caller;
  response.locals[WATCH] = (ended: () => void) => sessions.watch(caller, ended);
};

/** Ends a long answer with the API key or session that asked for it: the connection is cut. */
export function endWithKey(response: Response): void {
  const watch = response.locals[WATCH] as ((ended: () => void) => () => void) | undefined;
  const stop = watch?.(() => response.destroy());
  if (stop) response.once('close', stop);
}

export const findCaller = (response: Response): Caller | undefined => response.locals?.[CALLER] as Caller | undefined;

/** The caller of a request. Use it only behind `authenticate`. */
export function getCaller(response: Response): Caller {
  const caller = findCaller(response);
  if (!caller) throw new AppError('unauthorised');
  return caller;
}
