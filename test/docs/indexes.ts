import type { Model } from 'mongoose';

const BEGIN = '// indexes: written by `npm run docs` from the models of packages/store';
const END = '// end of indexes';

/** `set-up.js` with the indexes of the models between its marks. */
export function writeIndexes(script: string, models: readonly Model<unknown>[]): string {
  const collections = models.map(({ collection, schema }) => {
    const indexes = schema.indexes().map(([keys, { background: _, ...options }]) => {
      const given = Object.keys(options).length > 0 ? [keys, options] : [keys];
      return `    ${JSON.stringify(given)},\n`;
    });
    return `  ${collection.name}: [${indexes.length > 0 ? `\n${indexes.join('')}  ` : ''}],\n`;
  });
  const [before = '', rest = ''] = script.split(BEGIN);
  const [, after = ''] = rest.split(END);
  return `${before}${BEGIN}\n// biome-ignore format: one index to a line\nconst INDEXES = {\n${collections.join('')}};\n${END}${after}`;
}
