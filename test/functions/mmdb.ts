/**
 * Writes the smallest database of MaxMind's format that a reader takes: IPv4, records of 24 bits.
 * https://maxmind.github.io/MaxMind-DB/
 */

/** `countries`: networks as the bits of their first addresses (`11000000`), and the country of each. */
export function makeCountryDatabase(countries: Readonly<Record<string, string>>): Buffer {
  const nodes: [Child, Child][] = [[undefined, undefined]];
  const data: Buffer[] = [];
  for (const [bits, country] of Object.entries(countries)) {
    let node = 0;
    for (const [depth, bit] of [...bits].entries()) {
      const side = bit === '1' ? 1 : 0;
      if (depth === bits.length - 1) {
        nodes[node]![side] = { data: Buffer.concat(data).length };
      } else {
        const next = nodes[node]![side] ?? nodes.push([undefined, undefined]) - 1;
        nodes[node]![side] = next;
        node = next as number;
      }
    }
    data.push(encode({ country: { iso_code: country } }));
  }
  // A record beyond the nodes: one is "not found"; from the sixteenth on it points into the data.
  const value = (child: Child) =>
    child === undefined ? nodes.length : typeof child === 'number' ? child : nodes.length + 16 + child.data;
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [at, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(value(left), at * 6, 3);
    tree.writeUIntBE(value(right), at * 6 + 3, 3);
  }
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test-Country',
    languages: 'en',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    description: 'test',
  });
  const marker = Buffer.concat([Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

type Child = number | { data: number } | undefined;

interface Values {
  [name: string]: string | number | Values;
}

/** Strings are type 2, maps 7, 32-bit numbers 6; the length is in the low five bits. */
function encode(value: string | number | Values): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([(2 << 5) | text.length]), text]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5);
    bytes[0] = (6 << 5) | 4;
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  const entries = Object.entries(value);
  const members = entries.flatMap(([name, member]) => [encode(name), encode(member)]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...members]);
}
