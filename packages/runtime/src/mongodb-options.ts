/**
 * Options of MONGODB_URI that would break what the services promise: nothing confirmed is lost by a failover, and nothing is
 * decided on a read that is behind. The store sets these options itself, so each of them would have no effect at best; an
 * operator who wrote one learns here that it does not hold.
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

/** By name, in lower case, as MongoDB compares the names of options. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    readPreference: {
      ...only('primary'),
      instead: 'write primary or remove it: a transaction reads from the primary alone, and a secondary may be behind',
    },
    readPreferenceTags: secondaries,
    maxStalenessSeconds: secondaries,
    readConcernLevel: {
      ...only('local', 'majority'),
      instead: 'write local or majority, or remove it: the store asks for a snapshot where it needs one',
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

/** The options of a MongoDB URI that break a promise: `name` as written, and what to do instead. Never an option's value. */
export function findBrokenPromises(uri: string): { name: string; instead: string }[] {
  const [, query = ''] = uri.split('?', 2);
  return [...new URLSearchParams(query)].flatMap(([name, value]) => {
    const rule = RULES.get(name.toLowerCase());
    return !rule || rule.allows(value) ? [] : [{ name, instead: rule.instead }];
  });
}
