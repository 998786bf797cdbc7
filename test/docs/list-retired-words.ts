/** `npm run words [word]`: how many retired words are left in the tree, by word; for one word, where. */
import { findRetired, RETIRED_WORDS, readLines } from './vocabulary';

const [wanted] = process.argv.slice(2);
const lines = readLines();
for (const retired of RETIRED_WORDS) {
  if (wanted !== undefined && retired.word !== wanted) continue;
  const found = findRetired(lines, retired);
  process.stdout.write(`${String(found.length).padStart(5)}  ${retired.word}: say ${retired.say}\n`);
  if (wanted === undefined) continue;
  for (const { path, line, text } of found) process.stdout.write(`${path}:${line}  ${text.trim().slice(0, 140)}\n`);
}
