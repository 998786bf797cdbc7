/**
 * Where JSON text goes wrong, as an offset in characters. JSON.parse's message tells it for most errors; an unexpected
 * token is found as the end of the shortest prefix that is wrong already. Undefined where it cannot be told for sure.
 */
export function findJsonErrorPosition(text: string, message: string): number | undefined {
  const told = /at position (\d+)/.exec(message)?.[1];
  if (told !== undefined) return Number(told);
  if (/Unexpected end/.test(message)) return text.length;
  const token = /^Unexpected token '?(.)/.exec(message)?.[1];
  if (token === undefined) return undefined;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isWrongAlready(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return text[bad - 1] === token ? bad - 1 : undefined;
}

function isWrongAlready(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}
