import type { Database } from '../src/mongodb/models/database';

/** The database, but `between` runs before each call of this method of the collection. */
export function withBetween<Name extends 'tasks' | 'taskProgress'>(
  db: Database,
  name: Name,
  method: keyof Database[Name] & string,
  between: () => Promise<unknown>,
): Database {
  const collection = new Proxy(db[name], {
    get(of, key) {
      const value = Reflect.get(of, key);
      if (typeof value !== 'function') return value;
      if (key !== method) return value.bind(of);
      return async (...args: unknown[]) => {
        await between();
        return value.apply(of, args);
      };
    },
  });
  return new Proxy(db, { get: (of, key) => (key === name ? collection : Reflect.get(of, key)) });
}
