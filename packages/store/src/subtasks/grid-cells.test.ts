import type { Database } from '../mongodb/models/database';
import { findGridGroups } from './grid-cells';

it('a field that a subtask lacks is left out, also where MongoDB answers from an index and says null', async () => {
  const group = (more: object) => ({ _id: { status: 'RETRYING', slice: 0, ...more }, indexes: [1] });
  const groups = [group({ attempt: 2, assigned_node: null, has_open_ports: null }), group({ attempt: null })];
  const db = { subTasks: { aggregate: () => ({ toArray: async () => groups }) } } as unknown as Database;
  const found = await findGridGroups(db, 'a', { indexes: [1], inDetail: true });
  const like = { status: 'RETRYING', has_open_ports: false, indexes: [1] };
  expect(found).toStrictEqual([{ ...like, attempt: 2 }, like]);
});
