import { createKeyScope, type KeyRing, type KeyScope } from '@cyberstroll/access';
import type { KeyView } from '@cyberstroll/contracts';
import { toAppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** What an operator may do now that commanded something earlier: in which networks, or why nothing any more. */
export type Rights = { scope: KeyScope | undefined } | { gone: string };

interface Operator {
  operator: string;
  /** Of a key of the collection; absent: of API_KEYS. */
  key_id?: string | undefined;
}

/** Reads the key of an operator as it is now. */
export async function findRights(
  { store: { apiKeys }, keys }: { store: Pick<Store, 'apiKeys'>; keys: Pick<KeyRing, 'isReserved'> },
  { operator, key_id }: Operator,
  now: Date,
): Promise<Rights> {
  if (key_id === undefined) {
    return keys.isReserved(operator)
      ? { scope: undefined }
      : { gone: `API_KEYS has no key of the name ${operator} any more` };
  }
  const key = await apiKeys.getKey(key_id).catch((error: unknown): KeyView | undefined => {
    if (toAppError(error).code !== 'key_not_found') throw error;
    return undefined;
  });
  if (!key || key.revoked_time) return { gone: `the API key of ${operator} was revoked` };
  if (key.expires_time && key.expires_time <= now) return { gone: `the API key of ${operator} has expired` };
  return { scope: key.networks && createKeyScope(key.networks) };
}
