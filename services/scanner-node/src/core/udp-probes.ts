/**
 * What is sent to a UDP port so that its service answers: most ignore what they do not understand. Each is a harmless
 * question of its protocol, as its RFC has it.
 */
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** The version of a name server: a query of class CHAOS for version.bind. */
const DNS = hex('1234 0100 0001 0000 0000 0000 0776657273696f6e 0462696e64 00 0010 0003');

export const UDP_SERVICES: ReadonlyMap<number, { name: string; probe: Buffer }> = new Map([
  [7, { name: 'echo', probe: Buffer.from('cyberstroll') }],
  [53, { name: 'domain', probe: DNS }],
  // A read of a file that is not there: the error is the answer.
  [69, { name: 'tftp', probe: Buffer.from('\0\x01cyberstroll\0octet\0') }],
  [111, { name: 'rpcbind', probe: hex(`12345678 00000000 00000002 000186a0 00000002 00000000 ${'00'.repeat(16)}`) }],
  [123, { name: 'ntp', probe: hex(`23 ${'00'.repeat(47)}`) }],
  [137, { name: 'netbios-ns', probe: hex(`1234 0000 0001 0000 0000 0000 20434b ${'41'.repeat(30)} 00 0021 0001`) }],
  // SNMPv1, get sysDescr.0, as public.
  [
    161,
    {
      name: 'snmp',
      probe: hex('3029 020100 0406 7075626c6963 a01c 0204 12345678 020100 020100 300e 300c 0608 2b06010201010100 0500'),
    },
  ],
  [
    1900,
    {
      name: 'ssdp',
      probe: Buffer.from(
        'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
      ),
    },
  ],
  [3478, { name: 'stun', probe: hex('0001 0000 2112a442 637962657273 74726f6c6c31') }],
  [
    5353,
    {
      name: 'mdns',
      probe: hex(
        '0000 0000 0001 0000 0000 0000 095f7365727669636573 075f646e732d7364 045f756470 056c6f63616c 00 000c 0001',
      ),
    },
  ],
  [11211, { name: 'memcached', probe: Buffer.concat([hex('0001 0000 0001 0000'), Buffer.from('version\r\n')]) }],
]);

/** For every other port. */
export const EMPTY_PROBE = Buffer.from('\r\n\r\n');
