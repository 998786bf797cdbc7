import fc from 'fast-check';

/**
 * 24 IPv4 and 24 IPv6 addresses, each around a place where text and arithmetic may go wrong (an octet carry, a group
 * carry), in the order of a target set; and random lists of entries within them with their naive expansion.
 */
const ipv4 = Array.from({ length: 24 }, (_, i) => (i < 12 ? `10.0.0.${244 + i}` : `10.0.1.${i - 12}`));
const ipv6 = Array.from({ length: 24 }, (_, i) =>
  i < 12
    ? `2001:db8::${(0xfff4 + i).toString(16)}`
    : i === 12
      ? '2001:db8::1:0'
      : `2001:db8::1:${(i - 12).toString(16)}`,
);

export const SPACE: readonly string[] = [...ipv4, ...ipv6];

export interface Sample {
  text: string;
  /** Members in order. */
  members: string[];
}

const range = fc.tuple(fc.constantFrom(ipv4, ipv6), fc.nat({ max: 23 }), fc.nat({ max: 23 })).map(([family, a, b]) => {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  return { text: from === to ? family[from]! : `${family[from]}-${family[to]}`, members: family.slice(from, to + 1) };
});

// Both families begin at a multiple of 4, so aligned blocks of 4 are networks.
const network = fc
  .tuple(fc.constantFrom(ipv4, ipv6), fc.nat({ max: 5 }), fc.nat({ max: 3 }))
  .map(([family, block, host]) => {
    const prefix = family === ipv4 ? 30 : 126;
    return { text: `${family[block * 4 + host]}/${prefix}`, members: family.slice(block * 4, block * 4 + 4) };
  });

export const samples: fc.Arbitrary<Sample> = fc
  .array(fc.oneof(range, network), { minLength: 1, maxLength: 6 })
  .map((entries) =>
    toSample(
      entries.map(({ text }) => text).join(', '),
      entries.flatMap(({ members }) => members),
    ),
  );

function toSample(text: string, members: string[]): Sample {
  const wanted = new Set(members);
  return { text, members: SPACE.filter((address) => wanted.has(address)) };
}
