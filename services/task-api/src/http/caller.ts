import { AppError } from '@cyberstroll/runtime';
import type { KeyCaller } from '@cyberstroll/store';
import type { Response } from 'express';

const CALLER = 'caller';

export const setCaller = (response: Response, caller: KeyCaller): void => {
  response.locals[CALLER] = caller;
};

export const findCaller = (response: Response): KeyCaller | undefined =>
  response.locals?.[CALLER] as KeyCaller | undefined;

/** The caller of a request. Use it only behind `authenticate`. */
export function getCaller(response: Response): KeyCaller {
  const caller = findCaller(response);
  if (!caller) throw new AppError('unauthorised');
  return caller;
}

/** What is counted and kept of each caller apart: by its key, since the name of a revoked key may be given again. */
export const toCallerId = ({ name, key }: KeyCaller): string => key?.key_id ?? name;
