const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a body as JSON in UTF-8 (RFC 8259), or says what is wrong with it. Invalid bytes are an error, never replaced.
 */
export function parseJson(bytes: Uint8Array): { value: unknown } | { fault: string } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { fault: 'it is not valid UTF-8' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const position = findErrorPosition(text, (error as Error).message);
    return { fault: position === undefined ? 'it is not valid JSON' : `error at position ${position}` };
  }
}

/**
 * The position of the error in characters. For most errors the message of JSON.parse has it. For an unexpected token it
 * does not, also in newer releases of Node: that is the end of the shortest prefix that is already invalid. Undefined
 * if the position is not certain.
 */
function findErrorPosition(text: string, message: string): number | undefined {
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
