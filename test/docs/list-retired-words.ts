/** `npm run words [word]`: where retired words are in the tree, all of them or one, and how many. */
import { findRetired, RETIRED_WORDS, readLines } from './vocabulary';

const [wanted] = process.argv.slice(2);
const lines = readLines();
let count = 0;
for (const retired of RETIRED_WORDS.filter(({ word }) => wanted === undefined || word === wanted)) {
  for (const { path, line, text } of findRetired(lines, retired)) {
    count += 1;
    process.stdout.write(`${path}:${line}  ${text.trim().slice(0, 140)}  (${retired.word}: say ${retired.say})\n`);
  }
}
process.stdout.write(`${count} retired words\n`);
