import * as z from 'zod';

const PARTS =
  /^mongodb(?<srv>\+srv)?:\/\/(?:(?<login>[^@/?#\s]*)@)?(?<hosts>[^@/?#\s]+)(?:\/(?<database>[^@/?#\s]*))?(?:\?(?<query>[^@#\s]*))?$/;
const FORM =
  'must have the form mongodb://user:password@host1,host2/database or mongodb+srv://user:password@host/database, ' +
  'where user and password have @ : / ? # [ ] % and spaces as %40 %3A %2F %3F %23 %5B %5D %25 %20';

/**
 * `MONGODB_URI`, in a form that the driver can read: several hosts, or the one name of an SRV record. The error lists
 * every fault at once and repeats nothing of the value, since it holds a password.
 */
export const mongodbUri = z.string().superRefine((text, context) => {
  const faults = findFaults(text);
  if (faults.length > 0) context.addIssue({ code: 'custom', message: [FORM, ...faults].join('; '), continue: false });
});

function findFaults(text: string): string[] {
  const parts = PARTS.exec(text)?.groups;
  if (!parts) return ['the value does not'];
  const { srv, login, hosts = '', database = '', query = '' } = parts;
  const colon = login?.indexOf(':') ?? -1;
  const [user = '', password = ''] = colon < 0 ? [login] : [login!.slice(0, colon), login!.slice(colon + 1)];
  const faults: string[] = [];
  if (login !== undefined && user === '') faults.push('it has an @ without a user before it');
  for (const [what, encoded] of Object.entries({ user, password })) {
    if (/[:[\]]/.test(encoded)) faults.push(`its ${what} has a : [ or ] that is not percent-encoded`);
  }
  for (const [what, encoded] of Object.entries({ user, password, database })) {
    if (!isDecodable(encoded)) faults.push(`its ${what} has a % that does not begin percent-encoded UTF-8`);
  }
  if (/%(?![0-9a-f]{2})/i.test(query))
    faults.push('its options have a % that does not begin a percent-encoded character');
  if (srv && !/^[^,:]+$/.test(hosts))
    faults.push('mongodb+srv:// takes one host without a port: the SRV record has the rest');
  const names = hosts.split(',');
  for (const [i, host] of names.entries()) {
    if (!host || !URL.canParse(`host://${host}`))
      faults.push(`its host ${i + 1} of ${names.length} is not host or host:port`);
  }
  return faults;
}

function isDecodable(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

/**
 * Options of MONGODB_URI that would break what the services promise: a failover loses nothing that was confirmed, and
 * no decision is based on a stale read. The store sets these options itself, so at best each of them would have no
 * effect. An operator who wrote one learns here that it is not used.
 */
interface Rule {
  allows: (value: string) => boolean;
  /** What to write instead, and why. */
  instead: string;
}

const only = (...values: string[]) => ({ allows: (value: string) => values.includes(value) });

const secondaries: Rule = { allows: () => false, instead: 'remove it: the services read from the primary alone' };
const journal: Rule = {
  ...only('true'),
  instead: 'write true or remove it: a write counts as kept once it is in the journal',
};

/** By name, in lower case: MongoDB ignores the case of option names. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    readPreference: {
      ...only('primary'),
      instead: 'write primary or remove it: a transaction reads from the primary alone, and a secondary may be behind',
    },
    readPreferenceTags: secondaries,
    maxStalenessSeconds: secondaries,
    readConcernLevel: {
      allows: () => false,
      instead: 'remove it: it would take the place of the snapshot that the store asks for where it needs one',
    },
    retryWrites: {
      ...only('true'),
      instead: 'write true or remove it: without it every failover fails writes',
    },
    w: {
      ...only('majority'),
      instead: 'write majority or remove it: a failover loses what fewer members have',
    },
    journal,
    j: journal,
    fsync: journal,
  }).map(([name, rule]) => [name.toLowerCase(), rule]),
);

/**
 * The options of a MongoDB URI that break a promise: `name` as written, and what to do instead. Never returns the
 * value of an option.
 */
export function findBrokenPromises(uri: string): { name: string; instead: string }[] {
  const [, query = ''] = uri.split('?', 2);
  return [...new URLSearchParams(query)].flatMap(([name, value]) => {
    const rule = RULES.get(name.toLowerCase());
    return !rule || rule.allows(value) ? [] : [{ name, instead: rule.instead }];
  });
}
