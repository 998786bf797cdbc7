const OF_ADMIN = 'What an admin set stays as it is (403 `rule_of_admin`).';

/** What an operation does for an API key that has networks, as the end of a sentence. */
export const KEY_NETWORK_RULES = {
  task: 'only of tasks whose targets lie wholly in them; any other task is answered like one that does not exist (404).',
  targets: 'only with targets in them: those outside are named (422 `out_of_scope`; a dry run lists them).',
  schedule:
    'only schedules whose targets lie wholly in them: any other is answered like one that does not exist (404), and ' +
    'cannot be made (422 `out_of_scope`).',
  exclusion:
    'only for exclusions that lie wholly in them: a new one outside is refused (422 `out_of_scope`), any other is ' +
    'answered like one that does not exist (404), and no list has it. ' +
    OF_ADMIN,
  freeze:
    'only for tasks whose targets lie wholly in them: a new freeze must name a network inside (422 `out_of_scope`), and ' +
    'holds these tasks alone; one that may hold others is answered like one that does not exist (404), and no list has it. ' +
    OF_ADMIN,
  filtered: 'only what lies in them.',
  limit:
    'only for tasks whose targets lie wholly in them: a new limit must name a network inside (422 `out_of_scope`), and ' +
    'covers these tasks alone; one that may cover others is answered like one that does not exist (404), and no list has it. ' +
    OF_ADMIN,
  own: 'the same as for any other key, since it is about the key itself.',
  refused: 'refused (403 `forbidden`), since it is about all networks.',
} as const;
export type KeyNetworkRule = keyof typeof KEY_NETWORK_RULES;
