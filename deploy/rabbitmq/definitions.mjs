// Users of RabbitMQ as definitions: RabbitMQ loads them at its start, imports them, or takes them by its management
// API. To import them again changes nothing. Plain Node without dependencies.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each kind of user may do, by role. `POOLS` stands for the pools of a node. */
const roles = JSON.parse(readFileSync(join(import.meta.dirname, 'roles.json'), 'utf8'));
export const ROLES = Object.keys(roles);

const POOL = /^[a-z0-9][a-z0-9_-]{0,49}$/;

export const makePassword = () => randomBytes(24).toString('base64url');

/** As RabbitMQ keeps a password: a salt of four bytes, then the SHA-256 of salt and password. */
function hashPassword(password) {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}

/**
 * Each user has a role and a password, and a node has pools. Throws RangeError for a pool that no node could have: its
 * name becomes part of a pattern.
 */
export function toDefinitions(vhost, users) {
  const each = users.map(({ name, role, password, pools = [] }) => {
    for (const pool of pools) if (!POOL.test(pool)) throw new RangeError(`no name of a pool: ${pool}`);
    const { tags, topics = {}, ...patterns } = roles[role];
    const fill = (rights) =>
      Object.fromEntries(
        Object.entries(rights).map(([right, text]) => [right, text.replace('POOLS', pools.join('|'))]),
      );
    return {
      user: { name, password_hash: hashPassword(password), hashing_algorithm: 'rabbit_password_hashing_sha256', tags },
      permission: { user: name, vhost, ...fill(patterns) },
      topics: Object.entries(topics).map(([exchange, may]) => ({ user: name, vhost, exchange, ...fill(may) })),
    };
  });
  return {
    users: each.map(({ user }) => user),
    permissions: each.map(({ permission }) => permission),
    topic_permissions: each.flatMap(({ topics }) => topics),
  };
}
