// Random `password_hash` and `custom_password_hash` values made by implementations that are not ours: Node's
// crypto, hash-wasm (its own md4, ripemd160, whirlpool, scrypt), @node-rs/argon2 and bcryptjs.
//
//   node hashes.js COUNT SEED   ->   COUNT lines {"hash": ..., "password": "...", "match": true|false}
'use strict';
const crypto = require('node:crypto');
const wasm = require('hash-wasm');
const argon2 = require('@node-rs/argon2');
const bcrypt = require('bcryptjs');

const count = Number(process.argv[2]);
let state = Number(process.argv[3]) >>> 0;

function random(below) { // mulberry32: the same lines for the same seed, on every machine
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const pick = (list) => list[random(list.length)];
const bytes = (length) => Buffer.from(Array.from({ length }, () => random(256)));

const LETTERS = [...'abcXYZ019 $+/=,:;\\"\'{}é\u0301ßЖ漢字🔑👩‍💻'];
function text(min, max) {
  return Array.from({ length: min + random(max - min + 1) }, () => pick(LETTERS)).join('');
}
function password() {
  switch (random(8)) {
    case 0: return '';
    case 1: return 'x'.repeat(72);
    case 2: return 'y'.repeat(73);
    case 3: return 'é'.repeat(2048);
    case 4: return text(1, 20).normalize('NFC');
    case 5: return text(1, 20).normalize('NFD');
    default: return text(1, 40);
  }
}

function encode(buffer) {
  const encoding = pick(['hex', 'base64']);
  if (encoding === 'hex') {
    const hex = buffer.toString('hex');
    return { value: random(2) ? hex : hex.toUpperCase(), encoding };
  }
  const value = pick([() => buffer.toString('base64'), () => buffer.toString('base64url'),
    () => buffer.toString('base64').replace(/=+$/, '')])();
  return { value, encoding };
}
function salt(maximum) { // -> the object and the bytes it stands for
  const object = {};
  let raw;
  if (random(2)) {
    object.value = pick(['+', '/', '=', ',', text(1, 8), text(8, 16)]);
    raw = Buffer.from(object.value);
    if (random(2)) object.encoding = 'utf8';
  } else {
    raw = bytes(1 + random(maximum));
    Object.assign(object, encode(raw));
  }
  return [object, raw];
}
const PASSWORD_ENCODINGS = ['ascii', 'utf8', 'utf16le', 'ucs2', 'latin1', 'binary'];
function typed(object, plain) {
  if (random(3)) return Buffer.from(plain);
  object.password = { encoding: pick(PASSWORD_ENCODINGS) };
  return Buffer.from(plain, object.password.encoding);
}
function salted(object, plain, maximum) {
  const input = typed(object, plain);
  if (random(4) === 0) return input;
  const [value, raw] = salt(maximum);
  object.salt = value;
  const position = pick([undefined, 'prefix', 'suffix']);
  if (position) value.position = position;
  return position === 'suffix' ? Buffer.concat([input, raw]) : Buffer.concat([raw, input]);
}
const phc = (buffer) => buffer.toString('base64').replace(/=+$/, '');

async function digest(name, input) {
  if (name === 'md4') return Buffer.from(await wasm.md4(input), 'hex');
  return crypto.createHash(name).update(input).digest();
}
const HMACS = ['md4', 'md5', 'ripemd160', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'whirlpool'];
async function hmac(name, key, input) {
  const maker = { md4: wasm.createMD4, ripemd160: wasm.createRIPEMD160, whirlpool: wasm.createWhirlpool }[name];
  if (!maker) return crypto.createHmac(name, key).update(input).digest();
  const mac = await wasm.createHMAC(maker(), key);
  return Buffer.from(mac.init().update(input).digest('binary'));
}

const PLAIN = ['md4', 'md5', 'sha1', 'sha256', 'sha512'];
const makers = {
  async plain(plain) {
    const object = { algorithm: pick(PLAIN) };
    object.hash = encode(await digest(object.algorithm, salted(object, plain, 64)));
    return object;
  },
  async hmac(plain) {
    const object = { algorithm: 'hmac' };
    const name = pick(HMACS);
    const [key, raw] = salt(200);
    object.hash = { ...encode(await hmac(name, raw, salted(object, plain, 64))), digest: name, key };
    return object;
  },
  async ldap(plain) {
    const object = { algorithm: 'ldap' };
    const [scheme, name] = pick([['MD5', 'md5'], ['SHA', 'sha1'], ['SHA256', 'sha256'], ['SHA384', 'sha384'],
      ['SHA512', 'sha512']]);
    const input = typed(object, plain);
    const raw = random(2) ? bytes(1 + random(16)) : Buffer.alloc(0);
    const sum = crypto.createHash(name).update(Buffer.concat([input, raw])).digest();
    const label = (raw.length ? 'S' : '') + scheme;
    object.hash = { value: `{${random(2) ? label : label.toLowerCase()}}` +
      Buffer.concat([sum, raw]).toString('base64'), encoding: 'utf8' };
    return object;
  },
  async pbkdf2(plain) {
    const object = { algorithm: 'pbkdf2' };
    const name = pick(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'ripemd160', 'RSA-SHA256']);
    const raw = bytes(1 + random(64)), iterations = 1 + random(50), length = 1 + random(90);
    const sum = crypto.pbkdf2Sync(typed(object, plain), raw, iterations, length, name);
    object.hash = { value: `$pbkdf2-${name}$i=${iterations},l=${length}$${phc(raw)}$${phc(sum)}`, encoding: 'utf8' };
    return object;
  },
  async pbkdf2_defaults(plain) { // i=100000, l=64
    const raw = bytes(8);
    const sum = crypto.pbkdf2Sync(plain, raw, 100000, 64, 'sha1');
    return { algorithm: 'pbkdf2', hash: { value: `$pbkdf2-sha1$${phc(raw)}$${phc(sum)}`, encoding: 'utf8' } };
  },
  async scrypt(plain) {
    const object = { algorithm: 'scrypt' };
    const [value, raw] = salt(64);
    const cost = 2 << random(8), blockSize = 1 + random(8), parallelization = 1 + random(3);
    const keylen = 1 + random(80);
    const sum = crypto.scryptSync(typed(object, plain), raw, keylen, { cost, blockSize, parallelization });
    Object.assign(object, { hash: encode(sum), salt: value, keylen, cost });
    if (blockSize !== 8) object.blockSize = blockSize;
    if (parallelization !== 1) object.parallelization = parallelization;
    return object;
  },
  async argon2(plain) {
    const object = { algorithm: 'argon2' };
    const parallelism = 1 + random(3);
    const value = await argon2.hash(typed(object, plain), {
      algorithm: pick([argon2.Algorithm.Argon2d, argon2.Algorithm.Argon2i, argon2.Algorithm.Argon2id]),
      memoryCost: 8 * parallelism + random(100), timeCost: 1 + random(3), parallelism,
      outputLen: 16 + random(49), salt: bytes(8 + random(24)) });
    object.hash = { value, encoding: 'utf8' };
    return object;
  },
  async bcrypt(plain) {
    const object = { algorithm: 'bcrypt' };
    let input = Buffer.from(plain);
    if (random(2)) {
      const value = text(1, 12); // below 72 bytes, so that the password counts
      object.salt = { value };
      const position = pick(['prefix', 'suffix']);
      object.salt.position = position;
      input = position === 'suffix' ? Buffer.concat([input, Buffer.from(value)])
        : Buffer.concat([Buffer.from(value), input]);
    }
    const setting = `$${pick(['2a', '2b', '2y'])}$04$${bcrypt.encodeBase64(bytes(16), 16)}`;
    // bcryptjs takes text; what it hashes is its UTF-8, which for these inputs is what we want
    object.hash = { value: bcrypt.hashSync(input.toString(), setting), encoding: 'utf8' };
    return object;
  },
  async password_hash(plain) {
    return bcrypt.hashSync(plain, `$${pick(['2a', '2b'])}$10$${bcrypt.encodeBase64(bytes(16), 16)}`);
  },
};

// Expensive makers are asked less often.
const WHEEL = ['plain', 'plain', 'plain', 'plain', 'hmac', 'hmac', 'hmac', 'hmac', 'ldap', 'ldap', 'pbkdf2', 'pbkdf2',
  'pbkdf2', 'scrypt', 'scrypt', 'argon2', 'argon2', 'bcrypt', 'bcrypt'];

(async () => {
  for (let i = 0; i < count; i++) {
    const kind = i % 200 === 7 ? 'pbkdf2_defaults' : i % 200 === 11 ? 'password_hash' : pick(WHEEL);
    const plain = password();
    const hash = await makers[kind](plain);
    const match = random(4) !== 0;
    process.stdout.write(JSON.stringify({ hash, password: match ? plain : `!${plain}`, match }) + '\n');
  }
})();
