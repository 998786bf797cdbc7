import { findClientAddress, type ProxyTrust, toCallerId } from '@cyberstroll/access';
import type { ConnectionCaps } from '@cyberstroll/progress';
import { AppError } from '@cyberstroll/runtime';
import type { Call } from '../add-operations';
import { toGoneSignal } from './stream-format';

type Asked = Pick<Call<'streamTaskEvents'>, 'caller' | 'request' | 'response'>;

/**
 * Takes a place for a stream of server-sent events until it is closed; the signal aborts then. Throws AppError
 * `too_many_connections` if its caller, or the replica, has all of its places.
 */
export function takeStreamPlace(
  caps: ConnectionCaps,
  isTrusted: ProxyTrust,
  { caller, request, response }: Asked,
): AbortSignal {
  const who = { address: findClientAddress(request, isTrusted), key: toCallerId(caller) };
  const full = caps.enter(who);
  if (full) throw new AppError('too_many_connections', { detail: full.detail, retry_after_seconds: 2 });
  response.once('close', () => caps.leave(who));
  // Proxies such as nginx would keep the events back.
  response.set('x-accel-buffering', 'no');
  return toGoneSignal(response);
}
