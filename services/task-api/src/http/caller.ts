import { AppError, type Caller } from '@cyberstroll/runtime';
import type { Response } from 'express';

const CALLER = 'caller';

export const setCaller = (response: Response, caller: Caller): void => {
  response.locals[CALLER] = caller;
};

export const findCaller = (response: Response): Caller | undefined => response.locals?.[CALLER] as Caller | undefined;

/** The caller of a request. Use it only behind `authenticate`. */
export function getCaller(response: Response): Caller {
  const caller = findCaller(response);
  if (!caller) throw new AppError('unauthorised');
  return caller;
}
