/**
 * The position of the error in JSON text, in characters. For most errors the message of JSON.parse has it. An
 * unexpected token is found as the end of the shortest prefix that is already invalid. Undefined if the position is not
 * certain.
 */
export function findJsonErrorPosition(text: string, message: string): number | undefined {
  const stated = /at position (\d+)/.exec(message)?.[1];
  if (stated !== undefined) return Number(stated);
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
