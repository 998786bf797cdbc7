import { type Api, type Call, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

const NETWORKS = ['127.6.0.0/16'];
const TARGET = '127.6.1.0/24';

let context: Fixture;
let api: Api;
let key: string;

beforeAll(async () => {
  context = await setup();
  api = context.api;
  const body = { name: 'team-a', role: 'operator', networks: NETWORKS };
  key = (await api('POST', '/api/keys', { key: KEYS.admin, body })).body.secret;
});
afterAll(() => context?.cleanup());

const EXCLUSION = { target: TARGET, reason: 'a heart monitor' };
const LIST = { name: 'devices', owner: 'medical', reason: 'scans stop them', entries: TARGET };
const COVERS = { covers: { network: TARGET }, reason: 'test' };

/** No admin's key has networks, and the key does not see a limit or a freeze without them: so the store makes one. */
const [ADA, NOW] = [{ operator: 'ada', isAdmin: true, hasNetworks: false }, new Date()];
const OF_ADA = { ...COVERS, operator: 'ada', within: NETWORKS };
const seedLimit = () => context.store.limits.create({ ...OF_ADA, max_concurrent: 1 }, NOW, undefined, ADA);
const seedFreeze = () =>
  context.store.freezes.create({ ...OF_ADA, kind: 'blackout', from: new Date('2099-01-01') }, NOW, undefined, ADA);

type Row = [
  path: string,
  body: object,
  id: string,
  changes: (readonly ['PUT' | 'PATCH' | 'DELETE', Call])[],
  // biome-ignore lint/suspicious/noExplicitAny: rules of two kinds
  seed?: () => Promise<any>,
];
describe.each([
  ['exclusions', EXCLUSION, 'exclusion_id', []],
  ['exclusion-lists', LIST, 'exclusion_id', [['PUT', { body: { entries: '127.6.1.1' } }]]],
  ['limits', { ...COVERS, max_concurrent: 1 }, 'limit_id', [['PATCH', { body: { max_concurrent: 100 } }]], seedLimit],
  ['freezes', { ...COVERS, from: '2099-01-01T00:00:00Z', until: '2099-01-02T00:00:00Z' }, 'freeze_id', [], seedFreeze],
] as Row[])('%s', (path, body, id, changes, seed) => {
  const commands: Row[3] = [...changes, ['DELETE', {}]];
  const create = async (by: string) => (await api('POST', `/api/${path}`, { key: by, body })).body;

  it('of an admin are refused to a key with networks, and the error names who set them', async () => {
    const rule = await (seed?.() ?? create(KEYS.admin));
    expect(rule).toMatchObject({ level: 'admin', operator: 'ada' });
    const place = `/api/${path}/${rule[id]}`;
    for (const [method, options] of commands) {
      const problem = toProblemOf(await api(method, place, { ...options, key }), 403, 'rule_of_admin');
      expect([problem.field, problem.detail]).toEqual([id, expect.stringContaining(`set ${rule[id]} as an admin`)]);
      expect((await api('GET', `/api/${path}`, { key })).body.items).toMatchObject([{ [id]: rule[id] }]);
    }
    for (const [method, options] of commands) expect((await api(method, place, options)).status).toBe(200);
  });

  it('of an operator may be changed by any operator that sees them', async () => {
    const rule = await create(KEYS.operator);
    const own = await create(key);
    expect([rule.level, own.level]).toEqual(['operator', 'operator']);
    for (const [method, options] of commands) {
      expect((await api(method, `/api/${path}/${own[id]}`, { ...options, key })).status).toBe(200);
    }
    expect((await api('DELETE', `/api/${path}/${rule[id]}`)).status).toBe(200);
  });
});
