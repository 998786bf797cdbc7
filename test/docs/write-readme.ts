/** `npm run docs`: draws the README's diagrams from the machines. */
import { readFileSync, writeFileSync } from 'node:fs';
import { drawDiagrams } from './diagrams';

const readme = 'README.md';
writeFileSync(readme, drawDiagrams(readFileSync(readme, 'utf8')));
