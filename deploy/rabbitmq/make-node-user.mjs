// Makes the RabbitMQ user for the nodes of a pool, or for one node, with the rights of roles.json. With
// RABBITMQ_MANAGEMENT_URL it makes the user there; without, it prints definitions for `rabbitmqctl import_definitions`.
// To run it again sets the same pools and password. Plain Node without dependencies.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { makePassword, ROLES, toDefinitions } from './definitions.mjs';

const USAGE = `node make-node-user.mjs --pool <pool> [--pool <other>] [--user <user>] [--vhost <vhost>] --password-file <file>

  --pool           a pool whose jobs its nodes take
  --user           default: node-<pool>; its nodes are named <user> or <user>.<name>
  --vhost          default: cyberstroll
  --password-file  has its password; written with a new one where there is no such file

RABBITMQ_MANAGEMENT_URL: http://user:password@host:15672 of an administrator`;

/** Without a dot: what follows the first dot of a node id is the node's own. */
const USER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        pool: { type: 'string', multiple: true },
        user: { type: 'string' },
        vhost: { type: 'string', default: 'cyberstroll' },
        'password-file': { type: 'string' },
      },
    });
    const { pool: pools, user = `node-${pools?.[0]}`, vhost, 'password-file': file } = values;
    if (!pools || !file) return fail(USAGE);
    if (!USER.test(user) || (user !== 'node' && ROLES.includes(user))) return fail(`--user must not be ${user}`);
    return { pools, user, vhost, file };
  } catch (error) {
    return fail(`${error.message}\n\n${USAGE}`);
  }
}

async function importInto(managementUrl, vhost, definitions) {
  if (!URL.canParse(managementUrl)) fail('RABBITMQ_MANAGEMENT_URL must be the URL of one host');
  // The user and its password are in the URL, which fetch refuses.
  const { origin, username, password } = new URL(managementUrl);
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const headers = { authorization: `Basic ${login}`, 'content-type': 'application/json' };
  const call = async (path, init) => {
    const response = await fetch(`${origin}/api/${path}`, { headers, ...init });
    if (!response.ok) fail(`RabbitMQ at ${origin} answers ${response.status}: ${await response.text()}`);
    return response;
  };
  // RabbitMQ makes the user before it refuses the rights in a vhost that is missing.
  const vhosts = (await (await call('vhosts')).json()).map(({ name }) => name);
  if (!vhosts.includes(vhost))
    fail(`RabbitMQ at ${origin} has no vhost ${vhost}: give --vhost, one of ${vhosts.join(', ')}`);
  await call('definitions', { method: 'POST', body: JSON.stringify(definitions) });
}

const { pools, user, vhost, file } = readOptions();
if (!existsSync(file)) writeFileSync(file, `${makePassword()}\n`, { mode: 0o600 });
const password = readFileSync(file, 'utf8').trim();
const definitions = toDefinitions(vhost, [{ name: user, role: 'node', password, pools }]);
const managementUrl = process.env.RABBITMQ_MANAGEMENT_URL;
if (managementUrl) await importInto(managementUrl, vhost, definitions);
else console.log(JSON.stringify(definitions, undefined, 2));
console.error(`${user}: jobs of ${pools.join(', ')} in ${vhost}; its password is in ${file}`);
