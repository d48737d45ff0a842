#!/usr/bin/env node
// verify_activation.mjs ROOT.pem PRODUCT HARDWARE_ID FILE: verifies an activation of Licet as an
// application on that machine would, with Node alone: its Ed25519, and below what it lacks, CBOR
// and BLAKE2b. What liblicet does beyond this is named in doc/verify.md.
import { createPublicKey, verify as ed25519 } from 'node:crypto';
import { readFileSync } from 'node:fs';

const ALG = 1, KID = 4, TYP = 16; // of the protected header
const AUD = 3, EXP = 4, NBF = 5, CTI = 7, CNF = 8, PRIVATE = -65537; // claims
const DEVICE = 2, LICENSES = 3; // of an activation's private claim
const SPKI = Buffer.from('302a300506032b6570032100', 'hex'); // before the 32 bytes of a key

class Refused extends Error {}
const need = (fact, why) => {
  if (!fact) throw new Refused(why);
};

// --- CBOR: integers, bytes, texts, arrays, maps, tags and simple values of definite length ---
function decode(data) {
  let at = 0;
  const take = (n) => {
    need(at + n <= data.length, 'it is cut off');
    at += n;
    return data.subarray(at - n, at);
  };
  const length = (info) => {
    if (info < 24) return info;
    need(info < 28, 'not of this format');
    const n = Number(`0x${take(1 << (info - 24)).toString('hex')}`);
    need(Number.isSafeInteger(n), 'not of this format');
    return n;
  };
  const item = (depth) => {
    need(depth < 9, 'not of this format');
    const [head] = take(1), kind = head >> 5;
    if (kind === 7) {
      need(head >= 0xf4 && head <= 0xf6, 'not of this format');
      return [false, true, null][head - 0xf4];
    }
    const n = length(head & 31);
    if (kind === 0) return n;
    if (kind === 1) return -1 - n;
    if (kind === 2) return take(n);
    if (kind === 3) return new TextDecoder('utf-8', { fatal: true }).decode(take(n));
    if (kind === 6) return { tag: n, value: item(depth + 1) };
    need(n <= data.length, 'it is cut off');
    if (kind === 4) return Array.from({ length: n }, () => item(depth + 1));
    return new Map(Array.from({ length: n }, () => [item(depth + 1), item(depth + 1)]));
  };
  const found = item(0);
  need(at === data.length, 'not of this format');
  return found;
}

function bytes(data) {
  const n = data.length;
  return Buffer.concat([n < 24 ? Buffer.from([0x40 | n]) : n < 256 ? Buffer.from([0x58, n])
    : Buffer.from([0x59, n >> 8, n & 255]), data]);
}

// --- BLAKE2b (RFC 7693) without key ---
const IV = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n];
const SIGMA = ['0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8',
  '905724afe1bc683d', '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a',
  '6fe9b308c2d714a5', 'a2847615fb9e3cd0'];
const LANES = [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]];
const word = (x) => BigInt.asUintN(64, x);
const turn = (x, n) => word((x >> n) | (x << (64n - n)));

function compress(h, block, count, last) {
  const m = Array.from({ length: 16 }, (_, i) => block.readBigUInt64LE(8 * i));
  const v = [...h, ...IV];
  v[12] ^= BigInt(count);
  if (last) v[14] ^= 0xffffffffffffffffn;
  for (let round = 0; round < 12; round++) {
    LANES.forEach(([a, b, c, d], i) => {
      const [x, y] = [0, 1].map((k) => m[parseInt(SIGMA[round % 10][2 * i + k], 16)]);
      v[a] = word(v[a] + v[b] + x);
      v[d] = turn(v[d] ^ v[a], 32n);
      v[c] = word(v[c] + v[d]);
      v[b] = turn(v[b] ^ v[c], 24n);
      v[a] = word(v[a] + v[b] + y);
      v[d] = turn(v[d] ^ v[a], 16n);
      v[c] = word(v[c] + v[d]);
      v[b] = turn(v[b] ^ v[c], 63n);
    });
  }
  return h.map((x, i) => x ^ v[i] ^ v[i + 8]);
}

function blake2b(data, size) {
  const blocks = Math.max(1, Math.ceil(data.length / 128));
  const padded = Buffer.concat([data, Buffer.alloc(blocks * 128 - data.length)]);
  let h = [IV[0] ^ 0x01010000n ^ BigInt(size), ...IV.slice(1)];
  for (let i = 1; i <= blocks; i++) {
    h = compress(h, padded.subarray((i - 1) * 128), Math.min(i * 128, data.length), i === blocks);
  }
  const out = Buffer.alloc(64);
  h.forEach((x, i) => out.writeBigUInt64LE(x, 8 * i));
  return out.subarray(0, size);
}

// --- the activation ---
// Claims and unprotected header of a COSE_Sign1; keyFor(unprotected) is who must have signed.
function readSigned(data, typ, keyFor) {
  const { tag, value } = decode(data);
  need(tag === 18 && value.length === 4, 'not signed');
  const [head, unprotected, payload, signature] = value;
  const key = keyFor(unprotected);
  const text = Buffer.concat([Buffer.from('\x84\x6aSignature1', 'latin1'), bytes(head), bytes(Buffer.alloc(0)),
    bytes(payload)]);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });
  need(ed25519(null, text, publicKey, signature), `the signature of the ${typ} does not match`);
  const names = decode(head);
  need(names.size === 3 && names.get(ALG) === -8 && names.get(KID).equals(blake2b(key, 32).subarray(0, 8))
    && names.get(TYP) === `application/licet-${typ}+cwt`, `it is no ${typ}`);
  return [decode(payload), unprotected];
}

function issuingKey(root, certificate, now) {
  const [claims] = readSigned(certificate, 'keycert', () => root);
  need(claims.get(PRIVATE).get(1) === 1, 'the signing key is certified for another use');
  need(claims.get(NBF) <= now && now < (claims.get(EXP) ?? Infinity),
    "the signing key's certificate is not valid now");
  return claims.get(CNF).get(1).get(-2);
}

function verifyActivation(root, data, product, hardwareId, now) {
  const [claims] = readSigned(data, 'activation', (head) => issuingKey(root, head.get(PRIVATE), now));
  need(claims.get(AUD) === product, `it is for ${claims.get(AUD)}`);
  const device = blake2b(Buffer.from(`licet-hwid\0${hardwareId}`), 16);
  need(claims.get(PRIVATE).get(DEVICE).equals(device), 'it is for another machine');
  need(claims.get(NBF) <= now, 'it is not valid yet');
  need(now < (claims.get(EXP) ?? Infinity), 'its lease has ended');
  const licenses = claims.get(PRIVATE).get(LICENSES).map((one) => ({
    license: one.get(1), product: one.get(2), validUntil: one.get(4), features: one.get(7) ?? [],
    expired: (one.get(4) ?? Infinity) + (one.get(5) ?? 0) * 3600 <= now }));
  return { serial: claims.get(CTI).readBigUInt64BE(), licenses };
}

function main([rootFile, product, hardwareId, file]) {
  if (!file) throw new Error('usage: verify_activation.mjs ROOT.pem PRODUCT HARDWARE_ID FILE');
  const root = createPublicKey(readFileSync(rootFile)).export({ format: 'der', type: 'spki' });
  const armor = /-----BEGIN LICET ACTIVATION-----([A-Za-z0-9+/=\s]+)-----END LICET ACTIVATION-----/;
  const text = armor.exec(readFileSync(file, 'latin1'));
  need(text, 'no activation is in the file');
  need(root.length === 44 && root.subarray(0, 12).equals(SPKI), 'the root is no Ed25519 public key');
  const { serial, licenses } = verifyActivation(root.subarray(12), Buffer.from(text[1], 'base64'), product,
    hardwareId, Date.now() / 1000);
  console.log(`verified: serial ${serial}`);
  for (const one of licenses) console.log(one.license, one.product, one.expired ? 'expired' : 'valid');
}

try {
  main(process.argv.slice(2));
} catch (fault) {
  console.log(`NOT VERIFIED: ${fault instanceof Refused ? fault.message : `not of this format: ${fault.message}`}`);
  process.exitCode = 1;
}
