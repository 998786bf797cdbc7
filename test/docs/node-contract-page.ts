import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './tree';

export const page = readFileSync(join(ROOT, 'docs/node-contract.md'), 'utf8');

export type Example = Record<string, unknown>;

/** The JSON examples of a section, in order. */
export function examplesOf(section: string): Example[] {
  const text = new RegExp(`\n## ${section}\n(.*?)\n## `, 's').exec(page)![1]!;
  return [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!) as Example);
}
