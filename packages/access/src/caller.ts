import { OPERATIONS, type OperationId, ROLES, type Role, type Session } from '@cyberstroll/contracts';
import type { KeyScope } from './networks/key-scope';

/** Who calls. */
export interface Caller {
  /** The key's name. It appears as the operator in histories. */
  name: string;
  role: Role;
  /** Absent for a key of API_KEYS. */
  key?: KeyRef;
  /** Instead of the usual limit. */
  requestsPerMinute?: number;
  /** Absent: all networks. */
  scope?: KeyScope;
  /** When the key expires; absent: never. */
  expires?: Date;
  /** By which the caller calls, instead of by the key itself. */
  session?: Session;
}

/** One secret of a key: a rotation begins the next generation. */
export interface KeyRef {
  key_id: string;
  generation: number;
}

/** What is counted and kept of each caller apart: by its key, since the name of a revoked key may be given again. */
export const toCallerId = ({ name, key }: Pick<Caller, 'name' | 'key'>): string => key?.key_id ?? name;

export const hasRole = ({ role }: Pick<Caller, 'role'>, least: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(least);

/** Why the caller may not carry out this operation; undefined if it may. */
export function findProhibition({ name, role, scope }: Caller, id: OperationId): string | undefined {
  const { role: least } = OPERATIONS[id];
  if (!hasRole({ role }, least)) return `this needs the role ${least}; key ${name} has the role ${role}`;
  if (!scope || OPERATIONS[id].networks !== 'refused') return undefined;
  return `this is about all networks; key ${name} has only ${scope.toText()}`;
}
